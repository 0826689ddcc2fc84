# find_package(sluice): the plugin headers (target sluice::sluice) and a function that builds a plugin.
include("${CMAKE_CURRENT_LIST_DIR}/sluiceTargets.cmake")

# sluice_add_plugin(NAME source...): NAME.so, with only its entry visible, linked to nothing of Sluice.
function(sluice_add_plugin name)
  add_library(${name} MODULE ${ARGN})
  target_link_libraries(${name} PRIVATE sluice::sluice)
  target_compile_features(${name} PRIVATE cxx_std_20)
  set_target_properties(${name} PROPERTIES PREFIX "" SUFFIX ".so" POSITION_INDEPENDENT_CODE ON
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
endfunction()
