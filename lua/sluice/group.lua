-- The chosen upstream group and its endpoints, as on_balance is given it. Endpoints are numbered from 1.
local leaf = require "sluice.leaf"
local misuse = require "sluice.misuse"

local failed, argument, NOT_FOUND = misuse.failed, misuse.argument, misuse.NOT_FOUND
local out = leaf.out
local UPSTREAM = 13 -- sluice_field
local INVALID = -3 -- sluice_status, negated

-- SLUICE_BLOCK_* (ext/balance.h), in the order of their bits.
local BLOCKS = { "failing", "warming", "ejected", "draining", "disabled", "gone" }

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
---@return boolean? usable false: it takes no new exchange (blocks, full, unresolved), or was tried before in this one
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

---@param index integer
---@return integer? priority 0 first: endpoints of the next one are for when those are short
function Group:priority(index)
  local size = look(self, index, "priority")
  if size >= 0 then return out.priority end
  if size == NOT_FOUND then return nil end
  return failed(size, self, "priority", "in on_balance")
end

---Why an endpoint takes no new exchanges: "failing", "warming", "ejected" (by checks and answers), "draining", "disabled"
---(by the administrator), "gone".
---@param index integer
---@return table<string, true>? blocks as a set, empty when there is none; nil past the last
function Group:blocks(index)
  local size = look(self, index, "blocks")
  if size == NOT_FOUND then return nil end
  if size < 0 then return failed(size, self, "blocks", "in on_balance") end
  local rest, found = out.blocks, {}
  for _, word in ipairs(BLOCKS) do
    if rest % 2 == 1 then found[word] = true end
    rest = (rest - rest % 2) / 2
  end
  return found
end

---@param index integer
---@return integer? exchanges that it takes at most at a time; 0: no limit
function Group:max_in_flight(index)
  local size = look(self, index, "max_in_flight")
  if size >= 0 then return out.max_in_flight end
  if size == NOT_FOUND then return nil end
  return failed(size, self, "max_in_flight", "in on_balance")
end

---@param index integer
---@return number? seconds to its response heads, a peak-sensitive average; 0 when nothing is known
function Group:latency(index)
  local size = look(self, index, "latency")
  if size >= 0 then return out.latency_us / 1e6 end
  if size == NOT_FOUND then return nil end
  return failed(size, self, "latency", "in on_balance")
end

---@param index integer
---@return string? zone "" when it has none
function Group:zone(index)
  local size = look(self, index, "zone")
  if size >= 0 then return leaf.zone() end
  if size == NOT_FOUND then return nil end
  return failed(size, self, "zone", "in on_balance")
end

---@param index integer
---@return string? id 16 hex digits, the same for the same upstream name and address in every process; for find()
function Group:id(index)
  local size = look(self, index, "id")
  if size >= 0 then return leaf.endpoint_id() end
  if size == NOT_FOUND then return nil end
  return failed(size, self, "id", "in on_balance")
end

---The endpoint with this id, whatever its state; in constant time.
---@param id string what id() gave, in this process or another
---@return integer? index nil when the group has none
function Group:find(id)
  if type(id) ~= "string" then argument("find", "id", "a string", id) end
  local index = leaf.find(self and self[1], id, #id)
  if index >= 0 then return index + 1 end
  if index == NOT_FOUND then return nil end
  return failed(index, self, "find", "in on_balance")
end

---@return integer? index of the latest attempt's endpoint; nil before the first
function Group:current()
  local index = leaf.current(self and self[1])
  if index >= 0 then return index + 1 end
  if index == NOT_FOUND then return nil end
  return failed(index, self, "current", "in on_balance")
end

---Use this endpoint for the coming attempt. One that is draining or full may be picked: that is the script's to know.
---@param which integer|string its number, or its address
---@return true? done
---@return string? message
---@return string? code "not_found": the group has no such endpoint; "invalid": it is disabled or gone
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
  if status == INVALID then return nil, 'pick: "' .. which .. '" is disabled or has left', "invalid" end
  return failed(status, self, "pick", "in on_balance", which)
end

return Group
