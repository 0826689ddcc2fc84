-- Paths that only scanners ask for are answered with 404 here, without bothering the upstream.
local BLOCKED = {
  "^/%.git", "^/%.env", "^/wp%-admin", "^/wp%-login%.php", "%.bak$", "%.sql$",
}

return {
  on_request = function(req)
    local path = req:path():lower()
    for _, pattern in ipairs(BLOCKED) do
      if path:find(pattern) then
        req:set_note("blocked", pattern)
        return req:respond(404, "not found\n")
      end
    end
  end,
}
