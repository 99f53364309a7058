// SPDX-License-Identifier: Apache-2.0
// Weights from gradients: a step of the optimiser for each parameter, in the format of class S.
#include <iterator>

#include "models/operations/chain/elementwise.h"
#include "models/operations/chain/optimisers.h"
#include "models/programs/training/training_program.h"

namespace binade::programs {
namespace {

using operations::ChainCall;
using operations::ChainForm;

ChainForm form_of(const Optimiser& o, const ChainCall& call, double rate, std::uint64_t step, bool serial) {
  switch (o.method) {
    case Optimiser::Method::Sgd:
      return sgd_chain(call, {.rate = rate,
                              .momentum = o.momentum,
                              .dampening = o.dampening,
                              .weight_decay = o.weight_decay,
                              .nesterov = o.nesterov,
                              .first_step = step == 1,
                              .serial = serial});
    case Optimiser::Method::RmsProp:
      return rmsprop_chain(
          call, {.rate = rate, .decay = o.alpha, .epsilon = o.epsilon, .momentum = o.momentum, .weight_decay = o.weight_decay});
    case Optimiser::Method::Adam:
      break;
  }
  return adam_chain(call, {.rate = rate,
                           .beta1 = o.beta1,
                           .beta2 = o.beta2,
                           .epsilon = o.epsilon,
                           .weight_decay = o.weight_decay,
                           .step = static_cast<std::int64_t>(step)});
}

/// A binary32 result in the format of the tensor whose place it takes.
TrainingStep conversion_of(const TrainingTensor& like, const std::string& name, int from, int to, int becomes) {
  return {.name = name,
          .pass = Pass::Update,
          .form = std::vector{operations::elementwise_form(spec::VectorOp::Copy, like.elements)},
          .operands = {from},
          .results = {{to, becomes}},
          .mode = {{numerics::kBinary32, numerics::kBinary32, like.encoding.format}, {.rounding = like.encoding.rounding}}};
}

}  // namespace

std::vector<std::string> state_names(const Optimiser& optimiser) {
  switch (optimiser.method) {
    case Optimiser::Method::Sgd:
      break;
    case Optimiser::Method::RmsProp:
      return optimiser.momentum != 0 ? std::vector<std::string>{"square", "velocity"} : std::vector<std::string>{"square"};
    case Optimiser::Method::Adam:
      return {"mean", "square"};
  }
  return optimiser.momentum != 0 ? std::vector<std::string>{"velocity"} : std::vector<std::string>{};
}

std::vector<TrainingStep> make_update(const TrainingProgram& program, double rate, std::uint64_t step) {
  std::vector<TrainingStep> steps;
  const Optimiser& optimiser = program.choice.optimiser;
  for (const TrainedParameter& parameter : program.parameters) {
    if (parameter.gradient < 0) continue;
    const TrainingTensor& weight = program.tensors[static_cast<std::size_t>(parameter.master)];
    operations::ElementFormat to = weight.encoding;
    if (to.format.shared_exponent()) to.format = numerics::kBinary32;
    to.rounding = to.format.default_rounding();
    const bool reads_state = optimiser.method != Optimiser::Method::Sgd || step > 1;
    TrainingStep update{.name = weight.name, .layer = parameter.layer, .pass = Pass::Update};
    update.operands = {parameter.master, parameter.gradient};
    std::vector<TrainingStep> conversions;
    const auto add_result = [&](int unrounded, int next, int becomes) {
      if (unrounded < 0) {
        update.results.push_back({next, becomes});
        return;
      }
      update.results.push_back({unrounded});
      conversions.push_back(conversion_of(weight, program.tensors[static_cast<std::size_t>(next)].name, unrounded, next, becomes));
    };
    add_result(parameter.unrounded, parameter.next, parameter.master);
    for (const TrainedParameter::State& state : parameter.states) {
      if (reads_state) update.operands.push_back(state.tensor);
      add_result(state.unrounded, state.next, state.tensor);
    }
    update.form = form_of(optimiser, {.to = to, .outputs = weight.elements, .round_inputs = true}, rate, step, parameter.serial);
    update.mode = {{weight.encoding.format, weight.encoding.format, weight.encoding.format},
                   {.rounding = weight.encoding.rounding}};
    if (!conversions.empty()) update.mode = {{to.format, to.format, to.format}, {.rounding = to.rounding}};
    steps.push_back(std::move(update));
    std::move(conversions.begin(), conversions.end(), std::back_inserter(steps));
  }
  return steps;
}

}  // namespace binade::programs
