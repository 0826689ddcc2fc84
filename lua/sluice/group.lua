-- The chosen upstream group and its endpoints, as on_balance is given it. Endpoints are numbered from 1.
local leaf = require "sluice.leaf"
local misuse = require "sluice.misuse"

local failed, argument, NOT_FOUND = misuse.failed, misuse.argument, misuse.NOT_FOUND
local out = leaf.out
local UPSTREAM = 13 -- sluice_field

local function is_index(value)
  return type(value) == "number" and value >= 1 and value % 1 == 0 and value < 2 ^ 31
end

---The endpoints of the chosen upstream. Without a pick the group's own algorithm decides.
---@class sluice.Group
local Group = {}

---@return string? name of the group
function Group:name()
  local size = leaf.field(self and self[1], UPSTREAM)
  if size >= 0 then return leaf.text(size) end
  if size == NOT_FOUND then return nil end
  return failed(size, self, "name")
end

---@return integer count of endpoints, usable or not
function Group:count()
  local count = leaf.endpoints(self and self[1])
  if count >= 0 then return count end
  return failed(count, self, "count", "in on_balance")
end

-- Fetch endpoint `index` into `out`; its address's length.
local function look(self, index, name)
  if not is_index(index) then argument(name, "index", "a whole number from 1", index) end
  return leaf.endpoint(self and self[1], index - 1)
end

---@param index integer
---@return string? address "ip:port", as configured; nil past the last
function Group:address(index)
  local size = look(self, index, "address")
  if size >= 0 then return leaf.text(size) end
  if size == NOT_FOUND then return nil end
  return failed(size, self, "address", "in on_balance")
end

---@param index integer
---@return integer? weight
function Group:weight(index)
  local size = look(self, index, "weight")
  if size >= 0 then return out.weight end
  if size == NOT_FOUND then return nil end
  return failed(size, self, "weight", "in on_balance")
end

---@param index integer
---@return integer? exchanges now at that endpoint, of the whole process
function Group:in_flight(index)
  local size = look(self, index, "in_flight")
  if size >= 0 then return out.in_flight end
  if size == NOT_FOUND then return nil end
  return failed(size, self, "in_flight", "in on_balance")
end

---@param index integer
---@return boolean? usable false: down, unresolved, or tried before in this exchange
function Group:is_usable(index)
  local size = look(self, index, "is_usable")
  if size >= 0 then return out.usable end
  if size == NOT_FOUND then return nil end
  return failed(size, self, "is_usable", "in on_balance")
end

---@param index integer
---@return boolean? tried true when an earlier attempt of this exchange went there
function Group:was_tried(index)
  local size = look(self, index, "was_tried")
  if size >= 0 then return out.tried end
  if size == NOT_FOUND then return nil end
  return failed(size, self, "was_tried", "in on_balance")
end

---Use this endpoint for the coming attempt.
---@param which integer|string its number, or its address
---@return true? done
---@return string? message
---@return string? code "not_found": the group has no such endpoint
function Group:pick(which)
  if type(which) == "string" then
    for index = 1, Group.count(self) do
      if Group.address(self, index) == which then return Group.pick(self, index) end
    end
    return failed(NOT_FOUND, self, "pick", nil, which)
  end
  if not is_index(which) then argument("pick", "which", "an endpoint's number from 1, or its address", which) end
  local status = leaf.pick(self and self[1], which - 1)
  if status == 0 then return true end
  return failed(status, self, "pick", "in on_balance", which)
end

return Group
