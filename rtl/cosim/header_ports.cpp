// SPDX-License-Identifier: Apache-2.0
#include "rtl/cosim/header_ports.h"

#include <fmt/format.h>

#include <regex>

#include "models/numerics/error.h"

namespace binade::rtl {

namespace {

std::string line(const std::string& name, int bits, bool output) {
  return fmt::format("PORT({}, {}, {})\n", name, bits, output ? 1 : 0);
}

}  // namespace

std::string port_lines(const std::string& header, const std::vector<ArrayElement>& elements) {
  static const std::regex kPort(R"(VL_(IN|OUT|INOUT)(8|16|64|W)?\(\(?&(\w+)\)?((?:\[\d+\])*),(\d+),(\d+)(,\d+)?\);)");
  static const std::regex kSize(R"(\[(\d+)\])");
  static const std::regex kUnpacked(R"(\n\s*VlUnpacked<[^;]*> ?& ?(\w+);)");
  std::string ports;
  for (std::sregex_iterator port(header.begin(), header.end(), kPort), end; port != end; ++port) {
    const int high = std::stoi((*port)[5]), low = std::stoi((*port)[6]);
    std::vector<std::string> names{(*port)[3].str()};
    const std::string sizes = (*port)[4];
    for (std::sregex_iterator size(sizes.begin(), sizes.end(), kSize); size != end; ++size) {
      std::vector<std::string> of_names;
      for (const auto& name : names)
        for (int i = 0; i < std::stoi((*size)[1]); ++i) of_names.push_back(fmt::format("{}[{}]", name, i));
      names = std::move(of_names);
    }
    for (const auto& name : names) ports += line(name, high - low + 1, (*port)[1] == "OUT");
  }
  for (std::sregex_iterator array(header.begin(), header.end(), kUnpacked), end; array != end; ++array) {
    const std::string before = ports;
    for (const ArrayElement& element : elements)
      if (element.array == (*array)[1]) ports += line(element.name, element.bits, element.output);
    if (ports == before)
      throw InputError(
          fmt::format("port {}: an unpacked array that the Verilator in PATH does not describe; allowed: another "
                      "Verilator, or a packed array",
                      (*array)[1].str()));
  }
  return ports;
}

}  // namespace binade::rtl
