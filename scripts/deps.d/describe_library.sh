# shellcheck shell=bash
# describe_library PACKAGE PC_NAME LIBRARY INCLUDE_SUBDIR SYSTEM_LIBRARIES: the .pc and the CMake package (PACKAGE::PACKAGE).
describe_library() {
  local libs=() lib
  for lib in $5; do libs+=("-l$lib"); done
  mkdir -p root/lib/pkgconfig "root/lib/cmake/$1"
  cat >"root/lib/pkgconfig/$2.pc" <<PC
prefix=\${pcfiledir}/../..
Name: $2
Description: $1, static, built by scripts/deps
Version: $(sed 's/[+~-].*//' version)
Libs: \${prefix}/lib/lib$3.a ${libs[*]}
Cflags: -I\${prefix}/include$4
PC
  cat >"root/lib/cmake/$1/$1-config.cmake" <<CMAKE
get_filename_component(_prefix "\${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
if(NOT TARGET $1::$1)
  add_library($1::$1 STATIC IMPORTED)
  set_target_properties($1::$1 PROPERTIES
    IMPORTED_LOCATION "\${_prefix}/lib/lib$3.a"
    INTERFACE_INCLUDE_DIRECTORIES "\${_prefix}/include$4"
    INTERFACE_LINK_LIBRARIES "${5// /;}")
endif()
unset(_prefix)
CMAKE
}
