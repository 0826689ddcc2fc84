-- 1 MiB responses.
dofile(os.getenv("BENCH_D") .. "/wrk/common.lua")
wrk.path = "/1m"
