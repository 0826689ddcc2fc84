-- A share of the clients goes to "beta". The same client always comes to the same side, on every worker and after a restart,
-- because the side is worked out from its address. With an X-User header the user counts instead.
local sluice = require "sluice"

local PERCENT = 10

return {
  on_route = function(req)
    local who = req:header("x-user") or req:client()
    if sluice.hash(who) % 100 < PERCENT then req:set_upstream("beta") end
  end,
}
