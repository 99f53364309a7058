// SPDX-License-Identifier: Apache-2.0
// A module's ports as Verilator describes them beyond the header it generates: what has a name within them (members of packed
// structures and unions, elements of packed arrays), and what unpacked arrays are made of.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "rtl/cosim/module.h"
#include "rtl/cosim/module_spec.h"
#include "rtl/cosim/tool_process.h"

namespace binade::rtl {

/// Of a port that is an unpacked array: "x[0][2]", counted from each dimension's lowest index.
struct ArrayElement {
  std::string array, name;
  int bits = 0;
  bool output = false;

  bool operator==(const ArrayElement&) const = default;
};

struct PortDescription {
  /// A member comes before what it holds, in the order of the source; elements from the lowest index on.
  std::vector<PortMember> members;
  std::vector<ArrayElement> elements;  ///< in the order of the source
};

/// By --xml-only, or, where Verilator has none, by --json-only. Empty where it can do neither. `work` is a directory of this build.
/// Throws BuildInterrupted where `stop` is set meanwhile.
PortDescription describe_ports(const ModuleSpec& spec, const std::filesystem::path& work, StopFlag stop);

/// How many elements a packed array has among the members of a port: "x[0]", "x[1]", ...; 0: it is no such array.
int elements_of(const std::vector<PortMember>& members, std::string_view array);

/// Such a description, read.
PortDescription ports_in_xml(const std::string& description);
PortDescription ports_in_json(std::string_view description);

}  // namespace binade::rtl
