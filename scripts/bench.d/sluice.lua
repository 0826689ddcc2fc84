-- Which upstream a request goes to: by its X-Group header.
return {
  on_route = function(req)
    if req:header("x-group") == "canary" then
      req:set_upstream("b")
    end
  end,
}
