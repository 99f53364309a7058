// SPDX-License-Identifier: Apache-2.0
#include "models/programs/training/network_training.h"

#include <algorithm>
#include <cmath>

#include "models/numerics/error.h"
#include "models/numerics/hash.h"
#include "models/numerics/rounding.h"

namespace binade::programs {

using numerics::Reals;

NetworkTraining::NetworkTraining(const networks::Network& network, const TrainingChoice& choice, StepExecutor& executor,
                                 std::uint32_t seed, bool watches)
    : network_(network), choice_(choice), executor_(executor), seed_(seed), watches_(watches) {
  // Programs are made in one order, so that tensors have the same numbers in every run of the same choice.
  reference();
}

const TrainingProgram& NetworkTraining::program(std::int64_t samples, bool whole) {
  auto& known = programs_[{samples, whole}];
  if (!known) {
    TrainingChoice choice = choice_;
    choice.first_delta = whole;
    known = std::make_unique<TrainingProgram>(make_training(network_, choice, samples, names_));
  }
  return *known;
}

const TrainingProgram& NetworkTraining::evaluation(std::int64_t samples) {
  auto& known = evaluations_[samples];
  if (!known) known = std::make_unique<TrainingProgram>(make_evaluation(network_, choice_, samples, names_));
  return *known;
}

std::map<std::string, int> NetworkTraining::persistent() {
  std::map<std::string, int> all;
  for (const auto& [name, index] : reference().named)
    if (reference().tensors[static_cast<std::size_t>(index)].persistent) all.emplace(name, index);
  return all;
}

void NetworkTraining::set_parameters(const operations::Parameters& parameters) {
  const TrainingProgram& any = reference();
  for (const TrainedParameter& parameter : any.parameters) {
    const auto found = parameters.find(parameter.name);
    if (found == parameters.end()) throw InvariantError("training: no " + parameter.name);
    executor_.write(any, parameter.master, found->second.reals());
    // SGD has no velocity before its first step; the others begin with zeros.
    if (choice_.optimiser.method == Optimiser::Method::Sgd) continue;
    const std::vector<double> zeros(found->second.reals().size(), 0.0);
    for (const TrainedParameter::State& state : parameter.states) executor_.write(any, state.tensor, Reals(zeros));
  }
  copy_parameters(watches_ ? any : program(any.samples));
  executor_.forget_counts();
}

// Those that only watched steps read too, whenever the next one comes.
void NetworkTraining::copy_parameters(const TrainingProgram& program) {
  const TrainingProgram& all = watches_ ? reference() : program;
  std::vector<const TrainingStep*> order;
  for (const TrainingStep& copy : all.copies) order.push_back(&copy);
  run_steps(executor_, all, order, {.keep = {}, .made = [&](const TrainingStep& made) { note_bad(made); }});
}

void NetworkTraining::note_bad(const TrainingStep& step) {
  if (first_bad_.empty() && executor_.made_no_number()) first_bad_ = step.name;
}

// What a step read was finite, so an infinity or NaN that it leaves began as an event of this step; only a quotient of an optimiser
// that divides is infinite without one.
bool NetworkTraining::lasts() {
  if (first_bad_.empty() && choice_.optimiser.method == Optimiser::Method::Sgd) return true;
  for (const auto& [name, index] : persistent()) {
    if (!executor_.holds(index)) continue;
    const std::vector<double> values = executor_.values(index);
    if (!std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); })) return false;
  }
  return true;
}

void NetworkTraining::write_given(const TrainingProgram& program, std::span<const float> x, std::span<const std::int64_t> targets,
                                  std::uint64_t step) {
  std::size_t inputs = 0;
  for (const Given& given : program.given) {
    const TrainingTensor& tensor = program.tensors[static_cast<std::size_t>(given.tensor)];
    std::vector<double> values(static_cast<std::size_t>(tensor.elements));
    switch (given.what) {
      case Given::What::Input:
        if (++inputs > 1 || x.size() != values.size()) throw InvariantError("training: one input of the network's extents");
        std::copy(x.begin(), x.end(), values.begin());
        break;
      case Given::What::Target: {
        const std::size_t classes = values.size() / targets.size();
        for (std::size_t i = 0; i < targets.size(); ++i) values.at(i * classes + static_cast<std::size_t>(targets[i])) = 1;
        break;
      }
      case Given::What::Mask: {
        // 32 bits below rate 2^32 are a zero.
        const double bound = std::ldexp(given.value, 32);
        const std::uint32_t of_step = numerics::tensor_key(seed_, static_cast<std::uint32_t>(step));
        for (std::size_t i = 0; i < values.size(); ++i)
          values[i] = numerics::random_bits(of_step, static_cast<std::uint32_t>(given.tensor), i) < bound ? 0 : 1;
        break;
      }
      case Given::What::Constant:
        if (executor_.holds(given.tensor)) continue;
        values[0] = given.value;
        break;
    }
    executor_.write(program, given.tensor, Reals(values));
  }
}

