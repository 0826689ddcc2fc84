-- A piece of a body on its way, as the body hooks are given it.
local leaf = require "sluice.leaf"
local misuse = require "sluice.misuse"

local failed, argument = misuse.failed, misuse.argument
local WHERE = "in the body hook that was given it"

---A piece of body on its way. Its bytes stay outside of Lua until text() is called.
---@class sluice.Chunk
local Chunk = {}

---The bytes. After replace() it is not said which ones: read first.
---@return string text
function Chunk:text()
  local size = leaf.piece(self and self[1])
  if size >= 0 then return leaf.text(size) end
  return failed(size, self, "text", WHERE)
end

---@return integer bytes in it; 0 is possible for the last one
function Chunk:size()
  local size = leaf.piece_size(self and self[1])
  if size >= 0 then return size end
  return failed(size, self, "size", WHERE)
end

---@return boolean last true when no more of the body follows
function Chunk:is_last()
  local last = leaf.piece_last(self and self[1])
  if last >= 0 then return last == 1 end
  return failed(last, self, "is_last", WHERE) --[[@as boolean]]
end

---Pass these bytes on in its place; "" drops it.
---@param text string
---@return true? done
---@return string? message
---@return string? code
function Chunk:replace(text)
  if type(text) ~= "string" then argument("replace", "text", "a string", text) end
  local status = leaf.piece_replace(self and self[1], text, #text)
  if status == 0 then return true end
  return failed(status, self, "replace", WHERE)
end

return Chunk
