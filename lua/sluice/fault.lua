-- Why the gateway must answer itself, as on_error is given it.
local leaf = require "sluice.leaf"
local misuse = require "sluice.misuse"

local failed, NOT_FOUND = misuse.failed, misuse.NOT_FOUND
local ORIGIN, REASON, PLUGIN = 16, 17, 18 -- sluice_field

---What went wrong. It works in on_error only.
---@class sluice.Fault
local Fault = {}

local function get(self, which, name)
  local size = leaf.field(self and self[1], which)
  if size >= 0 then return leaf.text(size) end
  if size == NOT_FOUND then return nil end
  return failed(size, self, name)
end

---@return "upstream"|"local"|"client"|"plugin"|nil origin whose fault it is
function Fault:origin() return get(self, ORIGIN, "origin") end

---@return string? reason a machine word, "connect_timeout"
function Fault:reason() return get(self, REASON, "reason") end

---@return string? plugin the use that failed, "lua@route api"
function Fault:plugin() return get(self, PLUGIN, "plugin") end

return Fault
