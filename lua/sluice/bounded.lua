-- What replaces functions of the standard libraries that could hold a worker for long in C, where no budget reaches.
--
-- Patterns: pattern.h's functions, also behind the methods of texts. Sorting by `<` and compiling long texts come by Lua now
-- and then, where the budget cuts. What is left is linear in memory that the VM's limit bounds.
local given = require "sluice.given"

local find, bounded_find = string.find, given.patterns.find
local sort, load, type = table.sort, load, type

-- Product of subject's and text's lengths up to which a plain find, which LuaJIT compiles but does in quadratic time, is
-- fast anyway: well under a millisecond.
local SMALL = 2 ^ 20

-- pattern -> has it no magic? For few and short ones, such as scripts have in their text.
local plain_patterns, known = {}, 0
local LONGEST, MOST = 64, 256

local function look_at(pattern)
  if type(pattern) ~= "string" or #pattern > LONGEST then return false end
  if known == MOST then plain_patterns, known = {}, 0 end
  local plain = not bounded_find(pattern, "[%^%$%*%+%?%.%(%[%%%-]")
  plain_patterns[pattern], known = plain, known + 1
  return plain
end

-- As Lua's, but compiled code still calls LuaJIT's own where there is no pattern to match.
local function find_text(subject, pattern, init, plain)
  if type(subject) ~= "string" or type(pattern) ~= "string" then
    local got, which = type(subject), 1
    if got == "string" or got == "number" then got, which = type(pattern), 2 end
    if got ~= "string" and got ~= "number" then
      error(("bad argument #%d to 'find' (string expected, got %s)"):format(which, got), 2)
    end
    return bounded_find(subject, pattern, init, plain)
  end
  if not plain then
    local known_plain = plain_patterns[pattern]
    if known_plain == nil then known_plain = look_at(pattern) end
    plain = known_plain
  end
  if plain and #subject * #pattern <= SMALL then return find(subject, pattern, init, true) end
  return bounded_find(subject, pattern, init, plain)
end

string.find = find_text
string.match, string.gsub = given.patterns.match, given.patterns.gsub

local next_match = given.patterns.next

-- A Lua closure: compiled code takes each C closure for another function, and would make traces for every loop anew.
function string.gmatch(subject, pattern)
  if type(subject) ~= "string" or type(pattern) ~= "string" then return given.patterns.gmatch(subject, pattern) end
  local at = 0
  local function advance(to, ...)
    at = to or -1
    return ...
  end
  return function()
    if at < 0 then return end
    return advance(next_match(subject, pattern, at))
  end
end

string.dump = nil -- methods of texts reach this table too

local bounded = {}

-- Elements from which a sort without a function of its own compares in Lua.
local MANY = 2000

local function less_than(a, b) return a < b end

function bounded.sort(list, less)
  if less == nil and type(list) == "table" and #list > MANY then less = less_than end
  return sort(list, less)
end

-- Bytes that the compiler takes between two looks of the budget.
local PIECE = 64 * 1024

-- load() for text only; a long one in pieces.
function bounded.load(text, name, env)
  if #text <= PIECE then return load(text, name, "t", env) end
  local at = 1
  local function piece()
    local from = at
    at = at + PIECE
    return from <= #text and text:sub(from, at - 1) or nil
  end
  return load(piece, name or text, "t", env)
end

return bounded
