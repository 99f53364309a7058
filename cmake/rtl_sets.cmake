# SPDX-License-Identifier: Apache-2.0
# The target rtl_sets: the cores of rtl/sets.txt, built by the program into rtl_sets/ beside it, where it looks for them. One command
# a core, so that a parallel build makes several at a time. What is built depends on the RTL and on Verilator alone, and is found by a
# digest of both: instrumented builds share the directory of the release build.
set(sets_file ${PROJECT_SOURCE_DIR}/rtl/sets.txt)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${sets_file} ${PROJECT_SOURCE_DIR}/rtl/sources.f)
file(STRINGS ${PROJECT_SOURCE_DIR}/rtl/sources.f sources)
list(TRANSFORM sources PREPEND ${PROJECT_SOURCE_DIR}/rtl/)
list(APPEND sources ${PROJECT_SOURCE_DIR}/rtl/waivers.vlt ${PROJECT_SOURCE_DIR}/rtl/cosim/module_abi.h
  ${PROJECT_SOURCE_DIR}/rtl/cosim/module_wrapper.cpp ${PROJECT_SOURCE_DIR}/rtl/cosim/module_runtime.cpp)
set(BINADE_RTL_SETS ${PROJECT_BINARY_DIR}/rtl_sets CACHE PATH "Built RTL")
set(stamps "")
file(STRINGS ${sets_file} lines REGEX "^[^#]")
foreach(line IN LISTS lines)
  string(REGEX REPLACE " +" ";" words "${line}")
  list(POP_FRONT words format dataflow rows cols)
  set(assignments --set core.dataflow=${dataflow} --set core.rows=${rows} --set core.cols=${cols})
  foreach(word IN LISTS words)
    list(APPEND assignments --set ${word})
  endforeach()
  string(REGEX REPLACE "[ =]+" "-" name "${line}")
  set(stamp ${BINADE_RTL_SETS}/${name}.stamp)
  add_custom_command(OUTPUT ${stamp}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${BINADE_RTL_SETS}
    COMMAND ${CMAKE_COMMAND} -E env BINADE_RTL_CACHE=${BINADE_RTL_SETS} BINADE_SHARE=${PROJECT_SOURCE_DIR}
      $<TARGET_FILE:binade> rtl build --format ${format} ${assignments}
    COMMAND ${CMAKE_COMMAND} -E touch ${stamp}
    DEPENDS binade ${sources}
    COMMENT "Building the RTL core ${line}" VERBATIM)
  list(APPEND stamps ${stamp})
endforeach()
add_custom_target(rtl_sets ALL DEPENDS ${stamps})
