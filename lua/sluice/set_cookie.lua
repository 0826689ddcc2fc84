-- Writing Set-Cookie, strictly, by RFC 6265bis: what browsers would drop in silence is an error here.

---What goes into a Set-Cookie line.
---@class sluice.Cookie
---@field name string a token
---@field value string without controls, spaces, quotes, commas, semicolons and backslashes
---@field path? string
---@field domain? string
---@field max_age? number seconds
---@field same_site? "lax"|"strict"|"none"
---@field secure? boolean
---@field http_only? boolean
---@field partitioned? boolean

local KNOWN = {
  name = "string", value = "string", path = "string", domain = "string", max_age = "number", same_site = "string",
  secure = "boolean", http_only = "boolean", partitioned = "boolean",
}
local SAME_SITE = { lax = "Lax", strict = "Strict", none = "None" }

local function fault_of(cookie)
  for key, value in pairs(cookie) do
    local wanted = KNOWN[key]
    if not wanted then return ("it has no field %q"):format(tostring(key)) end
    if type(value) ~= wanted then return ("%s must be a %s"):format(key, wanted) end
  end
  local name, value = cookie.name, cookie.value
  if not name or not name:find("^[%w!#$%%&'*+%-.^_`|~]+$") then return "the name must be a token" end
  if not value or value:find('[%c%s",;\\\127-\255]') then
    return "the value must be plain ASCII without spaces, quotes, commas, semicolons and backslashes"
  end
  for _, key in ipairs { "path", "domain" } do
    if cookie[key] and cookie[key]:find("[%c;]") then return key .. " must hold no controls and no semicolon" end
  end
  if cookie.same_site and not SAME_SITE[cookie.same_site] then return 'same_site is "lax", "strict" or "none"' end
  if cookie.same_site == "none" and not cookie.secure then return 'same_site = "none" needs secure = true' end
  if cookie.partitioned and not cookie.secure then return "partitioned needs secure = true" end
  local lower = name:lower()
  if lower:find("^__secure%-") and not cookie.secure then return "__Secure- needs secure = true" end
  if lower:find("^__host%-") and not (cookie.secure and cookie.path == "/" and not cookie.domain) then
    return '__Host- needs secure = true, path = "/" and no domain'
  end
end

-- The field value, or nil and what is wrong.
return function(cookie)
  local fault = fault_of(cookie)
  if fault then return nil, fault end
  local parts = { cookie.name .. "=" .. cookie.value }
  local function add(text) parts[#parts + 1] = text end
  if cookie.path then add("Path=" .. cookie.path) end
  if cookie.domain then add("Domain=" .. cookie.domain) end
  if cookie.max_age then add(("Max-Age=%d"):format(cookie.max_age)) end
  if cookie.same_site then add("SameSite=" .. SAME_SITE[cookie.same_site]) end
  if cookie.secure then add("Secure") end
  if cookie.http_only then add("HttpOnly") end
  if cookie.partitioned then add("Partitioned") end
  return table.concat(parts, "; ")
end
