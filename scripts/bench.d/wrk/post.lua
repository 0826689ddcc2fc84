-- 64 KiB posts.
dofile(os.getenv("BENCH_D") .. "/wrk/common.lua")
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/octet-stream"
wrk.body = string.rep("p", 65536)
