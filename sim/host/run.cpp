// SPDX-License-Identifier: Apache-2.0
#include "sim/host/run.h"

#include <algorithm>
#include <map>
#include <optional>
#include <span>

#include "models/networks/layer_lookup.h"
#include "models/networks/reference.h"
#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "models/operations/reference.h"
#include "models/programs/executor.h"
#include "models/programs/storage.h"
#include "sim/host/device_machine.h"
#include "sim/host/digest.h"
#include "sim/host/error_figures.h"
#include "sim/host/golden_check.h"
#include "sim/host/run_formats.h"
#include "sim/host/run_parts.h"
#include "sim/host/selection.h"
#include "sim/host/shared_reference.h"
#include "sim/host/step_run.h"

namespace binade::sim {

namespace {

using networks::Network;
using spec::Counter;

// A row of the report while passes add to it.
struct LayerSums {
  explicit LayerSums(const Spacing& of_output) : spacing(of_output) {}

  const Spacing& spacing;
  LayerReport report;
  spec::ArithmeticCounts arithmetic;
  ErrorSums end_to_end, datapath;
  Digest digest;
  bool started = false;
};

// Runs the program on the device, operation by operation, beside its reference.
class NetworkRun final : public programs::Host {
 public:
  NetworkRun(const RunSpec& request, Device& device, const RunHooks& hooks)
      : request_(request),
        hooks_(hooks),
        program_(program_of(request)),
        network_(*program_.network),
        selected_(select(program_, request.layer_selection)),
        samples_(samples_of(request)),
        values_(request.platform.values),
        reference_(values_ && request.reference),
        runs_reference_(reference_ || (values_ && std::find(selected_.begin(), selected_.end(), false) != selected_.end())),
        machine_(request.platform, device, {hooks.wall_clock, hooks.before_gemm, "layer", request.tiling}),
        book_(exponent_options(request)),
        options_(execution_options(request, hooks)),
        executor_(program_, machine_, book_, options_, *this) {
    for (const programs::Operation& operation : program_.operations) {
      const numerics::FormatSpec& format = operation.mode.format.out;
      const auto spacing = spacings_.try_emplace(to_string(format), format).first;
      sums_.emplace_back(spacing->second);
    }
  }

  RunReport go() {
    for (std::int64_t first = 0; first < samples_ && !stopped_; first += request_.batch)
      run_pass(first, std::min(request_.batch, samples_ - first));
    return finish();
  }

 private:
  const networks::Layer& row(int layer) const { return program_.layer(layer); }
  std::size_t index_of(const programs::Operation& operation) const {
    return static_cast<std::size_t>(&operation - program_.operations.data());
  }
  bool is_last(const programs::Operation& operation) const { return &operation == &program_.operations.back(); }

  void run_pass(std::int64_t first_sample, std::int64_t samples) {
    first_sample_ = first_sample;
    tensors_.clear();
    for (const auto& [name, input] : request_.inputs) {
      if (!values_) break;
      const int given = programs::resolve(network_, networks::layer_index(network_, name));
      const std::int64_t elements = row(given).out.elements();
      std::vector<double>& values = tensors_[given];
      std::vector<double> room;
      const std::span<const double> range = input.reals().range(first_sample * elements, samples * elements, room);
      values = room.empty() ? std::vector<double>(range.begin(), range.end()) : std::move(room);
    }
    const WallClock::Scope scope(hooks_.wall_clock, WallPart::Quantise);
    executor_.run_pass(samples, first_sample);
  }

  numerics::Reals values(int tensor) override { return tensors_.at(tensor); }
  operations::LayerParameters parameters(int layer) override {
    return values_ ? layer_parameters(network_, layer, request_.parameters) : operations::LayerParameters();
  }

  bool begins(const programs::Operation& operation, const operations::Call& call) override {
    if (hooks_.progress) {
      const auto passes = (samples_ + request_.batch - 1) / request_.batch;
      hooks_.progress({.step = done_++, .steps = passes * static_cast<std::int64_t>(sums_.size()), .what = call.layer.name});
    }
    const bool selected = selected_[index_of(operation)];
    if (runs_reference_) {
      std::vector<std::span<const double>> inputs;
      for (const int input : operation.inputs) inputs.emplace_back(tensors_.at(input));
      const operations::LayerParameters parameters = this->parameters(operation.layer);
      const auto* const known =
          hooks_.reference == nullptr ? nullptr : hooks_.reference->find(row(operation.output).name, first_sample_);
      auto& output = tensors_[operation.output] =
          known != nullptr ? *known : reference_of(operation, call, inputs, parameters.weight, parameters.bias);
      if (is_last(operation)) reference_correct_ += score(output, call.samples);
    }
    if (selected) machine_.begin_layer(operation.layer, call.layer.name);
    if (selected && request_.check) before_.emplace(book_);
    return selected;
  }

