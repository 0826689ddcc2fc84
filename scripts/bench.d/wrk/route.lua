-- Every second request is for the canary; the other ones carry the header too, with another value.
dofile(os.getenv("BENCH_D") .. "/wrk/common.lua")
local stable, canary, turn

function init()
  wrk.headers["X-Group"] = "stable"
  stable = wrk.format()
  wrk.headers["X-Group"] = "canary"
  canary = wrk.format()
end

function request()
  turn = not turn
  return turn and canary or stable
end
