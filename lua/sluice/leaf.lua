-- The C functions behind the API, bound once through the FFI, and the reading of their answers.
--
-- They are leaves: they touch the exchange and never the VM, so compiled code calls them like any C function.
-- `given` is what vm.cpp hands over. A text comes back in `out` (leaf.h): short ones in a buffer that both sides know,
-- so that not even interpreted code makes garbage beyond the string itself.
local given = require "sluice.given"
local ffi = require "ffi"

ffi.cdef(given.declarations)

local calls = ffi.cast("const sluice_lua_leaf*", given.leaf)
local out = ffi.cast("sluice_lua_out*", given.out)
local copy = out.copy
local capacity = 4096 -- of sluice_lua_out.copy
local to_string = ffi.string

local leaf = { out = out }

for _, name in ipairs {
  "field", "set_field", "number", "set_number", "param", "cookie", "header", "header_count", "header_at", "header_set",
  "header_add", "header_remove", "respond", "answer", "body_whole", "body", "piece", "piece_size", "piece_last",
  "piece_replace", "endpoints", "endpoint", "pick", "find", "current", "hash_key", "retry", "note", "set_note",
  "log_enabled", "log", "phase", "serial", "is_live", "unix_time", "monotonic", "hash",
} do
  leaf[name] = calls[name]
end

-- The text that a leaf function gave, by its length.
function leaf.text(size)
  if size <= capacity then return to_string(copy, size) end
  return to_string(out.data, size)
end

-- The name beside it (header_at).
function leaf.name() return to_string(out.name, out.name_size) end

-- Of the endpoint that was looked at: its id and its zone.
function leaf.endpoint_id() return to_string(out.id, 16) end
function leaf.zone() return to_string(out.zone, out.zone_size) end

-- A handle that objects hold: a Visit's token as cdata.
local cast, handle_type = ffi.cast, ffi.typeof "sluice_lua_visit*"
function leaf.handle(token) return cast(handle_type, token) end

return leaf
