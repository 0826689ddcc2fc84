-- Header fields, as req, res and up have them. Names match without regard to case.
--
-- Every object of the API is a table { handle, map }: the exchange it belongs to, and which of its header maps it shows.
local leaf = require "sluice.leaf"
local misuse = require "sluice.misuse"

local header, header_set, header_add, header_remove = leaf.header, leaf.header_set, leaf.header_add, leaf.header_remove
local header_at, header_count, text, name_of = leaf.header_at, leaf.header_count, leaf.text, leaf.name
local failed, argument, NOT_FOUND = misuse.failed, misuse.argument, misuse.NOT_FOUND

-- Replace a header by these lines; the first status that is not 0, and its line.
local function set_lines(self, name, lines)
  header_remove(self[1], self[2], name, #name)
  for i = 1, #lines do
    local line = tostring(lines[i])
    local status = header_add(self[1], self[2], name, #name, line, #line)
    if status ~= 0 then return status, line end
  end
  return 0
end

---Header fields of a message. Names match without regard to case.
---@class sluice.Headers
local Headers = {}

---The first value of a header.
---@param name string
---@return string? value nil when there is none
function Headers:header(name)
  if type(name) ~= "string" then argument("header", "name", "a string", name) end
  local size = header(self and self[1], self and self[2] or 0, name, #name, 0)
  if size >= 0 then return text(size) end
  if size == NOT_FOUND then return nil end
  return failed(size, self, "header", "when the message is there")
end

---All values of a header, in order: one for each line.
---@param name string
---@return string[] values empty when there is none
function Headers:headers(name)
  if type(name) ~= "string" then argument("headers", "name", "a string", name) end
  local values = {}
  while true do
    local size = header(self and self[1], self and self[2] or 0, name, #name, #values)
    if size < 0 then
      if size == NOT_FOUND then return values end
      return failed(size, self, "headers", "when the message is there")
    end
    values[#values + 1] = text(size)
  end
end

---Every header line: `for name, value in req:each_header() do`. Goes over the lines as they are when it is called, so
---headers may be changed on the way.
---@return fun(): string?, string?
function Headers:each_header()
  local count = header_count(self and self[1], self and self[2] or 0)
  if count < 0 then return failed(count, self, "each_header", "when the message is there") end
  local names, values = {}, {}
  for i = 1, count do
    local size = header_at(self[1], self[2], i - 1)
    if size < 0 then return failed(size, self, "each_header", "when the message is there") end
    values[i], names[i] = text(size), name_of()
  end
  local at = 0
  return function()
    at = at + 1
    return names[at], values[at]
  end
end

---Set a header: all its lines are replaced by this one, or by one line for each value of a list.
---@param name string
---@param value string|number|string[]
---@return true? done
---@return string? message why not: the name or value holds what HTTP does not allow, or frames the message
---@return string? code "invalid"
function Headers:set_header(name, value)
  if type(name) ~= "string" then argument("set_header", "name", "a string", name) end
  if type(value) == "number" then value = tostring(value) end
  if type(value) == "string" then
    local status = header_set(self[1], self[2], name, #name, value, #value)
    if status == 0 then return true end
    return failed(status, self, "set_header", "until the message has been sent", name .. ": " .. value)
  end
  if type(value) ~= "table" then
    argument("set_header", "value", "a string, a number or a list (remove_header takes a header away)", value)
  end
  local before = Headers.headers(self, name)
  local status, line = set_lines(self, name, value)
  if status == 0 then return true end
  set_lines(self, name, before)
  return failed(status, self, "set_header", "until the message has been sent", name .. ": " .. line)
end

---Add a header line beside those that are there.
---@param name string
---@param value string|number
---@return true? done
---@return string? message why not, as for set_header
---@return string? code "invalid"
function Headers:add_header(name, value)
  if type(name) ~= "string" then argument("add_header", "name", "a string", name) end
  if type(value) == "number" then value = tostring(value) end
  if type(value) ~= "string" then argument("add_header", "value", "a string or a number", value) end
  local status = header_add(self[1], self[2], name, #name, value, #value)
  if status == 0 then return true end
  return failed(status, self, "add_header", "until the message has been sent", name .. ": " .. value)
end

---Take all lines of a header away.
---@param name string
---@return boolean was_there
function Headers:remove_header(name)
  if type(name) ~= "string" then argument("remove_header", "name", "a string", name) end
  local status = header_remove(self and self[1], self and self[2] or 0, name, #name)
  if status == 0 then return true end
  if status == NOT_FOUND then return false end
  return failed(status, self, "remove_header", "until the message has been sent") --[[@as boolean]]
end

return Headers
