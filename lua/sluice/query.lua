-- Query strings as forms write them (WHATWG URL, application/x-www-form-urlencoded), and the pairs of Cookie lines.
local query = {}

local function decode(text)
  return (text:gsub("+", " "):gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

local function encode(text)
  return (tostring(text):gsub("[^%w%-%._~]", function(byte) return ("%%%02X"):format(byte:byte()) end))
end

-- Name and value of one "name=value", still encoded.
local function split(pair)
  local equals = pair:find("=", 1, true)
  if not equals then return pair, "" end
  return pair:sub(1, equals - 1), pair:sub(equals + 1)
end

-- Iterator over decoded names and values.
function query.pairs(text)
  local next_pair = text:gmatch("[^&]+")
  return function()
    local pair = next_pair()
    if not pair then return nil end
    local name, value = split(pair)
    return decode(name), decode(value)
  end
end

-- The query with `name` set to `value`, or without it.
function query.with(text, name, value)
  local kept = {}
  local new = value ~= nil and encode(name) .. "=" .. encode(value) or nil
  for pair in text:gmatch("[^&]+") do
    if decode((split(pair))) ~= name then
      kept[#kept + 1] = pair
    elseif new then
      kept[#kept + 1] = new
      new = nil
    end
  end
  kept[#kept + 1] = new
  return table.concat(kept, "&")
end

-- Iterator over the cookies of some Cookie lines.
function query.cookies(lines)
  local next_pair = table.concat(lines, ";"):gmatch("[^;]+")
  return function()
    for pair in next_pair do
      local name, value = pair:match("^%s*([^=]-)%s*=%s*(.-)%s*$")
      if name then return name, value end
    end
  end
end

return query
