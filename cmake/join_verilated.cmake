# SPDX-License-Identifier: Apache-2.0
# cmake -DDIRECTORY=d -DPREFIX=p -P join_verilated.cmake: writes d/all.cpp, which includes every source that Verilator made.
file(GLOB sources RELATIVE ${DIRECTORY} ${DIRECTORY}/${PREFIX}*.cpp)
list(SORT sources)
set(text "")
foreach(source IN LISTS sources)
  string(APPEND text "#include \"${source}\"\n")
endforeach()
file(WRITE ${DIRECTORY}/all.cpp "${text}")
