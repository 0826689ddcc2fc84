-- The response, as on_response, on_response_body, on_error and on_log are given it.
local leaf = require "sluice.leaf"
local misuse = require "sluice.misuse"
local Headers = require "sluice.headers"
local set_cookie = require "sluice.set_cookie"

local number, text = leaf.number, leaf.text
local failed, argument, NOT_FOUND = misuse.failed, misuse.argument, misuse.NOT_FOUND

-- sluice_number and sluice_field (exchange.h).
local STATUS, RESPONSE_BYTES, IS_LOCAL = 0, 3, 13
local ORIGIN = 16
local TRAILERS = 4 -- sluice_map
local INVALID = -3 -- sluice_status, negated

---The response on its way to the client. It works in the hooks of its exchange only.
---@class sluice.Response : sluice.Headers
local Response = {}
for name, method in pairs(Headers) do Response[name] = method end

---@return integer status 0 before there is one
function Response:status()
  local value = number(self and self[1], STATUS)
  if value == -7 then return failed(-7, self, "status") end
  return value
end

---Another status. In on_response and on_error.
---@param status integer 200 to 599
---@return true? done
---@return string? message
---@return string? code
function Response:set_status(status)
  if type(status) ~= "number" or status < 200 or status > 599 or status % 1 ~= 0 then
    argument("set_status", "status", "a whole number from 200 to 599", status)
  end
  local code = leaf.set_number(self and self[1], STATUS, status)
  if code == 0 then return true end
  return failed(code, self, "set_status", "in on_response and on_error", status)
end

---Add a Set-Cookie line. What browsers would refuse is refused here.
---@param cookie sluice.Cookie
---@return true? done
---@return string? message
---@return string? code "invalid"
function Response:set_cookie(cookie)
  if type(cookie) ~= "table" then argument("set_cookie", "cookie", "a table such as {name = ..., value = ...}", cookie) end
  local line, fault = set_cookie(cookie)
  if not line then return nil, "set_cookie: " .. fault, "invalid" end
  return self:add_header("set-cookie", line)
end

---Let this response go and make another attempt, at another endpoint if there is one. It counts against `attempts` and the retry
---budget. That the request may be sent twice is the script's to know. In on_response.
---@return true? done nil: the response goes on
---@return string? message
---@return string? code "invalid": no attempt is left, the budget is used up, or the request's body is not there any more
function Response:retry()
  local status = leaf.retry(self and self[1])
  if status == 0 then return true end
  if status == INVALID then return nil, "retry: no other attempt can be made", "invalid" end
  return failed(status, self, "retry", "in on_response")
end

---@return boolean local_response true when the gateway made the response itself
function Response:is_local()
  local value = number(self and self[1], IS_LOCAL)
  if value == -7 then return failed(-7, self, "is_local") --[[@as boolean]] end
  return value == 1
end

---@return "upstream"|"local"|"client"|"plugin"|nil origin who made it
function Response:origin()
  local size = leaf.field(self and self[1], ORIGIN)
  if size >= 0 then return text(size) end
  if size == NOT_FOUND then return nil end
  return failed(size, self, "origin")
end

---@return number bytes of body sent to the client so far
function Response:sent()
  local value = number(self and self[1], RESPONSE_BYTES)
  if value == -7 then return failed(-7, self, "sent") end
  return value
end

---A trailer field that came after the body.
---@param name string
---@return string? value nil when there is none (yet)
function Response:trailer(name)
  if type(name) ~= "string" then argument("trailer", "name", "a string", name) end
  local size = leaf.header(self and self[1], TRAILERS, name, #name, 0)
  if size >= 0 then return text(size) end
  if size == NOT_FOUND then return nil end
  return failed(size, self, "trailer", "from the last piece of the body on")
end

---Gather the whole body, so that on_response_body gets it in one piece. A body over the limit is answered with
---502. In on_response.
---@param limit integer bytes
---@return true? done
---@return string? message
---@return string? code
function Response:buffer_body(limit)
  if type(limit) ~= "number" or not (limit >= 0 and limit < 2 ^ 53) then argument("buffer_body", "limit", "a number of bytes", limit) end
  local status = leaf.body_whole(self and self[1], 1, limit)
  if status == 0 then return true end
  return failed(status, self, "buffer_body", "in on_response")
end

return Response
