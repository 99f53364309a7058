# SPDX-License-Identifier: Apache-2.0
# Verilator at build time, one translation unit a parameter set, so that the compiler cache and the build's flags apply.
find_program(VERILATOR verilator REQUIRED)
find_path(VERILATOR_INCLUDE_DIR verilated.h PATHS /usr/share/verilator/include REQUIRED)

add_library(binade_verilated STATIC ${VERILATOR_INCLUDE_DIR}/verilated.cpp ${VERILATOR_INCLUDE_DIR}/verilated_threads.cpp)
target_include_directories(binade_verilated SYSTEM PUBLIC ${VERILATOR_INCLUDE_DIR} ${VERILATOR_INCLUDE_DIR}/vltstd)
target_compile_definitions(binade_verilated PUBLIC VM_COVERAGE=0 VM_SC=0 VM_TRACE=0 VL_TIME_CONTEXT)
target_compile_options(binade_verilated PRIVATE -w)
target_link_libraries(binade_verilated PUBLIC Threads::Threads)

# binade_verilate(TARGET PREFIX name TOP module SOURCES file... [PARAMETERS K=V...] [OPTIONS ...]):
# adds the class `name` (header name.h) of the elaborated module to TARGET. SOURCES in reading order, packages first.
function(binade_verilate target)
  cmake_parse_arguments(ARG "" "PREFIX;TOP" "PARAMETERS;SOURCES;OPTIONS" ${ARGN})
  set(directory ${CMAKE_CURRENT_BINARY_DIR}/${ARG_PREFIX})
  list(TRANSFORM ARG_PARAMETERS PREPEND -G)
  add_custom_command(
    OUTPUT ${directory}/all.cpp ${directory}/${ARG_PREFIX}.h
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${directory}
    COMMAND ${VERILATOR} --cc -O3 --x-assign fast --x-initial fast --assert -Wall --prefix ${ARG_PREFIX} --top-module ${ARG_TOP}
      --Mdir ${directory} ${ARG_OPTIONS} ${ARG_PARAMETERS} ${ARG_SOURCES}
    COMMAND ${CMAKE_COMMAND} -DDIRECTORY=${directory} -DPREFIX=${ARG_PREFIX} -P ${PROJECT_SOURCE_DIR}/cmake/join_verilated.cmake
    DEPENDS ${ARG_SOURCES} ${PROJECT_SOURCE_DIR}/cmake/join_verilated.cmake
    COMMENT "Verilating ${ARG_PREFIX}" VERBATIM)
  add_library(${ARG_PREFIX} OBJECT ${directory}/all.cpp)
  target_compile_options(${ARG_PREFIX} PRIVATE -w)
  target_link_libraries(${ARG_PREFIX} PUBLIC binade_verilated)
  target_include_directories(${target} SYSTEM PUBLIC ${directory})
  target_link_libraries(${target} PUBLIC binade_verilated)
  target_sources(${target} PRIVATE ${directory}/${ARG_PREFIX}.h $<TARGET_OBJECTS:${ARG_PREFIX}>)
endfunction()
