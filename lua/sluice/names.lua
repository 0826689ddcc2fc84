-- The nearest valid name, for messages.
local names = {}

-- Edits (insert, drop, change a letter) between two words; `limit` and more are all told as `limit`.
local function distance(a, b, limit)
  if math.abs(#a - #b) >= limit then return limit end
  local row = {}
  for j = 0, #b do row[j] = j end
  for i = 1, #a do
    local diagonal, best = row[0], i
    row[0] = i
    for j = 1, #b do
      local cost = a:byte(i) == b:byte(j) and 0 or 1
      row[j], diagonal = math.min(row[j] + 1, row[j - 1] + 1, diagonal + cost), row[j]
      best = math.min(best, row[j])
    end
    if best >= limit then return limit end
  end
  return row[#b]
end

-- Of the keys of `known`, the one nearest to `name`, or nil when none is near.
function names.nearest(name, known)
  local found, least = nil, math.max(2, math.floor(#name / 3) + 1)
  for candidate in pairs(known) do
    if type(candidate) == "string" and candidate ~= name then
      local edits = distance(name, candidate, least + 1)
      if edits < least or (edits == least and found and candidate < found) then
        found, least = candidate, edits
      end
    end
  end
  return found
end

-- " (did you mean `x`?)" or "".
function names.hint(name, known)
  local found = names.nearest(name, known)
  return found and (" (did you mean `" .. found .. "`?)") or ""
end

return names
