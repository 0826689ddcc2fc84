-- A client that failed to log in waits before it is told so: guessing passwords becomes slow, and the worker goes on
-- with other requests meanwhile.
local sluice = require "sluice"

local PENALTY = 1.5 -- seconds

return {
  on_response = function(req, res)
    if req:path() == "/login" and res:status() == 401 then
      sluice.log.info("slow answer for", req:client())
      sluice.sleep(PENALTY)
    end
  end,
}
