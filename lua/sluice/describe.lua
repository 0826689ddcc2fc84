-- What a failed hook says: its message with file and line, and its trace joined over the coroutines that it went through.
local coroutines = require "sluice.coroutines"

-- The message of an error value.
local function message_of(fault)
  if type(fault) == "string" then return fault end
  if type(fault) == "table" then
    local told, text = pcall(tostring, fault)
    if told and not text:find("^table: ") then return text end
    if fault.message ~= nil then return tostring(fault.message) end
    return "error with a table that has no `message`"
  end
  return tostring(fault)
end

-- A call in tail position leaves no frame to name the line; the hook's own place is the next best.
local function with_place(message, name, hook)
  if message:find("^[^\n]-:%d+: ") then return message end
  local info = debug.getinfo(hook, "S")
  return ("%s:%d: in %s: %s"):format(info.short_src, info.linedefined, name, message)
end

-- `thread` is the hook's coroutine as the error left it.
return function(thread, fault, name, hook)
  local message = with_place(message_of(fault), name, hook)
  local traces = coroutines.take_traces(fault)
  traces[#traces + 1] = debug.traceback(thread)
  return message, table.concat(traces, "\nresumed by\n")
end
