// SPDX-License-Identifier: Apache-2.0
#include "sim/host/validate_step.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "models/datapath/timing.h"
#include "models/networks/layer_lookup.h"
#include "models/numerics/error.h"
#include "models/programs/training/step_execution.h"
#include "sim/host/addressed.h"
#include "sim/report/passes.h"

namespace binade::sim {

using operations::GemmForm;
using operations::VectorForm;
using programs::TrainingStep;

void check_reach(const CoreReach& reach, const datapath::CoreConfig& core, const GemmShape& shape, const Tile& tile,
                 const std::string& where, std::vector<std::string>& problems) {
  if (sums_wait(core, shape, tile) && tile.m > reach.partial_sum_rows)
    problems.push_back(where + ": a tile of " + std::to_string(tile.m) + " rows keeps partial sums, and the RTL holds " +
                       std::to_string(reach.partial_sum_rows) +
                       "; allowed: a smaller batch, core.psum_bytes or scratchpad, or --core fast");
  if (shape.bias && tile.n > reach.bias_columns)
    problems.push_back(where + ": a tile of " + std::to_string(tile.n) + " columns with bias, and the RTL holds " +
                       std::to_string(reach.bias_columns) + "; allowed: a smaller scratchpad.b_bytes, or --core fast");
}

TilingChoice tiling_to_check(const RunSpec& request, const CoreReach& reach) {
  TilingChoice choice = request.tiling;
  if (choice.search) choice.reach = reach;
  return choice;
}

StepValidation::StepValidation(const RunSpec& request, const CoreReach& reach, std::vector<std::string>& problems)
    : request_(request), reach_(reach), problems_(problems) {
  check_step();
  try {
    plan_.emplace(request_);
  } catch (const InputError& error) {
    say(error.what());
    return;
  }
  if (request_.platform.values) check_state();
}

void StepValidation::check_step() {
  const StepSpec& step = *request_.step;
  const std::size_t inputs = input_layers(request_.network).size();
  if (inputs != 1 || request_.inputs.size() != 1)
    say("a training step: " + request_.network.name + " with " + std::to_string(inputs) + " inputs, " +
        std::to_string(request_.inputs.size()) + " of them given; allowed: one");
  else if (const int given = networks::layer_index(request_.network, request_.inputs.begin()->first);
           request_.network.layers[static_cast<std::size_t>(given)].op != networks::Op::Input)
    say("a training step from '" + request_.inputs.begin()->first + "' on, an inner layer; allowed: from the network's input on");
  if (request_.batch < samples_of(request_))
    say("a training step of " + std::to_string(samples_of(request_)) + " samples in passes of " + std::to_string(request_.batch) +
        "; allowed: a batch of all of them");
  if (!request_.layer_selection.empty()) say("--layers: not of a training step, whose passes belong together; allowed: all layers");
  if (request_.fold_batchnorm) say("fold_batchnorm: not in training; allowed: false");
  if (!std::isfinite(step.rate)) say("learning rate: not a finite number");
  if (step.step < 1) say("step 0; allowed: from 1 on");
  if (step.step > 1 && step.state == nullptr && request_.platform.values)
    say("step " + std::to_string(step.step) + " without the state that the step before it left; allowed: step 1");
  const auto known = row_passes();
  for (const std::string& part : step.passes) {
    if (std::find(known.begin(), known.end(), part) != known.end()) continue;
    std::string allowed;
    for (const std::string_view word : known) allowed.append(" ").append(word);
    say("pass '" + part + "' is unknown; allowed:" + allowed);
  }
}

/// Every tensor that lives from step to step, and of it as many codes of its format as elements. Constants are written anew where
/// they are absent, and what the optimiser keeps may begin with the first step.
void StepValidation::check_state() {
  if (request_.step->state == nullptr) return;
  const auto& given = request_.step->state->tensors;
  for (const programs::TrainingTensor& tensor : plan_->program().tensors) {
    if (!tensor.persistent) continue;
    const auto found = given.find(tensor.name);
    if (found == given.end()) {
      if (!tensor.constant && request_.step->step > 1) say("state: no '" + tensor.name + "'");
      continue;
    }
    const numerics::EncodedTensor& encoded = found->second;
    if (encoded.format != tensor.encoding.format || static_cast<std::int64_t>(encoded.codes.size()) != tensor.elements)
      say("state: '" + tensor.name + "' is " + std::to_string(encoded.codes.size()) + " elements of " +
          numerics::to_string(encoded.format) + "; allowed: " + std::to_string(tensor.elements) + " of " +
          numerics::to_string(tensor.encoding.format));
  }
}

void StepValidation::check_tiles() {
  for (const TrainingStep* const step : plan_->steps()) {
    try {
      check_tile(*step);
    } catch (const InputError& error) {
      say(error.what());
    }
  }
}

programs::Work StepValidation::work_of(const TrainingStep& step) const {
  const auto tensor = [this](int index) {
    programs::StoredTensor stored = stored_as(plan_->tensor(index));
    stored.address = 0;
    return stored;
  };
  programs::Work work = operands_of(step, tensor);
  work.output = tensor(step.results.front().tensor);
  for (std::size_t i = 1; i < step.results.size(); ++i) work.further.push_back({.tensor = tensor(step.results[i].tensor)});
  return work;
}

void StepValidation::check_tile(const TrainingStep& step) {
  const std::string where = "step '" + step.name + "'";
  programs::Work work = work_of(step);
  hw::PlatformConfig config = request_.platform;
  const auto check_chunks = [&](std::span<const VectorForm> forms) {
    for (const VectorJob& job : addressed(forms, work)) static_cast<void>(choose_chunk(config, job, where));
  };
  if (const auto* const gemm = std::get_if<GemmForm>(&step.form)) {
    config.core = datapath::in_mode(config.core, mode_of(*gemm, work));
    check_reach(reach_, config.core, gemm->shape, choose_tile(config, *gemm, where, tiling_to_check(request_, reach_), step.name),
                where, problems_);
    if (!work.output.format.exponent_after()) return;
    work.inputs = {work.output};
    work.inputs[0].raw_bytes = datapath::output_bytes(config.core);
    check_chunks(std::array{programs::requantise_sums(work.output.elements, work.inputs[0].raw_bytes)});
  } else if (const auto* const vectors = std::get_if<std::vector<VectorForm>>(&step.form)) {
    check_chunks(*vectors);
  } else if (const auto* const chain = std::get_if<operations::ChainForm>(&step.form)) {
    const operations::FormatTable formats = request_.platform.formats();
    if (const std::string problem = placing_problem(*chain, formats); !problem.empty()) {
      say(where + ": " + problem);
      return;
    }
    static_cast<void>(choose_chunk(config, addressed(*chain, work), where));
  } else if (const auto* const maximum = std::get_if<operations::MaximumForm>(&step.form)) {
    static_cast<void>(choose_planes(config, addressed(*maximum, work), where));
  } else if (const auto* const windows = std::get_if<operations::WindowGradientForm>(&step.form)) {
    static_cast<void>(choose_planes(config, addressed(*windows, work), where));
  }
}

}  // namespace binade::sim
