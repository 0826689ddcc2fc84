-- A maintenance page for everybody but the operators, who come from one address. Machines get it as JSON.
local OPERATOR = "192.0.2.10"

local PAGE = "<!doctype html><title>Back soon</title><h1>We are back in ten minutes.</h1>\n"

return {
  on_request = function(req)
    if req:client() == OPERATOR then return end
    local headers = { ["retry-after"] = 600, ["cache-control"] = "no-store" }
    local accept = req:header("accept") or ""
    if accept:find("application/json", 1, true) then
      headers["content-type"] = "application/json"
      return req:respond(503, '{"error":"maintenance"}\n', headers)
    end
    headers["content-type"] = "text/html; charset=utf-8"
    return req:respond(503, PAGE, headers)
  end,
}