  // In binary64, the ReLU included.
  std::vector<double> reference_of(const programs::Operation& operation, const operations::Call& call,
                                   const std::vector<std::span<const double>>& inputs, const numerics::Reals& weight,
                                   const numerics::Reals& bias) const {
    const WallClock::Scope scope(hooks_.wall_clock, WallPart::Reference);
    std::vector<double> output = reference_forward(network_, operation.layer, call.samples, inputs, weight, bias);
    if (operation.relu()) operations::relu(output);
    return output;
  }

  void executed(const programs::Operation& operation, const operations::Call& call,
                const programs::LayerExecution& execution) override {
    const DeviceMachine::LayerFigures figures = machine_.end_layer();
    add_figures(operation, call, execution, figures, sums_[index_of(operation)]);
    if (!values_) return;
    const std::vector<std::byte> bytes = read_bytes(machine_, execution.work().output);
    const numerics::EncodedTensor stored = unpack(execution.work().output, bytes);
    check_statistics(call, execution.work().output, stored);
    add_errors(operation, call, execution.work(), stored, bytes);
    if (!before_) return;
    const WallClock::Scope scope(hooks_.wall_clock, WallPart::Golden);
    const GoldenCheck check{.machine = machine_, .book = *before_, .options = options_};
    check.compare(operation, call, parameters(operation.layer), execution, bytes, figures.counters);
    before_.reset();
  }

  void add_errors(const programs::Operation& operation, const operations::Call& call, const programs::Work& work,
                  const numerics::EncodedTensor& stored, const std::vector<std::byte>& bytes) {
    LayerSums& sums = sums_[index_of(operation)];
    const bool scored = is_last(operation) && request_.labels;
    const std::vector<double> result =
        reference_ || scored || hooks_.output ? programs::values_of(stored.view()) : std::vector<double>();
    const std::vector<double> exact = reference_ ? datapath_reference(operation, call, work) : std::vector<double>();
    const WallClock::Scope scope(hooks_.wall_clock, WallPart::Figures);
    const int exponent = stored.lsb_exponent();
    if (reference_) sums.end_to_end.add(tensors_.at(operation.output), result, sums.spacing, exponent);
    if (reference_) sums.datapath.add(exact, result, sums.spacing, exponent);
    sums.digest.update(bytes);
    if (scored) device_correct_ += score(result, call.samples);
    if (hooks_.output)
      hooks_.output(
          {row(operation.output).name, row(operation.output).out, first_sample_, result, bytes, work.output.element_bytes()});
  }

  // The operation on exactly the device's operands, in binary64.
  std::vector<double> datapath_reference(const programs::Operation& operation, const operations::Call& call,
                                         const programs::Work& work) {
    std::vector<std::vector<double>> values(work.inputs.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i].resize(static_cast<std::size_t>(work.inputs[i].elements));
      programs::StoredReals(machine_, work.inputs[i]).read(0, values[i]);
    }
    const std::vector<std::span<const double>> inputs(values.begin(), values.end());
    const programs::StoredReals weight(machine_, work.weight), bias(machine_, work.bias);
    return reference_of(operation, call, inputs, weight.reals(), bias.reals());
  }

  // What the exponent unit saw is what memory holds.
  static void check_statistics(const operations::Call& call, const programs::StoredTensor& output,
                               const numerics::EncodedTensor& stored) {
    const std::uint64_t largest = largest_mantissa(stored.view());
    if (largest != output.magnitude.max_abs)
      throw InvariantError("layer '" + call.layer.name + "': the exponent unit saw a largest mantissa of " +
                           std::to_string(output.magnitude.max_abs) + ", memory holds " + std::to_string(largest));
  }

