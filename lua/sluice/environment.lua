-- The globals that a script file and the modules it requires see.
--
-- Each script has its own: library tables are copies, so that one script cannot change another's. Nothing can be added:
-- a global would be shared by all requests of the worker. `_G` is no table but stands for it, so that neither rawset nor
-- table.insert, table.clear and the like get around that. What blocks the worker, reaches other scripts, or leaves the VM is
-- not there, and says so. LuaJIT is no barrier against hostile code; this keeps honest scripts out of each other's way.
local coroutines = require "sluice.coroutines"
local module = require "sluice.module"
local names = require "sluice.names"
local bounded = require "sluice.bounded"
local bit = require "bit"
require "table.new" -- and the next: into `table`, for all scripts or none
require "table.clear"

-- The text metatable's library is the one table that all scripts reach.
getmetatable("").__metatable = "string"

local PLAIN = {
  "assert", "error", "getmetatable", "ipairs", "next", "pairs", "pcall", "rawequal", "rawlen", "select",
  "setmetatable", "tonumber", "tostring", "type", "unpack", "xpcall", "_VERSION",
}

local REFUSED = {
  io = "it blocks the worker for all its requests",
  package = "`require` has its folders from `path` in the configuration",
  dofile = "use require", loadfile = "use require", module = "return a table from the module's file",
  getfenv = "environments are not shared between scripts", setfenv = "environments are not shared between scripts",
  newproxy = "use tables", ffi = "the FFI can break the process",
}

local function copy(library, without)
  local made = {}
  for key, value in pairs(library) do
    if type(value) ~= "table" then made[key] = value end
  end
  for _, key in ipairs(without or {}) do made[key] = nil end
  return made
end

-- A stand-in whose use raises.
local function refused(name, why)
  local function raise() error(name .. " is not available to scripts: " .. why, 2) end
  return setmetatable({}, { __index = raise, __newindex = raise, __call = raise, __metatable = "refused" })
end


local function make_os()
  local made = copy(os, { "execute", "exit", "remove", "rename", "setlocale", "tmpname" })
  return setmetatable(made, {
    __index = function(_, key) error("os." .. tostring(key) .. " is not available to scripts: it blocks or ends the process", 2) end,
  })
end

local function make_sluice()
  local made = {}
  for key, value in pairs(module) do made[key] = type(value) == "table" and copy(value) or value end
  return made
end

-- load() and loadstring(): text only (bytecode can crash the VM), in the script's environment unless another is given.
local function make_load(env, globals)
  return function(chunk, name, _, own_env)
    if type(chunk) == "function" then
      local pieces = {}
      for piece in chunk do
        if piece == "" then break end
        pieces[#pieces + 1] = piece
      end
      chunk = table.concat(pieces)
    end
    if type(chunk) ~= "string" then error("bad argument #1 to 'load' (string or function expected)", 2) end
    return bounded.load(chunk, name, (own_env == nil or own_env == globals) and env or own_env)
  end
end

-- What `_G` gives: reads go to `env`, writes raise.
local function make_globals(env, undeclared)
  local globals = newproxy(true)
  local metatable = getmetatable(globals)
  metatable.__index, metatable.__newindex, metatable.__metatable = env, undeclared, "environment"
  function metatable.__tostring() return "_G" end
  return globals
end

local function make_raw(env, globals)
  function env.rawget(from, key)
    if from == globals then return rawget(env, key) end
    return rawget(from, key)
  end
  function env.rawset(to, key, value)
    if to == globals then error("rawset: a global would be shared by every request; use a local", 2) end
    local kind = getmetatable(to)
    if type(kind) == "string" and kind:sub(1, 7) == "sluice." then
      error("rawset: " .. kind .. " takes no fields of its own; keep values in req.ctx", 2)
    end
    return rawset(to, key, value)
  end
end

local environment = {}

-- A new set of globals; `env.require` is the caller's to set with rawset.
function environment.new()
  local env = {}
  local function undeclared(_, name)
    error(("writes the global `%s`, which every request would share; declare it with `local`%s"):format(
      tostring(name), names.hint(tostring(name), env)), 2)
  end
  local globals = make_globals(env, undeclared)
  for _, name in ipairs(PLAIN) do env[name] = _G[name] end
  env._G = globals
  make_raw(env, globals)
  env.string = copy(string)
  env.table = copy(table)
  env.table.sort = bounded.sort
  env.math = copy(math)
  function env.math.randomseed() end -- the generator is the VM's and well seeded; others use it too
  env.bit = copy(bit)
  env.os = make_os()
  env.coroutine = copy(coroutines, { "take_traces" })
  env.debug = { traceback = debug.traceback }
  env.jit = { version = jit.version, os = jit.os, arch = jit.arch }
  env.load = make_load(env, globals)
  env.loadstring = env.load
  env.print = module.log.info
  for name, why in pairs(REFUSED) do env[name] = env[name] or refused(name, why) end
  function env.collectgarbage(what)
    if what == "count" then return collectgarbage("count") end
    error('collectgarbage: only "count" is possible; the gateway paces the collector', 2)
  end
  local sluice = make_sluice()
  return setmetatable(env, { __newindex = undeclared, __metatable = "environment" }), sluice
end

return environment
