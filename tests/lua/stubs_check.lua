-- Run by stubs_test.cpp with LuaJIT: compares the stubs and the reference with what generate.lua makes, and the functions
-- that have comments with those that the API's classes really have. Returns the differences as a text, "" for none.
local root = ...

package.path = root .. "/lua/?.lua;" .. root .. "/lua/meta/?.lua"
local nothing = setmetatable({ out = {} }, { __index = function() return function() end end })
package.preload["sluice.leaf"] = function() return nothing end
package.preload["sluice.given"] = function() return nothing end

local CLASSES = {
  Headers = "headers", Request = "request", Response = "response", UpstreamRequest = "upstream_request", Group = "group",
  Chunk = "chunk", Connection = "connection", Fault = "fault", sluice = "module",
}

local faults = {}
local function fault(...) faults[#faults + 1] = table.concat({ ... }) end

local function read(path)
  local file = assert(io.open(root .. "/" .. path))
  local text = file:read("*a")
  file:close()
  return text
end

local stubs, reference, documented = require "generate" (root)
if read("lua/meta/sluice.lua") ~= stubs then fault("lua/meta/sluice.lua is old: run `luajit lua/meta/generate.lua`") end
if read("plugins/lua/API.md") ~= reference then fault("plugins/lua/API.md is old: run `luajit lua/meta/generate.lua`") end

local headers = require "sluice.headers"

local function compare(owner, real, known)
  for name, value in pairs(real) do
    local inherited = owner ~= "Headers" and headers[name] == value
    if type(value) == "function" and not inherited and not known[name] then fault(owner, ".", name, " has no comment") end
  end
  for name in pairs(known) do
    if type(real[name]) ~= "function" then fault(owner, ".", name, " is described, but not there") end
  end
end

for owner, file in pairs(CLASSES) do compare(owner, require("sluice." .. file), documented[owner] or {}) end
compare("log", require("sluice.module").log, documented.log or {})

-- Stubs that do not even compile help nobody.
local chunk, why = loadstring(stubs)
if not chunk then fault(why) end

return table.concat(faults, "\n")
