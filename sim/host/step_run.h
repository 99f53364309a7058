// SPDX-License-Identifier: Apache-2.0
// A training step on a device: what run_network() does with a spec that has one.
#pragma once

#include "sim/host/run.h"

namespace binade::sim {

/// `request` is valid. A row of the report for each of the step's own steps (StepProgram), those that RunSpec's step selects.
///
/// What lies before the step is no part of it: the host writes weights, samples and targets, and the copies of weights in other
/// formats that the step before would have left are made without counting. So do runs of Algorithm 1, unless they are the device's.
RunReport run_step(const RunSpec& request, Device& device, const RunHooks& hooks);

}  // namespace binade::sim
