-- `require` for one script: in Lua, so that a module's top level may wait when it is required inside a hook.
--
-- A module is a file in the script's folder or in one of `path`: "a.b" is a/b.lua or a/b/init.lua. It runs in the script's
-- environment, once per script and VM. While one request waits inside a module's top level, others that require it wait too.
local given = require "sluice.given"
local leaf = require "sluice.leaf"
local lint = require "sluice.lint"
local misuse = require "sluice.misuse"

local REFUSED = {
  ffi = "the FFI can break the process", io = "it blocks the worker", package = "modules come from `path`",
  debug = "it reaches into other scripts", jit = "use the configuration key `jit`",
}

-- How long to wait before looking again whether another request has loaded the module.
local LOOK_AGAIN = 0.001 -- seconds

local function find(name, folders)
  local relative = name:gsub("%.", "/")
  local tried = {}
  for _, folder in ipairs(folders) do
    for _, ending in ipairs { ".lua", "/init.lua" } do
      local text, why = given.read(folder[1] .. "/" .. relative .. ending)
      local shown = folder[2] == "." and relative .. ending or folder[2] .. "/" .. relative .. ending
      if text then return text, shown end
      tried[#tried + 1] = ("\n\t%s: %s"):format(shown, why)
    end
  end
  return nil, table.concat(tried)
end

-- Compile a file of the script's; nil and what is wrong.
local function compile(source, shown, env)
  if source:byte(1) == 27 then return nil, shown .. ": is bytecode; give the Lua text" end
  if source:sub(1, 1) == "#" then source = "--" .. source end -- a first line for the shell
  local chunk, fault = load(source, "@" .. shown, "t", env)
  if not chunk then return nil, fault end
  local writes = lint.global_writes(chunk, source, shown, env)
  if writes then return nil, writes end
  return chunk
end

-- The `require` of a script with these folders and globals. `sluice` is its copy of the API.
local function new(folders, env, sluice)
  local loaded = { sluice = sluice, ["table.new"] = env.table.new, ["table.clear"] = env.table.clear }
  for _, name in ipairs { "bit", "string", "table", "math", "coroutine", "os" } do loaded[name] = env[name] end
  local loading = {} -- name -> serial of the exchange (0: the script's load) and that exchange's handle

  local function run(name, chunk)
    local serial = leaf.serial()
    loading[name] = { serial = serial }
    local done, result = pcall(chunk, name)
    loading[name] = nil
    if not done then error(result, 0) end
    loaded[name] = result == nil and true or result
    return loaded[name]
  end

  -- Another exchange is inside the module's top level: wait until it is through, or gone.
  local function wait_for(name)
    while loading[name] and leaf.is_live(loading[name].serial) == 1 do given.sleep(LOOK_AGAIN) end
    return loaded[name]
  end

  return function(name)
    if type(name) ~= "string" then misuse.argument("require", "name", "a string", name) end
    if loaded[name] ~= nil then return loaded[name] end
    if REFUSED[name] then error(("module '%s' is not available to scripts: %s"):format(name, REFUSED[name]), 2) end
    if name:find("[^%w_%-%.]") or name:find("..", 1, true) then
      error(("module '%s': names have letters, digits, _, - and single dots"):format(name), 2)
    end
    local other = loading[name]
    if other and other.serial == leaf.serial() then error(("module '%s' requires itself"):format(name), 2) end
    if other then
      local ready = wait_for(name)
      if ready ~= nil then return ready end
    end
    local source, shown = find(name, folders)
    if not source then error(("module '%s' not found:%s"):format(name, shown), 2) end
    local chunk, fault = compile(source, shown, env)
    if not chunk then error(fault, 0) end
    return run(name, chunk)
  end
end

return { new = new, compile = compile }
