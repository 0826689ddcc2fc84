-- Which backend a request goes to, by the value of its X-Group header. A converter: it costs less than a fetch (README.md).
core.register_converters("pool", function(group)
  return group == "canary" and "b" or "a"
end)
