// SPDX-License-Identifier: Apache-2.0
#include "sim/search/outputs.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

#include "models/networks/layer_lookup.h"
#include "models/networks/reference.h"
#include "models/operations/reference.h"
#include "models/programs/executor.h"
#include "models/programs/golden_machine.h"
#include "models/programs/storage.h"
#include "sim/host/run_parts.h"

namespace binade::sim {
namespace {

using programs::Operation;

/// The inputs of a pass, by tensor.
std::map<int, std::vector<double>> inputs_of(const RunSpec& spec, const programs::Program& program, std::int64_t first,
                                             std::int64_t samples) {
  std::map<int, std::vector<double>> all;
  for (const auto& [name, input] : spec.inputs) {
    const int given = programs::resolve(*program.network, networks::layer_index(*program.network, name));
    const std::int64_t elements = program.layer(given).out.elements();
    std::vector<double> room;
    const auto range = input.reals().range(first * elements, samples * elements, room);
    all[given] = room.empty() ? std::vector<double>(range.begin(), range.end()) : std::move(room);
  }
  return all;
}

/// Calls pass(first sample, samples) batch by batch, until one says false.
template <class Pass>
void each_pass(const RunSpec& spec, Pass pass) {
  const std::int64_t samples = samples_of(spec);
  for (std::int64_t first = 0; first < samples; first += spec.batch)
    if (!pass(first, std::min(spec.batch, samples - first))) return;
}

class GoldenRun final : public programs::Host {
 public:
  GoldenRun(const RunSpec& spec, const std::atomic<bool>* stop)
      : spec_(spec),
        stop_(stop),
        program_(program_of(spec)),
        machine_(spec.platform.core),
        book_(exponent_options(spec)),
        options_(execution_options(spec, {})),
        executor_(program_, machine_, book_, options_, *this) {
    outputs_.width = program_.shape(program_.operations.back().output).elements();
  }

  Outputs go() {
    each_pass(spec_, [&](std::int64_t first, std::int64_t samples) {
      inputs_ = inputs_of(spec_, program_, first, samples);
      executor_.run_pass(samples, first);
      return !stopped();
    });
    return std::move(outputs_);
  }

 private:
  bool stopped() const { return stop_ != nullptr && stop_->load(); }

  numerics::Reals values(int tensor) override { return inputs_.at(tensor); }
  operations::LayerParameters parameters(int layer) override {
    return networks::layer_parameters(*program_.network, layer, spec_.parameters);
  }
  void executed(const Operation& operation, const operations::Call& /*call*/, const programs::LayerExecution& execution) override {
    if (&operation != &program_.operations.back()) return;
    const programs::StoredTensor& output = execution.work().output;
    const auto values = programs::values_of(programs::unpack(output, read_bytes(machine_, output)).view());
    outputs_.values.insert(outputs_.values.end(), values.begin(), values.end());
  }
  void dropped(int tensor) override { inputs_.erase(tensor); }
  bool ended(const Operation& /*operation*/) override { return !stopped(); }

  const RunSpec& spec_;
  const std::atomic<bool>* stop_;
  const programs::Program program_;
  programs::GoldenMachine machine_;
  programs::ExponentBook book_;
  const programs::ExecutionOptions options_;
  programs::Executor executor_;
  std::map<int, std::vector<double>> inputs_;  ///< of the pass
  Outputs outputs_;
};

}  // namespace

Outputs golden_outputs(const RunSpec& spec, const std::atomic<bool>* stop) { return GoldenRun(spec, stop).go(); }

Outputs reference_outputs(const RunSpec& spec, const std::atomic<bool>* stop) {
  std::vector<std::string> given = given_names(spec);
  const programs::Program program = programs::forward(spec.network, given);
  const Operation& last = program.operations.back();
  Outputs outputs{.width = program.shape(last.output).elements(), .values = {}};
  std::map<int, int> readers;
  for (const Operation& operation : program.operations)
    for (const int input : operation.inputs) ++readers[input];
  each_pass(spec, [&](std::int64_t first, std::int64_t samples) {
    auto tensors = inputs_of(spec, program, first, samples);
    auto left = readers;
    for (const Operation& operation : program.operations) {
      if (stop != nullptr && stop->load()) return false;
      std::vector<std::span<const double>> inputs;
      for (const int input : operation.inputs) inputs.emplace_back(tensors.at(input));
      const auto parameters = networks::layer_parameters(spec.network, operation.layer, spec.parameters);
      auto output = networks::reference_forward(spec.network, operation.layer, samples, inputs, parameters.weight, parameters.bias);
      if (operation.relu()) operations::relu(output);
      for (const int input : operation.inputs)
        if (--left[input] == 0) tensors.erase(input);
      tensors[operation.output] = std::move(output);
    }
    const auto& values = tensors.at(last.output);
    outputs.values.insert(outputs.values.end(), values.begin(), values.end());
    return true;
  });
  return outputs;
}

RunSpec samples_at(const RunSpec& spec, const std::vector<std::int64_t>& samples) {
  RunSpec chosen = spec;
  for (auto& [name, input] : chosen.inputs) {
    const std::int64_t elements = input.elements() / input.shape.front();
    const numerics::Reals reals = spec.inputs.at(name).reals();
    operations::Tensor few{.shape = input.shape, .values = {}};
    few.shape.front() = static_cast<std::int64_t>(samples.size());
    for (const std::int64_t sample : samples) {
      std::vector<double> room;
      const auto range = reals.range(sample * elements, elements, room);
      few.values.insert(few.values.end(), range.begin(), range.end());
    }
    input = std::move(few);
  }
  if (spec.labels) {
    chosen.labels.emplace();
    for (const std::int64_t sample : samples) chosen.labels->push_back((*spec.labels)[static_cast<std::size_t>(sample)]);
  }
  chosen.batch = std::min(spec.batch, static_cast<std::int64_t>(samples.size()));
  return chosen;
}

double correlation_squared(std::span<const double> x, std::span<const double> y) {
  if (x.empty() || x.size() != y.size()) return 0;
  // Scaled to magnitudes up to 1, so that no sum of squares overflows.
  const auto largest = [](std::span<const double> values) {
    double most = 0;
    for (const double value : values) {
      if (!std::isfinite(value)) return value;
      most = std::max(most, std::abs(value));
    }
    return most;
  };
  const double scale_x = largest(x), scale_y = largest(y);
  if (!std::isfinite(scale_x) || !std::isfinite(scale_y) || scale_x == 0 || scale_y == 0) return 0;
  const auto n = static_cast<double>(x.size());
  double mean_x = 0, mean_y = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    mean_x += x[i] / scale_x / n;
    mean_y += y[i] / scale_y / n;
  }
  double xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double dx = x[i] / scale_x - mean_x, dy = y[i] / scale_y - mean_y;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return xx == 0 || yy == 0 ? 0 : std::min(1.0, xy / xx * (xy / yy));
}

}  // namespace binade::sim
