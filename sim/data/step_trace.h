// SPDX-License-Identifier: Apache-2.0
// A training step in an .npz: everything that the step begins with, and every product of it with its operands as they were stored.
// traces/README.md is the schema. Such a file is a trace of trace_file.h too: of the network's input, and of the parameters before
// the step.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "models/programs/training/step_recorder.h"
#include "sim/data/saved_array.h"
#include "sim/data/trace_file.h"

namespace binade::sim {

/// What the step was, in the words that made it.
struct StepFacts {
  std::string recipe;                                     ///< FILE|NAME[,KEY=WORD...]; empty: none, the key `format` says it
  std::vector<std::pair<std::string, std::string>> keys;  ///< of the configuration
  std::uint64_t step = 0;                                 ///< from 1 on
  std::uint64_t seed = 0;
  double learning_rate = 0, loss = 0;
  std::string formats;  ///< a line a tensor: name, class, format, policy, rounding
};

struct StepTrace {
  Trace start;  ///< the step's samples, and the parameters before it as the optimiser holds them, rounded to float32
  StepFacts facts;
  std::map<std::string, SavedArray> session;  ///< the whole state before the step, bit for bit (Session::save())
  programs::RecordedStep recorded;
};

/// False of what is no npz either.
bool is_step_trace(const std::filesystem::path& file);
/// Throws InputError where the file is no trace of a step, or a product of it cannot be carried out on its tensors. `parts`:
/// without them `start` and `session` are left empty.
enum class StepParts { All, Products };
StepTrace load_step_trace(const std::filesystem::path& file, StepParts parts = StepParts::All);
void save_step_trace(const std::filesystem::path& file, const StepTrace& trace);

}  // namespace binade::sim
