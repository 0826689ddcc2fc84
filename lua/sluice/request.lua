-- The request, as every hook but on_connect is given it.
local leaf = require "sluice.leaf"
local misuse = require "sluice.misuse"
local Headers = require "sluice.headers"
local query = require "sluice.query"

local field, set_field, number, text = leaf.field, leaf.set_field, leaf.number, leaf.text
local failed, argument, NOT_FOUND = misuse.failed, misuse.argument, misuse.NOT_FOUND

-- sluice_field and sluice_number (exchange.h).
local METHOD, TARGET, PATH, RAW_PATH, QUERY, SCHEME, AUTHORITY, HOST, PROTOCOL = 0, 1, 2, 3, 4, 5, 6, 7, 8
local CLIENT, REMOTE, LISTENER, ROUTE, UPSTREAM, ENDPOINT, REQUEST_ID = 9, 10, 11, 12, 13, 14, 15
local ATTEMPTS, REQUEST_BYTES, STARTED_AT, CONNECTION_ID, CONNECTION_REQUESTS = 1, 2, 4, 10, 11
local TIMES = { request_head = 5, routed = 6, connected = 7, first_byte = 8, ended = 9 }
local TRAILERS = 3 -- sluice_map

local UP_TO_UPSTREAM = "up to on_upstream_request"

---A request on its way through the gateway. It lives as long as its exchange, and works in the hooks of its exchange only.
---@class sluice.Request : sluice.Headers
---@field ctx table the exchange's own table, for whatever scripts want to keep; all scripts share it
local Request = {}
for name, method in pairs(Headers) do Request[name] = method end

local function get(self, which, name)
  local size = field(self and self[1], which)
  if size >= 0 then return text(size) end
  if size == NOT_FOUND then return nil end
  return failed(size, self, name)
end

