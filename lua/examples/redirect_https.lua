-- Plain HTTP is sent to HTTPS, path and query kept; but for the challenges of certificate authorities.
return {
  on_request = function(req)
    local path, host = req:path(), req:host()
    if req:scheme() == "https" or path:find("/.well-known/acme-challenge/", 1, true) == 1 then return end
    -- HTTP/1.0 may come without Host, and OPTIONS without a path: neither has a place to be sent to.
    if not host or path == "*" then return req:respond(400, "use https\n") end
    local query = req:query()
    return req:redirect(308, "https://" .. host .. path .. (query and "?" .. query or ""))
  end,
}
