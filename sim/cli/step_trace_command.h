// SPDX-License-Identifier: Apache-2.0
// `binade trace --step`: trains up to a step and writes it (sim/data/step_trace.h).
#pragma once

#include <cstdint>
#include <optional>

#include "sim/cli/train_options.h"

namespace binade::sim {

/// The exit code. Of `options` what declare_run() declares, network, data, and `out`: the file.
int write_step_trace(const TrainOptions& options, std::uint64_t step, std::optional<std::int64_t> samples, const PartsMaker& make);

}  // namespace binade::sim
