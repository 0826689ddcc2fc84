-- A new connection for each request: the gateway closes after its answer, wrk opens the next one.
dofile(os.getenv("BENCH_D") .. "/wrk/common.lua")
wrk.headers["Connection"] = "close"
