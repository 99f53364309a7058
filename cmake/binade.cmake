# SPDX-License-Identifier: Apache-2.0
# Flags and target helpers shared by all folders.
add_library(binade_flags INTERFACE)
target_include_directories(binade_flags INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
target_compile_options(binade_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
  # Designated initialisers name what does not have its default.
  -Wno-missing-field-initializers
  # GCC 12 sees overlaps in strings put together by +, which are none (GCC bug 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  # GCC 12 has been seen to fold distinct integer templates together wrongly at -O2.
  $<$<CXX_COMPILER_ID:GNU>:-fno-ipa-icf>
  # Bit-exact floating point: no contraction into fma unless written as one.
  -ffp-contract=off)
if(BINADE_COVERAGE)
  target_compile_options(binade_flags INTERFACE --coverage -fprofile-update=atomic)
  target_link_options(binade_flags INTERFACE --coverage)
endif()
if(BINADE_SANITIZE)
  target_compile_options(binade_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(binade_flags INTERFACE -fsanitize=address,undefined)
  # Indices of vectors, arrays and spans, within an object too, where AddressSanitizer sees nothing.
  target_compile_definitions(binade_flags INTERFACE _GLIBCXX_ASSERTIONS)
endif()

# binade_library(NAME SOURCES ... DEPENDS ...): a static library of one folder.
function(binade_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  if(ARG_SOURCES)
    add_library(${name} STATIC ${ARG_SOURCES})
    target_link_libraries(${name} PUBLIC binade_flags ${ARG_DEPENDS})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE binade_flags ${ARG_DEPENDS})
  endif()
endfunction()

# binade_test(NAME LABELS ... SOURCES ... DEPENDS ...): a GoogleTest program whose cases ctest lists one by one as NAME.<case>.
function(binade_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "LABELS;SOURCES;DEPENDS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 600)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE binade_flags ${ARG_DEPENDS} GTest::gtest_main)
  if(BINADE_PRECOMPILE)
    target_precompile_headers(${name} REUSE_FROM binade_test_headers)
  endif()
  gtest_discover_tests(${name} TEST_PREFIX ${name}. DISCOVERY_MODE PRE_TEST
    PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT})
endfunction()

# `make lint`: clang-tidy over what the compile database holds, then the hygiene tests.
add_custom_target(lint
  COMMAND run-clang-tidy -quiet -p ${PROJECT_BINARY_DIR} "${PROJECT_SOURCE_DIR}/(models|lib|hw|sim)/.*"
  COMMAND shellcheck ${PROJECT_SOURCE_DIR}/cmake/deps.sh ${PROJECT_SOURCE_DIR}/cmake/plotly.sh ${PROJECT_SOURCE_DIR}/tests/coverage.sh ${PROJECT_SOURCE_DIR}/.ci/run
  COMMAND /usr/bin/python3 -m pytest -q -p no:cacheprovider ${PROJECT_SOURCE_DIR}/tests/hygiene
  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
  USES_TERMINAL VERBATIM)
