-- What is said when a call cannot be done: misuse raises at the caller's line, the world's failures are values.
--
-- All functions here are called as `return failed(...)` (a tail call), or from exactly one level below the API function;
-- the levels given to error() count on it.
local leaf = require "sluice.leaf"

-- sluice_status, negated, and kElsewhere (leaf.h).
local NOT_FOUND, WRONG_PHASE, INVALID, TOO_LARGE, ENDED, UNAVAILABLE, ELSEWHERE = -1, -2, -3, -4, -5, -6, -7

local PHASES = {
  [0] = "on_connect", "on_request", "on_request_body", "on_route", "on_balance", "on_upstream_request", "on_response",
  "on_response_body", "on_error", "on_log",
}

local CODES = {
  [NOT_FOUND] = "not_found", [INVALID] = "invalid", [TOO_LARGE] = "too_large", [UNAVAILABLE] = "unavailable",
}

local misuse = { NOT_FOUND = NOT_FOUND }

-- The answer `code` (below 0) of a leaf function to the call `name` ("req:set_upstream"); `where` says in which hooks the
-- call is possible, `value` what it was about.
function misuse.failed(code, self, name, where, value)
  if code == ELSEWHERE or code == ENDED then
    if type(self) ~= "table" then error("call it with a colon: " .. name .. "(...)", 2) end
    if leaf.phase() < 0 then error(name .. "() needs an exchange; it is possible inside a hook", 2) end
    error(name .. "() on an object of another exchange, or of one that has ended; keep texts and numbers, not objects", 2)
  end
  if code == WRONG_PHASE then
    local phase = PHASES[leaf.phase()] or "the load of the script"
    error(name .. "() is possible " .. (where or "in other hooks") .. "; this is " .. phase, 2)
  end
  local about = value ~= nil and (' "' .. tostring(value) .. '"') or ""
  if code == NOT_FOUND then return nil, name .. ": there is no" .. about, CODES[code] end
  if code == INVALID then return nil, name .. ":" .. about .. " is not allowed in HTTP here", CODES[code] end
  if code == TOO_LARGE then return nil, name .. ":" .. about .. " is too large", CODES[code] end
  return nil, name .. ": the gateway cannot do it now", CODES[code] or "unavailable"
end

-- Argument `argument` of the call `name` is not `expected`. Raises at the line that called the API function.
function misuse.argument(name, argument, expected, got)
  local shown = type(got)
  if shown == "string" or shown == "number" or shown == "boolean" then shown = shown .. " " .. tostring(got):sub(1, 40) end
  if got == nil then shown = "nothing (is it called with a colon?)" end
  error(name .. ": " .. argument .. " must be " .. expected .. ", got " .. shown, 3)
end

return misuse
