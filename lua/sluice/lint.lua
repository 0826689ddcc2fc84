-- What can be told from a script's bytecode before it runs: writes to globals, and whether a hook may keep its objects.
local util = require "jit.util"
local bcnames = require("jit.vmdef").bcnames
local names = require "sluice.names"
local bit = require "bit"

local band, rshift = bit.band, bit.rshift

local lint = {}

-- Operand modes (lj_bc.h): dst and var name slots, base and rbase the first slot of a range.
local DST, BASE, VAR, RBASE = 1, 2, 3, 4

-- One instruction: name, operands A, B, C or D, and their modes.
local function instruction(f, pc)
  local ins, mode = util.funcbc(f, pc)
  if not ins then return nil end
  local at = 6 * band(ins, 0xff)
  local name = bcnames:sub(at + 1, at + 6):match("^%S+")
  local a, d = band(rshift(ins, 8), 0xff), rshift(ins, 16)
  local ma, mb, mc = band(mode, 7), band(rshift(mode, 3), 15), band(rshift(mode, 7), 15)
  local b
  if mb ~= 0 then b, d = rshift(ins, 24), band(d, 0xff) end
  return name, a, b, d, ma, mb, mc
end

-- The functions that are written inside `f`.
local function each_child(f)
  local info = util.funcinfo(f)
  local at = 0
  return function()
    while at < info.gcconsts do
      at = at + 1
      local constant = util.funck(f, -at)
      if type(constant) == "proto" then return constant end
    end
  end
end

local function constant(f, d) return util.funck(f, -d - 1) end

-- Words that follow `local` and `function` in the text: what a global's name may have been meant to be.
local function local_names(source)
  local found = {}
  for list in source:gmatch("local%s+([%a_][%w_,%s]*)") do
    for word in list:gmatch("[%a_][%w_]*") do found[word] = true end
  end
  for list in source:gmatch("function[^(]*%(([^)]*)%)") do
    for word in list:gmatch("[%a_][%w_]*") do found[word] = true end
  end
  found["function"] = nil
  return found
end

local function find_writes(f, found)
  local pc = 0
  while true do
    local name, _, _, d = instruction(f, pc)
    if not name then break end
    if name == "GSET" then found[#found + 1] = { line = util.funcinfo(f, pc).currentline, name = constant(f, d) } end
    pc = pc + 1
  end
  for child in each_child(f) do find_writes(child, found) end
end

-- Each write to a global in a chunk, as "file:line: ..." texts; nil when there is none.
function lint.global_writes(chunk, source, shown, env)
  local found = {}
  find_writes(chunk, found)
  if #found == 0 then return nil end
  table.sort(found, function(a, b) return a.line < b.line end)
  local known = local_names(source)
  for key in pairs(env) do known[key] = true end
  for i, write in ipairs(found) do
    found[i] = ("%s:%d: writes the global `%s`, which every request would share; declare it with `local`%s"):format(
      shown, write.line, write.name, names.hint(write.name, known))
  end
  return table.concat(found, "\n")
end

local function set(words)
  local made = {}
  for word in words:gmatch("%S+") do made[word] = true end
  return made
end

local CALLS = set "CALL CALLM CALLT CALLMT"
-- What stands in no expression.
local STATEMENTS = set "RET RETM RET0 RET1 UCLO LOOP FORI FORL ITERC ITERN ITERL ISNEXT"

-- Do the instructions at `pc` begin a method call `obj:name(...)` on slot `obj`? That is: MOV to the call's first argument,
-- TGETS of the function to two slots below, then what computes the other arguments above both, then the call. As nothing
-- in between writes or reads these slots and no jump leaves, the copy goes to the function and nowhere else. The same two
-- instructions also stand for `c = req; a = req.method` with locals in such slots, which keeps `req` in c.
local function is_method_call(f, pc)
  local name, first, _, object = instruction(f, pc)
  if name ~= "MOV" then return false end
  local base = first - 2
  local get, to, from, key = instruction(f, pc + 1)
  if get ~= "TGETS" or to ~= base or from ~= object then return false end
  if constant(f, key) == "ctx" then return false end -- a table of the script's, which may be callable
  local furthest = pc + 1 -- that a jump in between goes to
  local at = pc + 2
  while true do
    local op, a, b, d, ma, mb, mc = instruction(f, at)
    if not op then return false end
    if CALLS[op] and a == base then return furthest <= at end
    if op == "JMP" then
      local target = at + 1 + d - 0x8000
      if target <= at then return false end
      furthest = math.max(furthest, target)
    elseif STATEMENTS[op] or op == "TSETM" and a <= first + 1 then -- which also reads the slot below
      return false
    else
      if ma ~= 0 and ma <= RBASE and a >= base and a <= first then return false end
      if a < base and (ma == DST or ma == BASE or ma == RBASE) then return false end
      if b and (mb == VAR and b >= base or mb == RBASE) and b <= first then return false end
      if (mc == VAR or mc == RBASE) and d >= base and d <= first then return false end
    end
    at = at + 1
  end
end

-- May hook `f` keep an object that it is given, beyond its return? It cannot when each parameter is used only as
-- `req:method(...)` or `req.field`: a method call as above, and TGETS alone.
-- Whatever else reads a parameter's slot (a call's argument, a store, a return), a closure, and varargs count as keeping.
-- Second result: is `ctx` touched?
function lint.escapes(f)
  local info = util.funcinfo(f)
  if info.params == nil or info.isvararg then return true, true end
  if each_child(f)() then return true, true end
  local params, pc, uses_ctx = info.params, 1, false
  while true do
    local name, a, b, d, ma, mb, mc = instruction(f, pc)
    if not name then return false, uses_ctx end
    if name == "TGETS" and b < params then
      uses_ctx = uses_ctx or constant(f, d) == "ctx"
      if a < params then return true, true end
    elseif not (name == "MOV" and is_method_call(f, pc)) and name ~= "RET0" and name ~= "JMP" then -- these two only name a slot
      if ma ~= DST and (ma == VAR or ma == BASE or ma == RBASE) and a < params then return true, true end
      if b and (mb == VAR or mb == RBASE) and b < params then return true, true end
      if (mc == VAR or mc == RBASE) and d < params then return true, true end
    end
    pc = pc + 1
  end
end

return lint
