-- Plain HTTP is sent to HTTPS, path and query kept; but for the challenges of certificate authorities.
return {
  on_request = function(req)
    if req:scheme() == "https" or req:path():find("/.well-known/acme-challenge/", 1, true) == 1 then return end
    return req:redirect(308, "https://" .. req:host() .. req:target())
  end,
}
