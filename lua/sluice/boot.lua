-- The functions that vm.cpp calls, in the order of Entry (vm.h).
require "sluice.bounded" -- before anything keeps one of the functions that it replaces
local objects = require "sluice.objects"

-- Every VM of the process starts with another seed; LuaJIT's own is the same everywhere.
math.randomseed(require("sluice.given").seed)

return {
  objects.make_handle,
  objects.make,
  objects.renew_ctx,
  require "sluice.load",
  require "sluice.describe",
}
