-- Which upstream a request goes to: by its X-Group header.
return {
  on_route = function(req)
    if req:header("x-group") == "canary" then
      req.upstream = "b"
    end
  end,
}
