-- The coroutine library that scripts see: as Lua's, but a wait inside a script's own coroutine goes through it to the hook.
--
-- A waiting function of the API yields a mark. Whoever resumed the coroutine sees it and yields it on, up to the hook's own
-- coroutine, whose runner is C++; what the wait gives comes back down the same way. A coroutine that ends with an error
-- leaves its trace for describe.lua to join.
local given = require "sluice.given"
local leaf = require "sluice.leaf"

local MARK = given.waiting
local resumers = given.resumers -- coroutine -> the one that resumed it last: sleep looks whether the whole chain can yield
local create, resume, yield, status = coroutine.create, coroutine.resume, coroutine.yield, coroutine.status
local running, isyieldable = coroutine.running, coroutine.isyieldable
local traceback = debug.traceback

local coroutines = {}

-- The script's own coroutines. Those of hooks are not shown: a script must not resume one.
local own = setmetatable({}, { __mode = "k" })

-- Traces of coroutines that failed, newest first: { message, trace, serial, before }. Kept for the running hook only.
local failures

local function keep_failure(co, message)
  local serial = leaf.serial()
  if failures and failures.serial ~= serial then failures = nil end
  failures = { message = message, trace = traceback(co), serial = serial, before = failures }
end

-- The traces that belong to an error with this message, innermost first; forgets all.
function coroutines.take_traces(message)
  local traces, at, serial = {}, failures, leaf.serial()
  failures = nil
  while at do
    if at.message == message and (serial == 0 or at.serial == serial) then table.insert(traces, 1, at.trace) end
    at = at.before
  end
  return traces
end

local function settle(co, ok, ...)
  if ok then
    if (...) == MARK and status(co) == "suspended" then
      yield(MARK)
      resumers[co] = running() -- another may have resumed it meanwhile
      return settle(co, resume(co))
    end
    return true, ...
  end
  keep_failure(co, (...))
  return false, ...
end

function coroutines.create(f)
  local co = create(f)
  own[co] = true
  return co
end

local function start(co, ...)
  if own[co] then resumers[co] = running() end
  return settle(co, resume(co, ...))
end

coroutines.resume = start

local function results(ok, ...)
  if ok then return ... end
  error((...), 0)
end

function coroutines.wrap(f)
  local co = coroutines.create(f)
  return function(...) return results(start(co, ...)) end
end

function coroutines.running()
  local co = running()
  return own[co] and co or nil
end

function coroutines.isyieldable() return coroutines.running() ~= nil and isyieldable() end

coroutines.yield = yield
coroutines.status = status

return coroutines
