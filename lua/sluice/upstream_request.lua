-- What is sent upstream in one attempt, as on_upstream_request is given it.
local leaf = require "sluice.leaf"
local misuse = require "sluice.misuse"
local Headers = require "sluice.headers"

local failed, NOT_FOUND = misuse.failed, misuse.NOT_FOUND
local UPSTREAM, ENDPOINT = 13, 14 -- sluice_field

---The request as this attempt sends it: hop-by-hop fields gone, forwarding fields there. Its changes hold for this
---attempt alone. It works in on_upstream_request only.
---@class sluice.UpstreamRequest : sluice.Headers
local UpstreamRequest = {}
for name, method in pairs(Headers) do UpstreamRequest[name] = method end

---@return string? name of the upstream group
function UpstreamRequest:name()
  local size = leaf.field(self and self[1], UPSTREAM)
  if size >= 0 then return leaf.text(size) end
  if size == NOT_FOUND then return nil end
  return failed(size, self, "name")
end

---@return string? address "ip:port" that it goes to
function UpstreamRequest:endpoint()
  local size = leaf.field(self and self[1], ENDPOINT)
  if size >= 0 then return leaf.text(size) end
  if size == NOT_FOUND then return nil end
  return failed(size, self, "endpoint")
end

return UpstreamRequest
