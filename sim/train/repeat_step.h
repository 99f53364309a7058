// SPDX-License-Identifier: Apache-2.0
// A step that was taken down, as a run on the platform: from the state that it began with, beside the tensors that it made.
#pragma once

#include <memory>
#include <string>

#include "sim/data/step_trace.h"
#include "sim/host/run_spec.h"

namespace binade::sim {

/// What of a trace a run of its step needs beside samples, labels and weights.
struct RepeatedStep {
  std::shared_ptr<const StepState> state;
  std::shared_ptr<const StepRecord> record;
};

/// `spec`: a step of the trace's network, with formats; `file` and its `digest` are the record's. Throws InputError where the trace
/// is of other formats than the spec, or lacks what such a step begins with or makes.
RepeatedStep repeat_step(const StepTrace& trace, const std::string& file, const std::string& digest, const RunSpec& spec);

}  // namespace binade::sim
