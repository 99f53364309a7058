// SPDX-License-Identifier: Apache-2.0
// Units of single operations, of dot products and of elements that people have, and what units are made from beside a core's
// configuration.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/numerics/operation.h"
#include "sim/verify/element_adder.h"
#include "sim/verify/unit.h"

namespace binade::verify {

struct OperationOptions {
  std::optional<numerics::FormatSpec> to;  ///< convert
  numerics::Tininess tininess = numerics::Tininess::After;
  int length = 4;                             ///< dot: products
  std::vector<numerics::Rounding> roundings;  ///< that vectors go through; empty: all
  std::optional<Overflow> overflow;           ///< mac, ws_mac and dot of integers; absent: they saturate
};

/// Of a unit's modes those that are wanted; all where none is, which a Binding refuses.
inline std::vector<numerics::Rounding> chosen_roundings(std::vector<numerics::Rounding> modes, const OperationOptions& options) {
  std::vector<numerics::Rounding> chosen;
  for (const numerics::Rounding mode : modes)
    if (std::find(options.roundings.begin(), options.roundings.end(), mode) != options.roundings.end()) chosen.push_back(mode);
  return chosen.empty() ? modes : chosen;
}

/// The words: those of numerics::arithmetic_rows(), then compare and dot.
const std::vector<std::string>& operation_unit_names();
inline bool is_operation_unit(std::string_view name) {
  for (const auto& word : operation_unit_names())
    if (word == name) return true;
  return false;
}
/// `config`: format, rounding; of dot the policy. Throws InputError where the format lacks the operation.
std::unique_ptr<Unit> make_operation_unit(std::string_view word, const datapath::CoreConfig& config,
                                          const OperationOptions& options);
std::unique_ptr<Unit> make_dot_unit(const datapath::CoreConfig& config, const OperationOptions& options);
/// Of elements `config` also gives the latency. They serve policies whose state is one register.
std::unique_ptr<Unit> make_mac_unit(const datapath::CoreConfig& config, const OperationOptions& options);
std::unique_ptr<Unit> make_weight_unit(const datapath::CoreConfig& config, const OperationOptions& options);

}  // namespace binade::verify
