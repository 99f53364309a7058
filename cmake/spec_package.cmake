# SPDX-License-Identifier: Apache-2.0
# cmake -DSPEC_DIR=models/spec -DOUTPUT=directory -P spec_package.cmake: the rows of models/spec/*.def as SystemVerilog packages
# opcode_pkg, vector_op_pkg, csr_pkg and formats_pkg, so that opcodes, register offsets and named formats are written down once.
# FORMAT("fp8e4m3", ...) becomes Fp8e4m3Bits and so on; characters that an identifier cannot hold become '_'.

# The rows of one macro. Characters that would break CMake's lists stand in comments only and are replaced.
function(rows result file macro)
  file(READ ${SPEC_DIR}/${file} text)
  string(REPLACE "[" "(" text "${text}")
  string(REPLACE "]" ")" text "${text}")
  string(REPLACE ";" "," text "${text}")
  string(REGEX MATCHALL "\n${macro}\\([^\n]*" lines "${text}")
  list(TRANSFORM lines STRIP)
  set(${result} "${lines}" PARENT_SCOPE)
endfunction()

function(write_package name body)
  file(WRITE ${OUTPUT}/${name}.sv "// SPDX-License-Identifier: Apache-2.0\n// Generated from models/spec/*.def: edit those.\n"
    "package ${name};\n\n${body}\nendpackage\n")
endfunction()

set(text "")
rows(lines isa.def OPCODE)
foreach(line IN LISTS lines)
  string(REGEX MATCH "^OPCODE\\(([A-Za-z0-9_]+), *([0-9]+), *\"(.*)\"\\)" ignored "${line}")
  string(APPEND text "  localparam int unsigned ${CMAKE_MATCH_1} = ${CMAKE_MATCH_2};  // ${CMAKE_MATCH_3}\n")
endforeach()
write_package(opcode_pkg "${text}")

set(text "")
rows(lines isa.def VECTOR_OP)
foreach(line IN LISTS lines)
  string(REGEX MATCH "^VECTOR_OP\\(([A-Za-z0-9_]+), *([0-9]+)," ignored "${line}")
  string(APPEND text "  localparam int unsigned ${CMAKE_MATCH_1} = ${CMAKE_MATCH_2};\n")
endforeach()
write_package(vector_op_pkg "${text}")

set(text "")
rows(lines csr.def CSR)
foreach(line IN LISTS lines)
  string(REGEX MATCH "^CSR\\(([A-Za-z0-9_]+), *0x([0-9a-fA-F]+), *([A-Z0-9]+)," ignored "${line}")
  string(APPEND text "  localparam logic [11:0] ${CMAKE_MATCH_1} = 12'h${CMAKE_MATCH_2};  // ${CMAKE_MATCH_3}\n")
endforeach()
write_package(csr_pkg "${text}")

set(text "  // Families and specials in the order of numerics::Family and numerics::Specials.\n")
set(code 0)
foreach(family IN ITEMS Posit HillFloat IeeeFloat Flex Dfp Sdfp Fixed)
  string(APPEND text "  localparam int unsigned ${family} = ${code};\n")
  math(EXPR code "${code} + 1")
endforeach()
rows(lines formats.def FORMAT)
foreach(line IN LISTS lines)
  string(REGEX MATCH "^FORMAT\\(\"([^\"]+)\", *([A-Za-z]+), *([0-9]+), *([0-9]+), *([0-9]+), *([A-Za-z]+), *\"(.*)\"\\)" matched "${line}")
  if(NOT matched)
    message(FATAL_ERROR "formats.def: cannot read '${line}'")
  endif()
  set(fields "${CMAKE_MATCH_2};${CMAKE_MATCH_3};${CMAKE_MATCH_4};${CMAKE_MATCH_5};${CMAKE_MATCH_6}")
  set(meaning "${CMAKE_MATCH_7}")
  string(MAKE_C_IDENTIFIER "${CMAKE_MATCH_1}" word)
  string(SUBSTRING "${word}" 0 1 first)
  string(TOUPPER "${first}" first)
  string(SUBSTRING "${word}" 1 -1 rest)
  list(GET fields 0 family)
  list(GET fields 1 bits)
  list(GET fields 2 exponent)
  list(GET fields 3 fraction)
  list(GET fields 4 specials)
  string(REPLACE "None" 0 specials "${specials}")
  string(REPLACE "InfNan" 1 specials "${specials}")
  string(REPLACE "NanOnly" 2 specials "${specials}")
  string(APPEND text "\n  // ${meaning}\n"
    "  localparam int unsigned ${first}${rest}Family = ${family};\n"
    "  localparam int unsigned ${first}${rest}Bits = ${bits};\n"
    "  localparam int unsigned ${first}${rest}ExponentBits = ${exponent};\n"
    "  localparam int unsigned ${first}${rest}FractionBits = ${fraction};\n"
    "  localparam int unsigned ${first}${rest}Specials = ${specials};\n")
endforeach()
write_package(formats_pkg "${text}")
