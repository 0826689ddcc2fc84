-- An A/B test: a new visitor is given one of two variants by chance, and keeps it by a cookie for a week.
-- The variant is noted, so that the access log can be counted by it.
local WEEK = 7 * 24 * 3600 -- seconds

return {
  on_route = function(req)
    local variant = req:cookie("variant")
    if variant ~= "a" and variant ~= "b" then
      variant = math.random() < 0.5 and "a" or "b"
      req.ctx.new_variant = variant
    end
    if variant == "b" then req:set_upstream("beta") end
    req:set_note("variant", variant)
  end,

  on_response = function(req, res)
    local variant = req.ctx.new_variant
    if variant then
      res:set_cookie { name = "variant", value = variant, path = "/", max_age = WEEK, same_site = "lax" }
    end
  end,
}
