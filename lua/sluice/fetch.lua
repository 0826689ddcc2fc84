-- sluice.fetch: requests of a script's own, to the upstreams of the configuration.
local given = require "sluice.given"
local misuse = require "sluice.misuse"

local argument, hint = misuse.argument, require("sluice.names").hint
local MOST_BODY = 16 * 1024 * 1024 -- SLUICE_CALLOUT_BODY_MOST
local MOST_SECONDS = 600 -- SLUICE_CALLOUT_TIMEOUT_MOST

-- sluice_status, as fetch() of fetch.cpp gives it.
local NOT_FOUND, INVALID, TOO_LARGE = 1, 3, 4

local KEYS = {
  upstream = true, method = true, path = true, host = true, headers = true, body = true, timeout = true, max_body = true,
}

---What sluice.fetch asks for.
---@class sluice.FetchRequest
---@field upstream string its name in the configuration; its own algorithm chooses the endpoint
---@field path? string with query, encoded: "/users?id=1"; "/" without it
---@field method? string "GET" without it
---@field headers? table<string, string|number|string[]> fields; not those that frame the message (Content-Length ...), nor Host
---@field host? string for the Host field; without it the endpoint's own
---@field body? string sent with its length
---@field timeout? number seconds from here to the last byte of the answer, 0.001 to 600; 5 without it
---@field max_body? integer bytes of the answer's body, up to 16 MiB; 1 MiB without it. A longer one is a failure

---What came back. A status of 4xx or 5xx is an answer like any other.
---@class sluice.FetchResponse
---@field status integer
---@field body string
---@field endpoint string "ip:port" that answered
---@field took number seconds
local FetchResponse = {}
FetchResponse.__index = FetchResponse

---The first value of a header, whatever the case of its name.
---@param name string
---@return string? value
function FetchResponse:header(name)
  if type(name) ~= "string" then argument("header", "name", "a string", name) end
  name = name:lower()
  for i = 1, #self.names do
    if self.names[i]:lower() == name then return self.values[i] end
  end
end

---Every header line: `for name, value in answer:each_header() do`.
---@return fun(): string?, string? iterator
function FetchResponse:each_header()
  local i = 0
  return function()
    i = i + 1
    return self.names[i], self.values[i]
  end
end

local function text(request, key, default)
  local value = request[key]
  if value == nil then return default end
  if type(value) ~= "string" then error(("fetch: %s must be a string, got a %s"):format(key, type(value)), 3) end
  return value
end

local function number(request, key, default, least, most)
  local value = request[key]
  if value == nil then return default end
  if type(value) ~= "number" or not (value >= least and value <= most) then
    error(("fetch: %s must be a number from %s to %s, got %s"):format(key, least, most, tostring(value)), 3)
  end
  return value
end

local function add_header(names, values, name, value)
  if type(name) ~= "string" or (type(value) ~= "string" and type(value) ~= "number") then
    error("fetch: headers must be a table of name = text, number, or a list of them", 4)
  end
  names[#names + 1] = name
  values[#values + 1] = tostring(value)
end

local function header_lists(headers)
  local names, values = {}, {}
  if headers == nil then return names, values end
  if type(headers) ~= "table" then error("fetch: headers must be a table, got a " .. type(headers), 3) end
  for name, value in pairs(headers) do
    if type(value) == "table" then
      for _, one in ipairs(value) do add_header(names, values, name, one) end
    else
      add_header(names, values, name, value)
    end
  end
  return names, values
end

local function refusal(status, upstream)
  if status == NOT_FOUND then
    return nil, ('fetch: there is no upstream "%s" in the configuration'):format(upstream), "not_found"
  end
  if status == INVALID then
    return nil, "fetch: method, path, host or a header has what HTTP does not allow there", "invalid"
  end
  if status == TOO_LARGE then return nil, "fetch: the request is too large, or too many are under way", "too_large" end
  return nil, "fetch: the worker is ending", "unavailable"
end

local function answer(response, message, code)
  if not response then return nil, "fetch: " .. message, code end
  return setmetatable(response, FetchResponse)
end

-- The module's function, documented there.
return function(request)
  if type(request) ~= "table" then argument("sluice.fetch", "request", "a table", request) end
  for key in pairs(request) do
    if not KEYS[key] then
      error(("fetch: `%s` is no key of a request%s"):format(tostring(key), hint(tostring(key), KEYS)), 2)
    end
  end
  local upstream = text(request, "upstream")
  if not upstream then error("fetch: say which upstream: sluice.fetch{ upstream = \"auth\", path = \"/check\" }", 2) end
  local method, path = text(request, "method", "GET"), text(request, "path", "/")
  local host, body = text(request, "host"), text(request, "body")
  local names, values = header_lists(request.headers)
  local timeout = number(request, "timeout", 5, 0.001, MOST_SECONDS)
  local max_body = number(request, "max_body", 1024 * 1024, 0, MOST_BODY)
  local refused = given.fetch(upstream, method, path, host, names, values, body, timeout * 1000, max_body)
  if refused then return refusal(refused, upstream) end
  return answer(given.result())
end
