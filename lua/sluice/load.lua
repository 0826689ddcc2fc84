-- Loading a script file: compile, check, run, and look at the table it returns.
local environment = require "sluice.environment"
local lint = require "sluice.lint"
local names = require "sluice.names"
local requires = require "sluice.require"

---The table that a script returns. A hook returns nothing, or what `req:respond()` or `conn:close()` returned; `nil` and a
---message fail it. Every hook may wait.
---@class sluice.Script
---@field on_connect? fun(conn: sluice.Connection): true? a client has connected
---@field on_request? fun(req: sluice.Request): true?, string? the request's head is there
---@field on_request_body? fun(req: sluice.Request, chunk: sluice.Chunk): true?, string? a piece of its body comes by
---@field on_route? fun(req: sluice.Request): true?, string? the time to choose route and upstream
---@field on_balance? fun(req: sluice.Request, group: sluice.Group): true?, string? before each attempt: the time to choose an endpoint
---@field on_upstream_request? fun(req: sluice.Request, up: sluice.UpstreamRequest): true?, string? before each attempt is sent
---@field on_response? fun(req: sluice.Request, res: sluice.Response): true?, string? the response's head is there
---@field on_response_body? fun(req: sluice.Request, res: sluice.Response, chunk: sluice.Chunk): true?, string? a piece of its body comes by
---@field on_error? fun(req: sluice.Request, res: sluice.Response, err: sluice.Fault): true?, string? the gateway itself must answer
---@field on_log? fun(req: sluice.Request, res: sluice.Response) the exchange is over; runs exactly once

local HOOKS = {}
for _, name in ipairs {
  "on_connect", "on_request", "on_request_body", "on_route", "on_balance", "on_upstream_request", "on_response",
  "on_response_body", "on_error", "on_log",
} do
  HOOKS[name] = true
end

-- The trace without the frames of the loader itself.
local function with_trace(fault)
  if type(fault) ~= "string" then
    fault = type(fault) == "table" and fault.message and tostring(fault.message) or tostring(fault)
  end
  local trace = debug.traceback("", 2):gsub("\n%s*%[C%]: in function 'xpcall'.*", "")
  return fault .. trace
end

local function check(hooks, shown)
  if type(hooks) ~= "table" then
    return ("%s: the script returned %s; it must return a table of hook functions, such as { on_request = function(req) end }")
      :format(shown, hooks == nil and "nothing" or "a " .. type(hooks))
  end
  for name, hook in pairs(hooks) do
    if not HOOKS[name] then
      return ("%s: `%s` is no hook%s"):format(shown, tostring(name), names.hint(tostring(name), HOOKS))
    end
    if type(hook) ~= "function" then return ("%s: %s must be a function, not a %s"):format(shown, name, type(hook)) end
  end
end

-- The hooks as { on_x = { run = function, escapes = boolean, ctx = boolean } }; nil and "file:line: ..." otherwise.
return function(source, shown, folders)
  local env, sluice = environment.new()
  rawset(env, "require", requires.new(folders, env, sluice))
  local chunk, fault = requires.compile(source, shown, env)
  if not chunk then return nil, fault end
  local done, hooks = xpcall(chunk, with_trace)
  if not done then return nil, hooks end
  fault = check(hooks, shown)
  if fault then return nil, fault end
  local checked = {}
  for name, hook in pairs(hooks) do
    local escapes, ctx = lint.escapes(hook)
    checked[name] = { run = hook, escapes = escapes, ctx = ctx }
  end
  return checked
end