// Terms are added up in binary32, sample by sample, as the host of PositNN does it; in binary64 where the tensors are.
NetworkTraining::Outcome NetworkTraining::outcome(const TrainingProgram& program, std::span<const std::int64_t> targets) {
  Outcome outcome{.loss = 0, .correct = 0, .samples = static_cast<std::int64_t>(targets.size())};
  const std::vector<double> terms = executor_.values(program.loss_terms), logits = executor_.values(program.logits);
  const bool exact = !executor_.encoded(program.loss_terms);
  const std::size_t classes = logits.size() / targets.size();
  const auto add = [&](double term) {
    outcome.loss = exact ? outcome.loss + term : static_cast<float>(outcome.loss) + static_cast<float>(term);
  };
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const auto row = logits.begin() + static_cast<std::ptrdiff_t>(i * classes);
    const auto target = static_cast<std::size_t>(targets[i]);
    outcome.correct += std::max_element(row, row + static_cast<std::ptrdiff_t>(classes)) - row == targets[i] ? 1 : 0;
    if (choice_.loss == Loss::CrossEntropy) {
      add(-terms[i * classes + target]);
    } else {
      for (std::size_t k = 0; k < classes; ++k) add(terms[i * classes + k]);
    }
  }
  const std::size_t divisor = choice_.loss == Loss::CrossEntropy ? targets.size() : terms.size();
  outcome.loss =
      exact ? outcome.loss / static_cast<double>(divisor) : static_cast<float>(outcome.loss) / static_cast<float>(divisor);
  return outcome;
}

NetworkTraining::Outcome NetworkTraining::step(std::span<const float> x, std::span<const std::int64_t> targets, double rate,
                                               std::uint64_t step, const Watch& watch) {
  if (watch && !watches_) throw InvariantError("training: a step is watched that was not to be");
  const TrainingProgram& program = this->program(static_cast<std::int64_t>(targets.size()), static_cast<bool>(watch));
  const std::vector<TrainingStep> update = make_update(program, rate, step);
  std::vector<const TrainingStep*> order;
  for (const TrainingStep& one : program.steps) order.push_back(&one);
  for (const TrainingStep& one : update) order.push_back(&one);
  std::multimap<int, std::string> names;
  if (watch)
    for (const auto& [name, index] : program.named) names.emplace(index, name);
  names.emplace(program.logits, "logits");
  const auto tell = [&](int tensor, int index) {
    const auto [first, last] = names.equal_range(tensor);
    for (auto it = first; it != last; ++it) watch(it->second, program.tensors[static_cast<std::size_t>(tensor)], index);
  };
  executor_.begin_step(step);
  executor_.begin_pass(true);
  write_given(program, x, targets, step);
  first_bad_.clear();
  if (watch)
    for (const Given& given : program.given) tell(given.tensor, given.tensor);
  run_steps(executor_, program, order,
            {.keep = [&](int tensor) { return tensor == program.logits || tensor == program.loss_terms; },
             .made =
                 [&](const TrainingStep& made) {
                   note_bad(made);
                   if (!watch) return;
                   for (const StepResult& result : made.results) tell(result.writer(), result.tensor);
                 }});
  copy_parameters(program);
  Outcome result = outcome(program, targets);
  result.lasts = lasts();
  executor_.release(program.loss_terms);
  if (executor_.holds(program.logits)) executor_.release(program.logits);
  return result;
}

NetworkTraining::Outcome NetworkTraining::evaluate(std::span<const float> x, std::span<const std::int64_t> targets) {
  const TrainingProgram& program = evaluation(static_cast<std::int64_t>(targets.size()));
  std::vector<const TrainingStep*> order;
  for (const TrainingStep& one : program.steps) order.push_back(&one);
  executor_.freeze(true);
  executor_.begin_step(0);
  write_given(program, x, targets, 0);
  run_steps(executor_, program, order,
            {.keep = [&](int tensor) { return tensor == program.logits || tensor == program.loss_terms; }, .made = {}});
  const Outcome result = outcome(program, targets);
  executor_.release(program.loss_terms);
  executor_.release(program.logits);
  executor_.freeze(false);
  return result;
}

}  // namespace binade::programs
