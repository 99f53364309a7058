// SPDX-License-Identifier: Apache-2.0
#include "models/cost/expected_operands.h"

#include <map>
#include <mutex>
#include <string>

#include "models/cost/operand_streams.h"
#include "models/datapath/dataflow/dataflow.h"

namespace binade::cost {
namespace {

constexpr std::size_t kHamming = 1, kWeight = 2;  // of OperandMatrix

/// Drawn once for each pair of formats: a report asks for every layer.
OperandMatrix means_of(const numerics::OperandFormats& formats) {
  static std::mutex mutex;
  static std::map<std::string, OperandMatrix> known;
  const std::lock_guard lock(mutex);
  const auto [at, is_new] = known.try_emplace(to_string(formats));
  if (is_new) at->second = mean_sums(formats, Activity::NeuralNetwork);
  return at->second;
}

}  // namespace

OperandMatrix expected_operands(const datapath::CoreConfig& config, double macs, double b_codes) {
  const OperandMatrix means = means_of(config.format);
  const bool b_stays = !rules_of(config).sums_stay();
  OperandMatrix sums{};
  for (std::size_t f = 0; f < kOperandFunctions; ++f)
    for (std::size_t g = 0; g < kOperandFunctions; ++g)
      sums[f][g] = b_stays && g == kHamming ? b_codes * means[f][kWeight] : macs * means[f][g];
  return sums;
}

}  // namespace binade::cost
