-- Answers GET /overview from two services at once: {"user": ..., "orders": ...}, each what the upstreams "users" and "orders" gave.
-- It takes as long as the slower one. A service that fails is null, so that half a page is still a page.
local sluice = require "sluice"

local function part(upstream, path)
  local answer, why = sluice.fetch { upstream = upstream, path = path, timeout = 1 }
  if answer and answer.status == 200 then return answer.body end
  sluice.log.warn(upstream, why or answer.status)
  return "null"
end

return {
  on_request = function(req)
    if req:path() ~= "/overview" then return end
    local query = req:query()
    query = query and "?" .. query or ""
    local user, orders = sluice.wait(sluice.spawn(part, "users", "/me" .. query), sluice.spawn(part, "orders", "/list" .. query))
    return req:respond(200, ('{"user": %s, "orders": %s}\n'):format(user, orders), { ["content-type"] = "application/json" })
  end,
}
