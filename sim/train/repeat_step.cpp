// SPDX-License-Identifier: Apache-2.0
#include "sim/train/repeat_step.h"

#include <fmt/format.h>

#include <map>
#include <sstream>
#include <string_view>
#include <utility>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "models/programs/training/network_training.h"
#include "models/programs/training/reference_executor.h"
#include "sim/host/step_program.h"
#include "sim/train/saved_state.h"
#include "sim/train/step_tensors.h"

namespace binade::sim {
namespace {

using programs::TrainingProgram;
using programs::TrainingTensor;

/// What a step has of a tensor as it was before it, and the biases of sums whose exponent comes after them, which no tensor of a
/// program holds.
constexpr std::string_view kBefore = "before.", kAligned = "bias.";

class Repetition {
 public:
  Repetition(const StepTrace& trace, std::string file, const RunSpec& spec)
      : trace_(trace),
        file_(std::move(file)),
        plan_(spec),
        training_(spec.network, training_choice(*spec.step, *spec.formats), nothing_, static_cast<std::uint32_t>(spec.seed)) {}

  StepState state() {
    try {
      // A velocity begins with the first step.
      return state_of(trace_.session, training_.reference(), training_.persistent(), [&](int) { return trace_.facts.step > 1; });
    } catch (const InputError& error) {
      fail(fmt::format("session: {}", error.what()));
    }
  }

  /// The recipe may have been changed since, and a file's rules lie elsewhere.
  void check_formats() {
    std::istringstream theirs(trace_.facts.formats), ours(format_lines(training_.reference()));
    std::string its, mine;
    for (;;) {
      const bool more = static_cast<bool>(std::getline(theirs, its));
      if (!std::getline(ours, mine)) mine.clear();
      if (!more) its.clear();
      if (its != mine)
        fail(fmt::format("its formats are not those of this run: '{}' there, '{}' here; allowed: the recipe that it was made with",
                         printable(its), printable(mine)));
      if (!more) return;
    }
  }

  /// Every tensor that it has is one of the step, as many codes in the same format, and what a capture of the step has is there.
  void check_tensors() const {
    std::map<std::string, const TrainingTensor*> known;
    for (const TrainingTensor& tensor : plan_.program().tensors) known.emplace(tensor.name, &tensor);
    for (const auto& [name, tensor] : trace_.recorded.tensors) {
      if (name.starts_with(kAligned)) continue;
      const auto found = known.find(name.starts_with(kBefore) ? name.substr(kBefore.size()) : name);
      if (found == known.end() || name.empty()) fail(fmt::format("'{}' is of no tensor of the step", printable(name)));
      const TrainingTensor& ours = *found->second;
      if (tensor.format != ours.encoding.format || static_cast<std::int64_t>(tensor.codes.size()) != ours.elements)
        fail(fmt::format("'{}' is {} elements of {}, in the step {} of {}", printable(name), tensor.codes.size(),
                         numerics::to_string(tensor.format), ours.elements, numerics::to_string(ours.encoding.format)));
    }
    for (const programs::TrainingStep* const step : plan_.steps())
      for (const programs::StepResult& result : step->results)
        if (is_captured(result) && !trace_.recorded.tensors.contains(plan_.tensor(result.writer()).name))
          fail(fmt::format("'{}' is missing", plan_.tensor(result.writer()).name));
  }

 private:
  bool is_captured(const programs::StepResult& result) const {
    if (plan_.tensor(result.writer()).index_bytes != 0) return false;
    if (result.tensor == plan_.program().logits) return true;
    for (const auto& [name, index] : plan_.program().named)
      if (index == result.writer() && capture_key(name, false)) return true;
    return false;
  }

  [[noreturn]] void fail(const std::string& what) const { throw InputError(fmt::format("{}: {}", printable(file_), what)); }

  const StepTrace& trace_;
  const std::string file_;
  const StepProgram plan_;
  programs::ReferenceExecutor nothing_;  // of which only programs are asked for
  programs::NetworkTraining training_;
};

}  // namespace

RepeatedStep repeat_step(const StepTrace& trace, const std::string& file, const std::string& digest, const RunSpec& spec) {
  Repetition repetition(trace, file, spec);
  repetition.check_formats();
  repetition.check_tensors();
  StepRecord record{.name = file, .digest = digest, .tensors = trace.recorded.tensors, .loss = trace.facts.loss};
  return {.state = std::make_shared<const StepState>(repetition.state()),
          .record = std::make_shared<const StepRecord>(std::move(record))};
}

}  // namespace binade::sim
