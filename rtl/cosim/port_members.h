// SPDX-License-Identifier: Apache-2.0
// What has a name within a module's ports: members of packed structures and unions, elements of packed arrays.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "rtl/cosim/module.h"
#include "rtl/cosim/module_spec.h"
#include "rtl/cosim/tool_process.h"

namespace binade::rtl {

/// As Verilator describes the design: by --xml-only, or, where it has none, by --json-only. None where it can do neither. `work` is
/// a directory of this build. Throws BuildInterrupted where `stop` is set meanwhile.
std::vector<PortMember> port_members(const ModuleSpec& spec, const std::filesystem::path& work, StopFlag stop);

/// Such a description, read. A member comes before what it holds, in the order of the source; elements from the lowest index on.
std::vector<PortMember> members_in_xml(const std::string& description);
std::vector<PortMember> members_in_json(std::string_view description);

}  // namespace binade::rtl
