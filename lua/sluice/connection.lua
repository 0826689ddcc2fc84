-- A client's connection before any request, as on_connect is given it.
local leaf = require "sluice.leaf"
local misuse = require "sluice.misuse"

local failed, NOT_FOUND = misuse.failed, misuse.NOT_FOUND
local CLIENT, REMOTE, LISTENER = 9, 10, 11 -- sluice_field
local CONNECTION_ID = 10 -- sluice_number

---A client's connection, just accepted. It works in on_connect only.
---@class sluice.Connection
local Connection = {}

local function get(self, which, name)
  local size = leaf.field(self and self[1], which)
  if size >= 0 then return leaf.text(size) end
  if size == NOT_FOUND then return nil end
  return failed(size, self, name)
end

---@return string address the client's IP address
function Connection:client() return get(self, CLIENT, "client") end

---@return string address "ip:port" of the other side
function Connection:remote() return get(self, REMOTE, "remote") end

---@return string name of the listener that accepted it
function Connection:listener() return get(self, LISTENER, "listener") end

---@return number id unique in the process
function Connection:id()
  local value = leaf.number(self and self[1], CONNECTION_ID)
  if value == -7 then return failed(-7, self, "id") end
  return value
end

---Close it without a word, when the hook returns: `return conn:close()`.
---@return true? done
function Connection:close()
  local status = leaf.answer(self and self[1])
  if status == 0 then return true end
  return failed(status, self, "close", "in on_connect")
end

return Connection
