// SPDX-License-Identifier: Apache-2.0
// A run's configuration as settings, and back: keys are what people and reports call it.
#pragma once

#include "sim/config/settings.h"
#include "sim/host/run_spec.h"

namespace binade::sim {

/// Format, platform and exponent options of `resolved` (resolved_for); whether tensors have values stays the spec's own.
void apply_settings(const Settings& resolved, RunSpec& spec);
/// Resolved settings from which apply_settings makes the same.
Settings settings_of(const RunSpec& spec);
/// Of those, the keys that the run follows from.
KeySet keys_of(const RunSpec& spec);

}  // namespace binade::sim
