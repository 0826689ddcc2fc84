# shellcheck shell=bash
# CHECKHOOK makes compiled code look at hooks, which the CPU budget of a script rests on.
piece_luajit() {
  unpack_source luajit
  make -C src -j"$(nproc)" amalg BUILDMODE=static CC="ccache gcc" XCFLAGS="-DLUAJIT_ENABLE_CHECKHOOK -fPIC"
  make -C src install BUILDMODE=static PREFIX=/usr DESTDIR="$PWD/installed"
  mkdir -p root/bin root/lib root/include root/share
  cp installed/usr/lib/libluajit-5.1.a root/lib/
  cp -r installed/usr/include/luajit-2.1 root/include/
  cp -r installed/usr/share/luajit-2.1 root/share/
  cp src/src/luajit root/bin/luajit.bin
  cat >root/bin/luajit <<'SH'
#!/bin/sh
# LuaJIT that finds its own jit/*.lua beside it, for tools.
here=$(dirname "$(readlink -f "$0")")
LUA_PATH="${LUA_PATH:-;;};$here/../share/luajit-2.1/?.lua" exec "$here/luajit.bin" "$@"
SH
  chmod +x root/bin/luajit
  describe_library luajit luajit luajit-5.1 /luajit-2.1 'm dl'
  # A loop that is compiled must still end at a hook (luajit sets one on SIGINT), and the build must be GC64.
  root/bin/luajit -e 'assert(require("ffi").abi("gc64")); require("jit.util"); require("jit.vmdef"); assert(jit.status())'
  # A machine that stalls can be too slow for the shortest time: the signal then comes before luajit listens to it.
  local seconds
  for seconds in 0.5 2 8; do
    { timeout -s INT -k 5 "$seconds" root/bin/luajit -e 'local n = 0 while true do n = n + 1 end' 2>&1 || true; } | tee hook
    ! grep -q interrupted hook || break
  done
  grep -q interrupted hook
}
