-- Makes the type stubs (lua/meta/sluice.lua, for editors) and the reference (plugins/lua/API.md) from the doc comments of the
-- API's own files, so that there is one definition of each function.
--
--   luajit lua/meta/generate.lua        writes both files; run it in the repository's root
--
-- As a module it returns make(root) -> stubs, reference, functions; a test compares the files with it, and `functions`
-- (class -> names) with what the API really has.
local FILES = {
  "load", "module", "task", "fetch", "headers", "request", "response", "upstream_request", "group", "chunk", "connection", "fault",
  "set_cookie",
}

-- How scripts call an object of each class.
local CALLED = {
  Headers = "req, res, up", Request = "req", Response = "res", UpstreamRequest = "up", Group = "group", Chunk = "chunk",
  Connection = "conn", Task = "task", FetchResponse = "answer", Fault = "err", sluice = "sluice", log = "sluice.log",
}

-- Blocks of `---` lines, each with the code line below it.
local function blocks(path)
  local found, doc = {}, {}
  for line in io.lines(path) do
    if line:sub(1, 3) == "---" then
      doc[#doc + 1] = line
    elseif #doc > 0 then
      found[#found + 1] = { doc = doc, code = line }
      doc = {}
    end
  end
  return found
end

local function cell(text) return (text:gsub("|", "\\|")) end

-- What a function's comment says, in one line: its own words, or those of its first return value.
local function meaning(doc)
  local words, returns = {}, nil
  for _, line in ipairs(doc) do
    local text = line:sub(4)
    if text:sub(1, 1) ~= "@" then
      words[#words + 1] = text
    elseif not returns then
      local result = text:match("^@return (.*)")
      returns = result and result:gsub('^"[^ ]+ ?', ""):gsub("^[%w_%.%?%[%]|]+ ", ""):gsub("^([%w_]+) ", "%1: ", 1)
    end
  end
  return table.concat(words, " "):match("%S") and table.concat(words, " ") or (returns or "")
end

local function param_names(doc)
  local described = {}
  for _, line in ipairs(doc) do
    local name, rest = line:match("^%-%-%-@param ([%w_%.]+%??) (.*)")
    if name then described[#described + 1] = "`" .. name .. "` " .. rest end
  end
  return table.concat(described, "; ")
end

-- One class or module table: its stub, and its section of the reference.
local function add_class(out, name, doc)
  local class = table.concat(doc, "\n"):match("@class ([^\n]+)")
  out.stubs[#out.stubs + 1] = table.concat(doc, "\n") .. "\n" .. (name == "log" and "sluice.log = {}" or "local " .. name .. " = {}") .. "\n"
  out.reference[#out.reference + 1] = ("\n## `%s`\n\n%s"):format(CALLED[name], meaning(doc))
  if class:find(": sluice.Headers", 1, true) then
    out.reference[#out.reference + 1] = "It has the header functions too."
  end
  out.reference[#out.reference + 1] = "\n| function | arguments | what it does |\n|---|---|---|"
end

local function add_function(out, block)
  local owner, separator, name, arguments = block.code:match("^function ([%w_]+)([:.])([%w_]+)(%b())")
  if not owner then return end
  local stub_owner = owner == "log" and "sluice.log" or owner
  out.functions[owner] = out.functions[owner] or {}
  out.functions[owner][name] = true
  out.stubs[#out.stubs + 1] = ("%s\nfunction %s%s%s%s end\n"):format(
    table.concat(block.doc, "\n"), stub_owner, separator, name, arguments)
  local object = CALLED[owner]:match("^[%w_.]+")
  out.reference[#out.reference + 1] = ("| `%s%s%s%s` | %s | %s |"):format(
    object, separator, name, arguments, cell(param_names(block.doc)), cell(meaning(block.doc)))
end

-- A class of which scripts make or return tables: fields only.
local function add_fields(out, doc)
  local class = table.concat(doc, "\n"):match("@class (%S+)")
  out.stubs[#out.stubs + 1] = table.concat(doc, "\n") .. "\n"
  out.reference[#out.reference + 1] = ("\n## `%s`\n\n%s\n\n| field | what |\n|---|---|"):format(class, meaning(doc))
  for _, line in ipairs(doc) do
    local field, rest = line:match("^%-%-%-@field ([%w_]+%??) (.*)")
    if field then out.reference[#out.reference + 1] = ("| `%s` | %s |"):format(field, cell(rest)) end
  end
end

local function make(root)
  local out = { stubs = {}, reference = {}, functions = {} }
  for _, file in ipairs(FILES) do
    for _, block in ipairs(blocks(root .. "/lua/sluice/" .. file .. ".lua")) do
      local class = table.concat(block.doc, "\n"):find("@class", 1, true)
      local name = block.code:match("^local ([%w_]+) = {}")
      if class and name and CALLED[name] then
        add_class(out, name, block.doc)
      elseif class then
        add_fields(out, block.doc)
      else
        add_function(out, block)
      end
    end
  end
  local stubs = "---@meta sluice\n-- Types of Sluice's Lua API for editors. Made by lua/meta/generate.lua; change lua/sluice instead.\n\n"
    .. table.concat(out.stubs, "\n") .. "\nreturn sluice\n"
  local reference = "# The Lua API\n\nMade by lua/meta/generate.lua from the comments in lua/sluice. "
    .. "What a function gives: its types are in lua/meta/sluice.lua. Where the world refuses, functions give `nil`, a message "
    .. 'and a code ("not_found", "invalid", "too_large", "unavailable"); misuse raises at the caller\'s line.\n'
    .. table.concat(out.reference, "\n") .. "\n"
  return stubs, reference, out.functions
end

if ... == "generate" then return make end

local stubs, reference = make(".")
assert(io.open("lua/meta/sluice.lua", "w")):write(stubs)
assert(io.open("plugins/lua/API.md", "w")):write(reference)
