-- Headers for browsers' safety on every response, and none that tell what runs behind. The upstream learns who asks.
return {
  on_upstream_request = function(req, up)
    up:set_header("x-client", req:client())
  end,

  on_response = function(_, res)
    res:set_header("x-content-type-options", "nosniff")
    res:set_header("x-frame-options", "deny")
    res:set_header("referrer-policy", "strict-origin-when-cross-origin")
    res:remove_header("x-powered-by")
  end,
}
