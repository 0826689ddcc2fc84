-- What `require "sluice"` gives to a script.
local given = require "sluice.given"
local leaf = require "sluice.leaf"
local misuse = require "sluice.misuse"
local tasks = require "sluice.task"

local argument = misuse.argument

---The gateway's own module.
---@class sluice
local sluice = {}

---Wait, while the worker goes on with other requests. Possible in every hook, also inside pcall, metamethods, iterators,
---coroutines and modules that are required there; not while a script is being loaded.
---@param seconds number fractions are milliseconds; 0 lets others go first
function sluice.sleep(seconds) end -- luacheck: ignore
sluice.sleep = given.sleep

---An HTTP request of the script's own, to an upstream of the configuration: one attempt, over the worker's pooled connections. The
---hook waits; for several at once see sluice.spawn.
---@param request sluice.FetchRequest
---@return sluice.FetchResponse? response nil when none came
---@return string? message
---@return string? code a word as in access logs ("connect_failed", "total_timeout", "no_endpoint" ...), or "not_found", "invalid", "too_large"
function sluice.fetch(request) end -- luacheck: ignore
sluice.fetch = require "sluice.fetch"

---Run a function beside the hook: it runs at once up to its first wait, and goes on while the hook waits, for this or for something
---else. What still runs when its hook ends is ended. An error in it is a warning in the log, and raised by whoever waits for it.
---@param f fun(...): any
---@param ... any its arguments
---@return sluice.Task task
function sluice.spawn(f, ...) end -- luacheck: ignore
sluice.spawn = tasks.spawn

---Wait for the end of all these tasks.
---@param ... sluice.Task
---@return any ... the first result of each
function sluice.wait(...) end -- luacheck: ignore
sluice.wait = tasks.wait

---@return number seconds Unix time with a fraction
function sluice.now() return leaf.unix_time() end

---@return number seconds since some moment in the past; never runs backwards
function sluice.monotonic() return leaf.monotonic() end

---A number that is the same for the same text on every worker, machine and version: for stable shares ("10% of the users").
---@param text string
---@return integer hash 0 to 4294967295, evenly spread
function sluice.hash(text)
  if type(text) ~= "string" then argument("sluice.hash", "text", "a string", text) end
  return leaf.hash(text, #text)
end

---Lines in the gateway's own log, with the request's id and route beside them.
---@class sluice.Log
local log = {}
sluice.log = log

local function write(level, ...)
  if leaf.log_enabled(level) == 0 then return end
  local count = select("#", ...)
  local text = tostring((...))
  for i = 2, count do text = text .. " " .. tostring((select(i, ...))) end
  if count == 0 then text = "" end
  leaf.log(level, text, #text)
end

---For those who look for a fault.
---@param ... any joined by spaces
function log.debug(...) write(0, ...) end

---What happened.
---@param ... any joined by spaces
function log.info(...) write(1, ...) end

---What somebody should look at.
---@param ... any joined by spaces
function log.warn(...) write(2, ...) end

---What went wrong.
---@param ... any joined by spaces
function log.error(...) write(3, ...) end

return sluice
