-- A balancing algorithm of one's own: a request goes to the endpoint that has the fewest in flight for its weight. When all of
-- them are busy it waits a little for one to become free, and the worker goes on with others meanwhile; then it goes all the same.
local sluice = require "sluice"

local BUSY = 2     -- in flight, for each unit of weight
local PAUSE = 0.01 -- seconds, between two looks
local LOOKS = 20

-- Its number and how busy it is; nil when none can be used. Among equals the one after the last chosen comes first.
local turn = 0
local function idlest(group)
  local best, least
  local count = group:count()
  turn = turn + 1
  for step = 1, count do
    local i = (turn + step) % count + 1
    local weight = group:weight(i)
    if weight > 0 and group:is_usable(i) then
      local load = group:in_flight(i) / weight
      if not least or load < least then best, least = i, load end
    end
  end
  return best, least
end

return {
  on_balance = function(req, group)
    local best, load = idlest(group)
    local looks = 1
    while best and load >= BUSY and looks < LOOKS do
      sluice.sleep(PAUSE)
      looks = looks + 1
      best, load = idlest(group)
    end
    req:set_note("looks", looks)
    -- Without a pick the upstream's own algorithm decides, and says why when there is nobody.
    if best then group:pick(best) end
  end,
}
