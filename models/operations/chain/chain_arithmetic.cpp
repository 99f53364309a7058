// SPDX-License-Identifier: Apache-2.0
#include "models/operations/chain/chain_arithmetic.h"

#include <mutex>
#include <utility>
#include <vector>

#include "models/operations/chain/chain_binary32.h"
#include "models/operations/chain/chain_fast.h"

namespace binade::operations {
namespace {

void run_part(const ChainForm& form, std::span<const ChainSource> sources, std::span<ChainTarget> targets, std::int64_t first,
              std::int64_t count) {
  std::vector<StepPlan> plans = plan_steps(form, sources, targets);
  if (fits_binary32(form, sources, plans))
    Binary32Chain(form, sources, targets, std::move(plans)).run(first, count);
  else
    FastChain(form, sources, targets, std::move(plans)).run(first, count);
}

}  // namespace

void ChainArithmetic::run(const ChainForm& form, std::span<const ChainSource> sources, std::span<ChainTarget> targets) {
  if (!fits_binary64(sources)) return run_literally(form, sources, targets);
  run_part(form, sources, targets, 0, form.outputs);
}

void ChainArithmetic::run(const ChainForm& form, std::span<const ChainSource> sources, std::span<ChainTarget> targets,
                          const Divide& divide) {
  if (!fits_binary64(sources)) return run_literally(form, sources, targets);
  std::mutex adding;
  divide(form.outputs, [&](std::int64_t first, std::int64_t count) {
    std::vector<ChainTarget> part(targets.begin(), targets.end());
    for (ChainTarget& target : part) target.stats = {};
    run_part(form, sources, part, first, count);
    const std::lock_guard lock(adding);
    for (std::size_t i = 0; i < part.size(); ++i) targets[i].stats += part[i].stats;
  });
}

}  // namespace binade::operations
