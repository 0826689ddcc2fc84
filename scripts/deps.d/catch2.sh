# shellcheck shell=bash
# Debian 12 has Catch2 2, and Debian 13's package is compiled by a newer g++: so its source.
piece_catch2() {
  unpack_source catch2
  cmake -S src -B build -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_STANDARD=23 -DBUILD_TESTING=OFF \
    -DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DCMAKE_POSITION_INDEPENDENT_CODE=ON -DCMAKE_INSTALL_LIBDIR=lib \
    -DCATCH_INSTALL_DOCS=OFF -DBUILD_SHARED_LIBS=OFF
  cmake --build build
  cmake --install build --prefix "$PWD/root"
}
