-- Asks a service of your own whether a request may pass: the upstream "auth" gets method, path and Authorization, and answers 200,
-- or what the client shall be told. Who it is goes on as X-User; when the service does not answer, nobody gets in.
local sluice = require "sluice"

return {
  on_request = function(req)
    req:remove_header("x-user") -- only the service says who it is
    local answer, why = sluice.fetch {
      upstream = "auth",
      path = "/check",
      timeout = 2,
      headers = {
        authorization = req:header("authorization"),
        ["x-method"] = req:method(),
        ["x-path"] = req:raw_path(),
      },
    }
    if not answer then
      sluice.log.error(why)
      return req:respond(503, "authorisation is not available\n", { ["retry-after"] = "5" })
    end
    if answer.status ~= 200 then
      return req:respond(answer.status, answer.body, { ["www-authenticate"] = answer:header("www-authenticate") })
    end
    local user = answer:header("x-user")
    if user then return req:set_header("x-user", user) end
  end,
}
