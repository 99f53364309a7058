// SPDX-License-Identifier: Apache-2.0
#include "rtl/cosim/core_ports.h"

namespace binade::rtl {

std::array<CommandPort, kCommandFields.size() + 2> command_ports(const datapath::CoreConfig& config,
                                                                 const datapath::CoreCommand& command) {
  std::array<CommandPort, kCommandFields.size() + 2> ports{};
  auto* port = ports.data();
  for (const CommandField& field : kCommandFields) *port++ = {field.name, field.bits, field.get(command)};
  *port++ = {"overlap_i", 2, static_cast<std::uint64_t>(config.overlap)};
  *port++ = {"full_edge_i", 1, static_cast<std::uint64_t>(config.edge == datapath::Edge::Full)};
  return ports;
}

}  // namespace binade::rtl
