-- Keep-alive GET.
dofile(os.getenv("BENCH_D") .. "/wrk/common.lua")
