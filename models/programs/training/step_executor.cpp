// SPDX-License-Identifier: Apache-2.0
#include "models/programs/training/step_executor.h"

namespace binade::programs {
namespace {

template <class Visit>
void each_operand(const TrainingStep& step, Visit visit) {
  for (const int operand : step.operands) visit(operand);
  if (step.weight >= 0) visit(step.weight);
  if (step.bias >= 0) visit(step.bias);
}

}  // namespace

void run_steps(StepExecutor& executor, const TrainingProgram& program, std::span<const TrainingStep* const> steps,
               const StepHooks& hooks) {
  std::map<int, std::size_t> last_use;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    for (const StepResult& result : steps[i]->results) last_use[result.tensor] = i;
    each_operand(*steps[i], [&](int operand) { last_use[operand] = i; });
  }
  bool backward = false;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const TrainingStep& step = *steps[i];
    // Running statistics are updated in the midst of the forward pass.
    const bool begins = !backward && (step.pass == Pass::BackwardData || step.pass == Pass::BackwardWeight);
    if (begins) executor.begin_pass(false);
    backward = backward || begins;
    executor.run(program, step);
    if (hooks.made) hooks.made(step);
    const auto done = [&](int tensor) {
      if (last_use.at(tensor) != i || !executor.holds(tensor)) return;
      if (program.tensors[static_cast<std::size_t>(tensor)].persistent || (hooks.keep && hooks.keep(tensor))) return;
      executor.release(tensor);
    };
    each_operand(step, done);
    for (const StepResult& result : step.results) {
      if (result.becomes >= 0)
        executor.replace(result.becomes, result.tensor);
      else
        done(result.tensor);
    }
  }
}

}  // namespace binade::programs
