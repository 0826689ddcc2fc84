-- The functions that vm.cpp calls, in the order of Entry (vm.h).
local objects = require "sluice.objects"

-- Every VM of the process starts with another seed; LuaJIT's own is the same everywhere.
math.randomseed(require("sluice.given").seed)

return {
  objects.make_handle,
  objects.renew,
  objects.renew_ctx,
  require "sluice.load",
  require "sluice.describe",
}
