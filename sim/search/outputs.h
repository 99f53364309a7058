// SPDX-License-Identifier: Apache-2.0
// What a network's last layer makes of its inputs: on the golden machine, in the formats of a spec, and in binary64. No accelerator
// is simulated; the codes are those that one would write.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "sim/host/run_spec.h"

namespace binade::sim {

/// A row a sample.
struct Outputs {
  std::int64_t width = 0;
  std::vector<double> values;

  std::int64_t samples() const { return width == 0 ? 0 : static_cast<std::int64_t>(values.size()) / width; }
};

/// In the formats of a spec that complete_platform() has seen, batch by batch as a run does. `stop`: ends it after the current
/// layer with fewer samples; may be null.
Outputs golden_outputs(const RunSpec& spec, const std::atomic<bool>* stop = nullptr);
/// In binary64; of the spec only network, tensors and batch count.
Outputs reference_outputs(const RunSpec& spec, const std::atomic<bool>* stop = nullptr);

/// The same spec with those of its samples alone, in that order; without labels where it has none.
RunSpec samples_at(const RunSpec& spec, const std::vector<std::int64_t>& samples);

/// The square of the linear correlation between two rows of values of one length: 0 where either is constant or has a value that is
/// not finite.
double correlation_squared(std::span<const double> x, std::span<const double> y);

}  // namespace binade::sim
