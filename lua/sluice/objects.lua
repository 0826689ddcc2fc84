-- The objects that scripts hold: tables { handle, map, ctx = ... } with a class of the API as metatable.
--
-- They are pooled together with the exchange's Visit (visit.h). When a script may have kept one (lint.lua), the next exchange
-- gets new ones with another handle: every call on an old one raises, and so would one on a table made of its parts.
local leaf = require "sluice.leaf"

local function class(name, methods, hint)
  local metatable = { __index = methods, __metatable = name }
  function metatable.__newindex(_, key)
    error(("%s takes no fields of its own (%s)%s"):format(name, tostring(key), hint), 2)
  end
  function metatable.__tostring() return name end
  return metatable
end

local CTX_HINT = "; keep values in req.ctx"
local Request = class("sluice.Request", require "sluice.request", CTX_HINT)
local Response = class("sluice.Response", require "sluice.response", CTX_HINT)
local UpstreamRequest = class("sluice.UpstreamRequest", require "sluice.upstream_request", CTX_HINT)
local Group = class("sluice.Group", require "sluice.group", CTX_HINT)
local Chunk = class("sluice.Chunk", require "sluice.chunk", CTX_HINT)
local Connection = class("sluice.Connection", require "sluice.connection", "")
local Fault = class("sluice.Fault", require "sluice.fault", CTX_HINT)

-- sluice_map
local REQUEST_HEADERS, UPSTREAM_HEADERS, RESPONSE_HEADERS = 0, 1, 2

-- By Kind (phase.h).
local MAKERS = {
  [0] = function(handle) return setmetatable({ handle, REQUEST_HEADERS, ctx = {} }, Request) end,
  function(handle) return setmetatable({ handle, RESPONSE_HEADERS }, Response) end,
  function(handle) return setmetatable({ handle, UPSTREAM_HEADERS }, UpstreamRequest) end,
  function(handle) return setmetatable({ handle }, Group) end,
  function(handle) return setmetatable({ handle }, Chunk) end,
  function(handle) return setmetatable({ handle }, Connection) end,
  function(handle) return setmetatable({ handle }, Fault) end,
}

local objects = { make_handle = leaf.handle }

-- A new object of that kind.
function objects.make(handle, kind) return MAKERS[kind](handle) end

-- The same object for the next exchange, with a new ctx: the script may still hold the old one.
function objects.renew_ctx(request)
  rawset(request, "ctx", {})
  return request
end

return objects
