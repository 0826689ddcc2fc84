-- Requests that carry `X-Canary: 1` go to the upstream "beta"; all others where their route says.
return {
  on_route = function(req)
    if req:header("x-canary") == "1" then req:set_upstream("beta") end
  end,
}
