// SPDX-License-Identifier: Apache-2.0
#include "models/kernels/simd/target.h"

#include <hwy/targets.h>

#include "models/kernels/simd/dot.h"
#include "models/numerics/error.h"

namespace binade::kernels {
namespace {

std::int64_t available() { return hwy::SupportedTargets() & simd::generated_targets(); }

}  // namespace

std::vector<std::string> simd_targets() {
  std::vector<std::string> names;
  for (std::int64_t targets = available(); targets != 0; targets &= targets - 1)
    names.emplace_back(hwy::TargetName(targets & -targets));  // a lower bit is a better target
  return names;
}

std::string simd_target() { return simd::target_name(); }

void force_simd_target(std::string_view name) {
  hwy::SetSupportedTargetsForTest(0);
  std::int64_t chosen = 0;
  std::string allowed;
  for (std::int64_t targets = available(); targets != 0; targets &= targets - 1) {
    const std::int64_t target = targets & -targets;
    allowed += allowed.empty() ? "" : " ";
    allowed += hwy::TargetName(target);
    if (name == hwy::TargetName(target)) chosen = target;
  }
  if (chosen == 0 && !name.empty())
    throw InputError("simd target: '" + std::string(name) + "' is not available; allowed: " + allowed);
  hwy::SetSupportedTargetsForTest(chosen);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace binade::kernels
