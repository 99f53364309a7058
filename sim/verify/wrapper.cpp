// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/wrapper.h"

#include <fmt/format.h>

namespace binade::verify {

std::string wrapper_of(const Unit& unit, const std::string& format) {
  struct Line {
    std::string port, note;
  };
  std::vector<Line> lines;
  const auto add = [&](const char* way, const Pin& pin) {
    const std::string range = pin.bits == 1 ? "" : fmt::format("[{}:0] ", pin.bits - 1);
    lines.push_back({fmt::format("  {} logic {}{}", way, range, pin.name), pin.optional ? "may be left out" : ""});
  };
  if (unit.clocked()) lines.push_back({"  input  logic clk_i", ""});
  for (const Pin& pin : unit.inputs().list()) add("input ", pin);
  for (const Pin& pin : unit.outputs().list()) add("output", pin);
  std::string text = fmt::format("// {} in {}: `binade verify {} --format {} --rtl THIS_FILE --top my_{}`.\n", unit.name(), format,
                                 unit.name(), format, unit.name());
  if (!unit.clocked())
    text +=
        "// Combinational as it is; with clk_i and rst_ni, and either a --latency or valid_i and valid_o (ready_o and ready_i for\n"
        "// back-pressure), results may take clocks.\n";
  text += fmt::format("module my_{} (\n", unit.name());
  for (std::size_t i = 0; i < lines.size(); ++i)
    text += fmt::format("{}{}{}\n", lines[i].port, i + 1 < lines.size() ? "," : "",
                        lines[i].note.empty() ? "" : "  // " + lines[i].note);
  return text + ");\n\n  // Yours here.\n\nendmodule\n";
}

}  // namespace binade::verify
