-- Tasks: what a hook does at the same time as something else.
local given = require "sluice.given"
local leaf = require "sluice.leaf"
local misuse = require "sluice.misuse"

local argument = misuse.argument
local MOST_ARGUMENTS = 16 -- what a new coroutine's stack holds without growing, which could fail where nothing may raise

---A function that runs beside the hook that spawned it, while the hook waits. It ends with its hook at the latest.
---@class sluice.Task
local Task = {}
Task.__index = Task

local function settle(task, ok, ...)
  task.done, task.ok, task.count = true, ok, select("#", ...)
  for i = 1, task.count do task[i] = (select(i, ...)) end
end

local function failed(fault)
  local text = "a task failed: " .. tostring(fault) .. "\n" .. debug.traceback("", 2)
  leaf.log(2, text, #text) -- a warning: whoever does not wait for it should still hear of it
  return fault
end

local function body(task, f, ...) settle(task, xpcall(f, failed, ...)) end

-- Wait until it has ended; false when the caller is not the one that spawned it.
local function await(task)
  while not task.done do
    if given.await() == false then return false end
    given.result()
  end
  return true
end

---Wait for its end. An error in it is raised here.
---@return any ... what the function returned
function Task:wait()
  if not await(self) then error("task:wait() is possible in the hook or task that spawned it", 2) end
  if not self.ok then error(self[1], 0) end
  return unpack(self, 1, self.count)
end

local tasks = {}

-- The module's functions, documented there.
function tasks.spawn(f, ...)
  if type(f) ~= "function" then argument("sluice.spawn", "f", "a function", f) end
  if select("#", ...) > MOST_ARGUMENTS then error("sluice.spawn: a task takes 16 arguments at most; give it a table", 2) end
  local task = setmetatable({ done = false }, Task)
  given.spawn(body, task, f, ...)
  return task
end

function tasks.wait(...)
  local results = {}
  for i = 1, select("#", ...) do
    local task = (select(i, ...))
    if getmetatable(task) ~= Task then argument("sluice.wait", "task", "what sluice.spawn gave", task) end
    results[i] = (task:wait())
  end
  return unpack(results, 1, select("#", ...))
end

return tasks