  void add_figures(const programs::Operation& operation, const operations::Call& call, const programs::LayerExecution& execution,
                   const DeviceMachine::LayerFigures& figures, LayerSums& sums) {
    const std::int64_t unique_bytes = execution.unique_bytes() + figures.list_bytes;
    check_bytes("layer '" + call.layer.name + "'", figures.counters, unique_bytes);
    LayerReport& report = sums.report;
    const operations::OperationRow& known = operations::row(call.layer);
    if (known.gemm != nullptr) {
      const operations::GemmShape shape = known.gemm(call).shape;
      report.n = shape.n;
      report.k = shape.k;
      if (known.traits.samples_apart) {
        report.m = shape.m;
        report.groups = (sums.started ? report.groups : 0) + shape.count;
      } else {
        report.m += shape.m;
        report.groups = shape.count;
      }
    }
    if (!sums.started) {
      report.name = call.layer.name;
      report.op = std::string(to_string(call.layer.op)) + (operation.relu() ? "+relu" : "");
      report.tile = figures.tile;
      report.loop_order = figures.loop_order;
      say_formats(operation, execution.work(), report);
    }
    sums.started = true;
    if (operation.mode.format.out.shared_exponent()) report.exponent = execution.work().output.magnitude.exponent;
    if (execution.tries()) report.device_tries = report.device_tries.value_or(0) + *execution.tries();
    report.elements += call.outputs();
    report.macs += macs(network_, operation.layer) * static_cast<std::uint64_t>(call.samples);
    report.counters += figures.counters;
    sums.arithmetic += figures.arithmetic;
    report.second_pass_cycles += figures.second_pass[spec::Counter::TotalCycles];
    report.second_pass_bytes += figures.second_pass[spec::Counter::BusBytes];
    report.unique_bytes += static_cast<std::uint64_t>(unique_bytes);
  }

  // Samples of the pass whose best score is their label's.
  std::int64_t score(std::span<const double> scores, std::int64_t samples) const {
    if (!request_.labels) return 0;
    return top1(scores,
                std::span(*request_.labels).subspan(static_cast<std::size_t>(first_sample_), static_cast<std::size_t>(samples)));
  }

  void dropped(int tensor) override { tensors_.erase(tensor); }

  bool ended(const programs::Operation& operation) override {
    const std::int64_t samples = std::min(request_.batch, samples_ - first_sample_);
    if (is_last(operation)) scored_ += request_.labels ? samples : 0;
    if (hooks_.stop == nullptr || !hooks_.stop->load()) return true;
    stopped_ = !is_last(operation) || first_sample_ + samples < samples_;
    return false;
  }

  std::string selection_text() const {
    std::string text;
    for (const std::string& pattern : request_.layer_selection) text += (text.empty() ? "" : ",") + pattern;
    return text.empty() ? "all" : printable(text);
  }

  RunReport finish() {
    RunReport report = report_of(request_, network_);
    report.layers_selected = selection_text();
    report.complete = !stopped_;
    report.reference = runs_reference_ ? operations::reference_library() : "none";
    Digest digest;
    spec::ArithmeticCounts arithmetic;
    for (LayerSums& sums : sums_) {
      if (!sums.started) continue;
      finish_layer(sums);
      digest.update(sums.report.digest);
      report.counters += sums.report.counters;
      arithmetic += sums.arithmetic;
      report.layers.push_back(sums.report);
    }
    if (values_) report.digest = digest.hex();
    finish_report(request_, energy_, arithmetic, report);
    report.output.computed = reference_;
    if (reference_ && !sums_.empty() && sums_.back().started) report.output = sums_.back().end_to_end.figures();
    if (scored_ > 0) {
      if (reference_) report.top1_reference = reference_correct_;
      if (selected_.back()) report.top1_correct = device_correct_;
    }
    return report;
  }

  void finish_layer(LayerSums& sums) const {
    LayerReport& report = sums.report;
    finish_row(request_, energy_, sums.arithmetic, report);
    report.end_to_end.computed = report.datapath.computed = reference_;
    if (reference_) report.end_to_end = sums.end_to_end.figures();
    if (reference_) report.datapath = sums.datapath.figures();
    if (values_) report.digest = sums.digest.hex();
  }

  const RunSpec& request_;
  const RunHooks& hooks_;
  const RunEnergy energy_{request_};
  const programs::Program program_;
  const Network& network_;            // with the layers that formats add
  const std::vector<bool> selected_;  // of its operations
  const std::int64_t samples_;
  const bool values_, reference_;  // reference_: its figures are wanted
  const bool runs_reference_;
  DeviceMachine machine_;
  programs::ExponentBook book_;
  const programs::ExecutionOptions options_;
  programs::Executor executor_;
  std::optional<programs::ExponentBook> before_;  // check: the exponents as they were before the operation
  std::map<std::string, Spacing> spacings_;       // by format
  std::vector<LayerSums> sums_;
  std::map<int, std::vector<double>> tensors_;  // of the pass, in the reference
  std::int64_t first_sample_ = 0;               // of the pass
  std::int64_t done_ = 0, scored_ = 0, device_correct_ = 0, reference_correct_ = 0;
  bool stopped_ = false;
};

}  // namespace

RunReport run_network(const RunSpec& request, Device& device, const RunHooks& hooks) {
  validate(request, device.reach());
  if (request.step) return run_step(request, device, hooks);
  return NetworkRun(request, device, hooks).go();
}

}  // namespace binade::sim
