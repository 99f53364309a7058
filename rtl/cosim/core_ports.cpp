// SPDX-License-Identifier: Apache-2.0
#include "rtl/cosim/core_ports.h"

namespace binade::rtl {

std::array<CommandPort, 17> command_ports(const datapath::CoreConfig& config, const datapath::CoreCommand& command) {
  const auto word = [](auto value) { return static_cast<std::uint64_t>(value); };
  return {{
      {"m_i", 32, word(command.m)},
      {"n_i", 32, word(command.n)},
      {"k_i", 32, word(command.k)},
      {"first_k_i", 1, word(command.first_k)},
      {"last_k_i", 1, word(command.last_k)},
      {"k_base_i", 32, word(command.k_base)},
      {"bias_i", 1, word(command.bias)},
      {"relu_i", 1, word(command.relu)},
      {"product_shift_i", 8, word(command.product_shift)},
      {"bias_shift_i", 8, word(command.bias_shift)},
      {"seed_i", 32, command.seed},
      {"tensor_i", 32, command.tensor},
      {"m_base_i", 32, word(command.m_base)},
      {"n_base_i", 32, word(command.n_base)},
      {"logical_cols_i", 32, word(command.logical_cols)},
      {"overlap_i", 2, word(config.overlap)},
      {"full_edge_i", 1, word(config.edge == datapath::Edge::Full)},
  }};
}

}  // namespace binade::rtl