local function set(self, which, value, name, where)
  if type(value) ~= "string" then argument(name, "value", "a string", value) end
  local status = set_field(self[1], which, value, #value)
  if status == 0 then return true end
  return failed(status, self, name, where, value)
end

---@return string method "GET", as sent: methods are case-sensitive
function Request:method() return get(self, METHOD, "method") end

---Another method for the upstream. Up to on_upstream_request.
---@param method string
---@return true? done
---@return string? message
---@return string? code "invalid"
function Request:set_method(method) return set(self, METHOD, method, "set_method", UP_TO_UPSTREAM) end

---@return string path normalised, begins with "/" ("*" for OPTIONS *)
function Request:path() return get(self, PATH, "path") end

---Another path for the upstream and for what follows; it is normalised again. The query stays. Up to
---on_upstream_request.
---@param path string
---@return true? done
---@return string? message
---@return string? code "invalid"
function Request:set_path(path) return set(self, PATH, path, "set_path", UP_TO_UPSTREAM) end

---@return string path as the client sent it
function Request:raw_path() return get(self, RAW_PATH, "raw_path") end

---@return string target path and query as the client sent them
function Request:target() return get(self, TARGET, "target") end

---@return string? query what follows "?", not decoded; nil without a "?"
function Request:query() return get(self, QUERY, "query") end

---Another query. Up to on_upstream_request.
---@param query string? nil takes the "?" away too
---@return true? done
---@return string? message
---@return string? code "invalid"
function Request:set_query(query)
  if query ~= nil then return set(self, QUERY, query, "set_query", UP_TO_UPSTREAM) end
  local status = set_field(self and self[1], QUERY, nil, 0)
  if status == 0 then return true end
  return failed(status, self, "set_query", UP_TO_UPSTREAM)
end

---The first query parameter of that name, decoded.
---@param name string
---@return string? value nil when there is none, "" for one without a value
function Request:param(name)
  if type(name) ~= "string" then argument("param", "name", "a string", name) end
  local size = leaf.param(self and self[1], name, #name, 0)
  if size >= 0 then return text(size) end
  if size == NOT_FOUND then return nil end
  return failed(size, self, "param")
end

---All query parameters of that name, decoded, in order.
---@param name string
---@return string[] values
function Request:params(name)
  if type(name) ~= "string" then argument("params", "name", "a string", name) end
  local values = {}
  while true do
    local size = leaf.param(self and self[1], name, #name, #values)
    if size < 0 then
      if size == NOT_FOUND then return values end
      return failed(size, self, "params")
    end
    values[#values + 1] = text(size)
  end
end

---Every query parameter, decoded: `for name, value in req:each_param() do`.
---@return fun(): string?, string?
function Request:each_param() return query.pairs(get(self, QUERY, "each_param") or "") end

---Set a query parameter: its first place gets the value, further ones of that name go. Up to
---on_upstream_request.
---@param name string
---@param value string|number|nil nil takes the parameter away
---@return true? done
---@return string? message
---@return string? code "invalid"
function Request:set_param(name, value)
  if type(name) ~= "string" then argument("set_param", "name", "a string", name) end
  if value ~= nil and type(value) ~= "string" and type(value) ~= "number" then
    argument("set_param", "value", "a string, a number or nil", value)
  end
  local changed = query.with(get(self, QUERY, "set_param") or "", name, value)
  if changed == "" then
    local status = set_field(self[1], QUERY, nil, 0)
    if status == 0 then return true end
    return failed(status, self, "set_param", UP_TO_UPSTREAM)
  end
  return set(self, QUERY, changed, "set_param", UP_TO_UPSTREAM)
end

---A cookie that the client sent.
---@param name string case-sensitive
---@return string? value as sent
function Request:cookie(name)
  if type(name) ~= "string" then argument("cookie", "name", "a string", name) end
  local size = leaf.cookie(self and self[1], name, #name)
  if size >= 0 then return text(size) end
  if size == NOT_FOUND then return nil end
  return failed(size, self, "cookie")
end

---Every cookie that the client sent: `for name, value in req:each_cookie() do`.
---@return fun(): string?, string?
function Request:each_cookie() return query.cookies(self:headers("cookie")) end

---@return string scheme "http" or "https", as the client used it
function Request:scheme() return get(self, SCHEME, "scheme") end

---@return string? authority Host as sent, with port
function Request:authority() return get(self, AUTHORITY, "authority") end

---Another Host for the upstream. Up to on_upstream_request.
---@param authority string
---@return true? done
---@return string? message
---@return string? code "invalid"
function Request:set_authority(authority)
  return set(self, AUTHORITY, authority, "set_authority", UP_TO_UPSTREAM)
end

---@return string? host lower case, without port
function Request:host() return get(self, HOST, "host") end

---@return string protocol "HTTP/1.1"
function Request:protocol() return get(self, PROTOCOL, "protocol") end

---@return string address the client's IP address, trusted proxies taken off
function Request:client() return get(self, CLIENT, "client") end

---@return string address "ip:port" of the connection itself
function Request:remote() return get(self, REMOTE, "remote") end

---@return string name of the listener that accepted it
function Request:listener() return get(self, LISTENER, "listener") end

---@return string id of the request: 32 hex digits, or what a trusted proxy gave
function Request:id() return get(self, REQUEST_ID, "id") end

---@return string? route nil until one is chosen
function Request:route() return get(self, ROUTE, "route") end

---Choose the route, and with it its upstream and plugins. Up to on_route.
---@param name string
---@return true? done
---@return string? message
---@return string? code "not_found": no such route is configured
function Request:set_route(name) return set(self, ROUTE, name, "set_route", "up to on_route") end

---@return string? upstream nil until one is chosen
function Request:upstream() return get(self, UPSTREAM, "upstream") end

---Choose the upstream group in place of the route's, whose plugins still run. Up to on_balance.
---@param name string
---@return true? done
---@return string? message
---@return string? code "not_found": no such upstream is configured
function Request:set_upstream(name) return set(self, UPSTREAM, name, "set_upstream", "up to on_balance") end

---@return string? address "ip:port" of the current attempt
function Request:endpoint() return get(self, ENDPOINT, "endpoint") end

---Choose the endpoint of the coming attempt by its address; group:pick() does it by number. In on_balance.
---@param address string "ip:port" or "unix:/path"
---@return true? done
---@return string? message
---@return string? code "not_found": not in the chosen group
function Request:set_endpoint(address) return set(self, ENDPOINT, address, "set_endpoint", "in on_balance") end

---What consistent_hash and maglev hash in place of the upstream's `hash_on`: the same text, the same endpoint. Up to on_balance.
---@param key string
---@return true? done
---@return string? message
---@return string? code
function Request:set_hash(key)
  if type(key) ~= "string" then argument("set_hash", "key", "a string", key) end
  local status = leaf.hash_key(self and self[1], key, #key)
  if status == 0 then return true end
  return failed(status, self, "set_hash", "up to on_balance", key)
end

local function number_of(self, which, name)
  local value = number(self and self[1], which)
  if value == -7 then return failed(-7, self, name) end
  return value
end

---@return number attempts to reach an upstream so far
function Request:attempts() return number_of(self, ATTEMPTS, "attempts") end

---@return number bytes of body received from the client so far
function Request:received() return number_of(self, REQUEST_BYTES, "received") end

---@return number id of the client's connection, unique in the process
function Request:connection() return number_of(self, CONNECTION_ID, "connection") end

---@return number requests begun on the client's connection, this one included
function Request:connection_requests() return number_of(self, CONNECTION_REQUESTS, "connection_requests") end

---@return number seconds Unix time at which the request's first byte was read
function Request:started() return number_of(self, STARTED_AT, "started") / 1e6 end

---How long after the start something happened.
---@param what "request_head"|"routed"|"connected"|"first_byte"|"ended"
---@return number? seconds nil when it has not happened
function Request:time(what)
  local which = TIMES[what]
  if which == nil then
    argument("time", "what", '"request_head", "routed", "connected", "first_byte" or "ended"', what)
  end
  local microseconds = number_of(self, which, "time")
  return microseconds >= 0 and microseconds / 1e6 or nil
end

---A trailer field that came after the body.
---@param name string
---@return string? value nil when there is none (yet)
function Request:trailer(name)
  if type(name) ~= "string" then argument("trailer", "name", "a string", name) end
  local size = leaf.header(self and self[1], TRAILERS, name, #name, 0)
  if size >= 0 then return text(size) end
  if size == NOT_FOUND then return nil end
  return failed(size, self, "trailer", "from the last piece of the body on")
end

---Gather the whole body before the next stage; body() then gives it, and on_request_body gets it in one piece. A body
---over the limit is answered with 413. In on_request and on_route.
---@param limit integer bytes
---@return true? done
---@return string? message
---@return string? code
function Request:buffer_body(limit)
  if type(limit) ~= "number" or not (limit >= 0 and limit < 2 ^ 53) then argument("buffer_body", "limit", "a number of bytes", limit) end
  local status = leaf.body_whole(self and self[1], 0, limit)
  if status == 0 then return true end
  return failed(status, self, "buffer_body", "in on_request and on_route")
end

---@return string? body the whole body, once buffer_body() has gathered it; else nil
function Request:body()
  local size = leaf.body(self and self[1])
  if size >= 0 then return text(size) end
  if size == NOT_FOUND then return nil end
  return failed(size, self, "body")
end

---Answer here, without the upstream. When the hook returns, the answer goes out: `return req:respond(403, "no\n")`.
---Until the response head has been sent.
---@param status integer 200 to 599
---@param body? string text/plain unless the headers say otherwise
---@param headers? table<string, string|number|string[]>
---@return true? done
---@return string? message
---@return string? code "invalid": a header holds what HTTP does not allow
function Request:respond(status, body, headers)
  if type(status) ~= "number" or status < 200 or status > 599 or status % 1 ~= 0 then
    argument("respond", "status", "a whole number from 200 to 599", status)
  end
  if body ~= nil and type(body) ~= "string" then argument("respond", "body", "a string", body) end
  if headers ~= nil and type(headers) ~= "table" then argument("respond", "headers", "a table", headers) end
  body = body or ""
  local content_type = body ~= "" and "text/plain; charset=utf-8" or ""
  local code = leaf.respond(self and self[1], status, content_type, #content_type, body, #body)
  if code ~= 0 then return failed(code, self, "respond", "until the response head has been sent") end
  if headers ~= nil then
    local response = { self[1], 2 } -- SLUICE_RESPONSE_HEADERS
    for name, value in pairs(headers) do
      local done, message, why = Headers.set_header(response, name, value)
      if not done then return nil, message, why end
    end
  end
  leaf.answer(self[1])
  return true
end

---Answer with a redirect: `return req:redirect(301, "https://example.org/")`.
---@param status integer 301, 302, 303, 307 or 308
---@param location string
---@return true? done
---@return string? message
---@return string? code
function Request:redirect(status, location)
  if type(location) ~= "string" then argument("redirect", "location", "a string", location) end
  return Request.respond(self, status, nil, { location = location })
end

---@param name string
---@return string? value of a note, nil when there is none
function Request:note(name)
  if type(name) ~= "string" then argument("note", "name", "a string", name) end
  local size = leaf.note(self and self[1], name, #name)
  if size >= 0 then return text(size) end
  if size == NOT_FOUND then return nil end
  return failed(size, self, "note")
end

---Note something about the exchange: a field of its access log line and of its explanation.
---@param name string a-z, 0-9, "_" and ".", at most 64
---@param value string|number
---@return true? done
---@return string? message
---@return string? code "invalid": the name
function Request:set_note(name, value)
  if type(name) ~= "string" then argument("set_note", "name", "a string", name) end
  if type(value) == "number" then value = tostring(value) end
  if type(value) ~= "string" then argument("set_note", "value", "a string or a number", value) end
  local status = leaf.set_note(self[1], name, #name, value, #value)
  if status == 0 then return true end
  return failed(status, self, "set_note", nil, name)
end

return Request
