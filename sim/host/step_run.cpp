// SPDX-License-Identifier: Apache-2.0
#include "sim/host/step_run.h"

#include <algorithm>
#include <optional>

#include "models/numerics/error.h"
#include "models/operations/reference.h"
#include "models/programs/storage.h"
#include "models/programs/training/network_training.h"
#include "sim/host/device_machine.h"
#include "sim/host/digest.h"
#include "sim/host/golden_check.h"
#include "sim/host/record_check.h"
#include "sim/host/run_parts.h"
#include "sim/host/shadowed_executor.h"
#include "sim/host/step_errors.h"
#include "sim/host/step_program.h"

namespace binade::sim {
namespace {

using operations::GemmForm;
using operations::VectorForm;
using programs::StepExecution;
using programs::TrainingStep;

/// Ends a step before its end: on request, or because nothing that follows is reported.
struct Ended {
  bool complete = false;
};

/// What the row of a step is called: the layer's operation in its own forward pass, otherwise the kind of the form.
std::string operation_of(const StepExecution& execution) {
  const TrainingStep& step = execution.step();
  if (step.own_forward) return std::string(to_string(execution.program().network->layers[static_cast<std::size_t>(step.layer)].op));
  struct Word {
    std::string operator()(const GemmForm&) const { return "gemm"; }
    std::string operator()(const std::vector<VectorForm>& forms) const {
      return op_of(forms.front().record) == spec::VectorOp::Copy ? std::string(to_string(operations::Op::Convert)) : "vector";
    }
    std::string operator()(const operations::ChainForm&) const { return "chain"; }
    std::string operator()(const operations::MaximumForm&) const { return "maxima"; }
    std::string operator()(const operations::WindowGradientForm&) const { return "windows"; }
  };
  return std::visit(Word(), step.form);
}

void say_formats(const StepExecution& execution, LayerReport& row) {
  const programs::Work& work = execution.work();
  row.format_a = to_string(work.inputs.front().format);
  if (work.inputs.size() > 1)
    row.format_b = to_string(work.inputs[1].format);
  else if (work.weight.address >= 0)
    row.format_b = to_string(work.weight.format);
  row.format_out = to_string(work.output.format);
  if (row.k > 0) row.accumulate = to_string(work.mode.accumulate.policy);
  row.rounding = to_string(work.mode.accumulate.rounding);
}

class StepRun final : public programs::StepObserver {
 public:
  StepRun(const RunSpec& request, Device& device, const RunHooks& hooks)
      : request_(request),
        hooks_(hooks),
        plan_(request),
        machine_(request.platform, device,
                 {hooks.wall_clock,
                  [this](const std::string& step, std::int64_t tiles) {
                    if (counts_ && hooks_.before_gemm) hooks_.before_gemm(step, tiles);
                  },
                  "step", request.tiling}),
        book_(exponent_options(*request.step, request.flex, request.sdfp, request.seed)),
        options_(execution_options(request, hooks)),
        encoded_(machine_, book_, options_),
        shadowed_(encoded_, hooks.wall_clock),
        training_(request.network, training_choice(*request.step, *request.formats), executor(),
                  static_cast<std::uint32_t>(request.seed), false) {
    if (has_reference()) errors_.emplace(machine_, hooks.wall_clock);
  }

  RunReport go() {
    const WallClock::Scope scope(hooks_.wall_clock, WallPart::Quantise);
    encoded_.observe(this);
    report_.output.computed = false;
    if (request_.step->record != nullptr && request_.platform.values) record_.emplace(machine_, *request_.step->record);
    training_.set_parameters(parameters());
    if (request_.step->step > 1 || request_.step->state != nullptr) take_up_state();
    counts_ = true;
    const std::vector<std::int64_t> targets = targets_of(request_);
    try {
      const auto outcome = training_.step(samples(), targets, request_.step->rate, request_.step->step, {});
      if (record_) record_->compare_loss(outcome.loss);
    } catch (const Ended& ended) {
      report_.complete = ended.complete;
    }
    return finish();
  }

  void begins(const StepExecution& execution) override {
    const std::string& name = execution.step().name;
    const int row = plan_.row_of(name);
    if (counts_) {
      if (row > last_row_) throw Ended{.complete = true};
      if (hooks_.stop != nullptr && hooks_.stop->load()) throw Ended();
      if (hooks_.progress) hooks_.progress({.step = done_++, .steps = last_row_ + 1, .what = name});
      if (request_.check) before_.emplace(book_);
    }
    machine_.begin_layer(row, name);
  }

  void executed(const StepExecution& execution) override {
    const DeviceMachine::LayerFigures figures = machine_.end_layer();
    if (!counts_) return;
    if (before_) {
      const WallClock::Scope scope(hooks_.wall_clock, WallPart::Golden);
      GoldenCheck{.machine = machine_, .book = *before_, .options = options_}.compare(execution, figures.counters);
    }
    if (record_) {
      const WallClock::Scope scope(hooks_.wall_clock, WallPart::Golden);
      record_->compare(execution);
    }
    const int tensor = execution.step().results.front().tensor;
    const StepErrors::Figures errors = errors_ ? errors_->of(execution, shadowed_.real_values(tensor)) : StepErrors::kNone;
    if (tensor == execution.program().logits) {
      score(execution);
      report_.output = errors.end_to_end;
    }
    const std::string part = part_of(execution.program(), execution.step());
    if (is_wanted(part)) add_row(execution, figures, errors, part);
  }

 private:
  bool has_reference() const { return request_.reference && request_.platform.values; }
  programs::StepExecutor& executor() {
    if (has_reference()) return shadowed_;
    return encoded_;
  }

  bool is_wanted(const std::string& part) const {
    const std::vector<std::string>& wanted = request_.step->passes;
    return wanted.empty() || std::find(wanted.begin(), wanted.end(), part) != wanted.end();
  }

  /// Place of the last step that is reported.
  int last_row() const {
    int last = 0;
    for (std::size_t i = 0; i < plan_.steps().size(); ++i)
      if (is_wanted(part_of(plan_.program(), *plan_.steps()[i]))) last = static_cast<int>(i);
    return last;
  }

  void score(const StepExecution& execution) {
    if (!request_.platform.values || !request_.labels) return;
    const programs::StoredTensor& logits = execution.result(0);
    report_.top1_correct = top1(programs::values_of(unpack(logits, read_bytes(machine_, logits)).view()), *request_.labels);
    if (errors_) report_.top1_reference = top1(shadowed_.real_values(execution.program().logits), *request_.labels);
  }

  /// Zeros where tensors have no values.
  operations::Parameters parameters() const {
    if (request_.platform.values) return request_.parameters;
    operations::Parameters zeros;
    for (int layer = 0; layer < static_cast<int>(request_.network.layers.size()); ++layer)
      for (const networks::ParameterShape& shape : networks::parameter_shapes(request_.network, layer)) {
        operations::Tensor& tensor = zeros[shape.name];
        tensor.shape = shape.shape;
        tensor.values.resize(static_cast<std::size_t>(tensor.elements()));
      }
    return zeros;
  }

  /// What the step before has left takes the place of first weights; where nothing has values, places alone, in the same order.
  void take_up_state() {
    const programs::TrainingProgram& program = training_.program(samples_of(request_));
    const StepState* const state = request_.step->state.get();
    for (const auto& [name, index] : training_.persistent()) {
      const auto at = static_cast<std::size_t>(index);
      if (at >= program.tensors.size() || program.tensors[at].name.empty()) continue;
      if (!request_.platform.values) {
        encoded_.write(program, index, {});
      } else if (const auto found = state->tensors.find(name); found != state->tensors.end()) {
        if (errors_)
          shadowed_.restore(program, index, found->second);
        else
          encoded_.restore(index, found->second);
      }
    }
    if (!request_.platform.values) return;
    if (errors_) shadowed_.copy_parameters(program);
    const auto& tensors = training_.reference().tensors;
    book_.restore(state->exponents, [&](int writer) { return tensors.at(static_cast<std::size_t>(writer)).encoding.format.bits; });
  }

  std::vector<float> samples() const {
    const operations::Tensor& input = request_.inputs.begin()->second;
    if (!request_.platform.values) return std::vector<float>(static_cast<std::size_t>(input.elements()));
    std::vector<double> room;
    const std::span<const double> values = input.reals().all(room);
    return {values.begin(), values.end()};
  }

  void add_row(const StepExecution& execution, const DeviceMachine::LayerFigures& figures, const StepErrors::Figures& errors,
               const std::string& part) {
    const TrainingStep& step = execution.step();
    const std::int64_t unique_bytes = execution.unique_bytes() + figures.list_bytes;
    check_bytes("step '" + step.name + "'", figures.counters, unique_bytes);
    LayerReport row;
    row.name = step.name;
    row.op = operation_of(execution);
    row.pass = part;
    if (const auto* const gemm = std::get_if<GemmForm>(&step.form)) {
      row.m = gemm->shape.m;
      row.n = gemm->shape.n;
      row.k = gemm->shape.k;
      row.groups = gemm->shape.count;
      row.macs = static_cast<std::uint64_t>(row.m * row.n * row.k * row.groups);
    }
    say_formats(execution, row);
    row.tile = figures.tile;
    row.loop_order = figures.loop_order;
    row.elements = execution.result(0).elements;
    row.counters = figures.counters;
    row.second_pass_cycles = figures.second_pass[spec::Counter::TotalCycles];
    row.second_pass_bytes = figures.second_pass[spec::Counter::BusBytes];
    row.unique_bytes = static_cast<std::uint64_t>(unique_bytes);
    row.device_tries = execution.tries();
    if (execution.result(0).format.shared_exponent()) row.exponent = execution.result(0).magnitude.exponent;
    if (const auto scale = execution.scale(0)) row.exponent = scale;
    row.end_to_end = errors.end_to_end;
    row.datapath = errors.datapath;
    if (request_.platform.values) row.digest = digest_of(execution);
    finish_row(request_, energy_, figures.arithmetic, row);
    report_.counters += row.counters;
    arithmetic_ += figures.arithmetic;
    digest_.update(row.digest);
    report_.layers.push_back(std::move(row));
  }

  /// Of every result; what the exponent unit saw is what memory holds.
  std::string digest_of(const StepExecution& execution) {
    Digest digest;
    for (std::size_t i = 0; i < execution.step().results.size(); ++i) {
      const programs::StoredTensor& made = execution.result(i);
      const std::vector<std::byte> bytes = read_bytes(machine_, made);
      digest.update(bytes);
      if (made.raw_bytes != 0 || !made.format.shared_exponent()) continue;
      const std::uint64_t largest = largest_mantissa(unpack(made, bytes).view());
      if (largest != made.magnitude.max_abs)
        throw InvariantError("step '" + execution.step().name + "': the exponent unit saw a largest mantissa of " +
                             std::to_string(made.magnitude.max_abs) + ", memory holds " + std::to_string(largest));
    }
    return digest.hex();
  }

  RunReport finish() {
    RunReport report = report_of(request_, request_.network);
    report.complete = report_.complete;
    report.top1_correct = report_.top1_correct;
    report.top1_reference = report_.top1_reference;
    report.layers = std::move(report_.layers);
    report.counters = report_.counters;
    report.reference = errors_ ? operations::reference_library() : "none";
    if (record_) report.recorded_tensors = record_->compared();
    report.output = report_.output;
    if (request_.platform.values) report.digest = digest_.hex();
    finish_report(request_, energy_, arithmetic_, report);
    return report;
  }

  const RunSpec& request_;
  const RunHooks& hooks_;
  const RunEnergy energy_{request_};
  const StepProgram plan_;
  const int last_row_ = last_row();
  DeviceMachine machine_;
  programs::ExponentBook book_;
  const programs::ExecutionOptions options_;
  programs::EncodedExecutor encoded_;
  ShadowedExecutor shadowed_;
  programs::NetworkTraining training_;
  std::optional<StepErrors> errors_;              // of rows; where there is a reference
  std::optional<programs::ExponentBook> before_;  // check: the exponents as they were before the step
  std::optional<RecordCheck> record_;
  RunReport report_;  // rows, sums
  spec::ArithmeticCounts arithmetic_;
  Digest digest_;
  bool counts_ = false;  // false: before the step
  std::int64_t done_ = 0;
};

}  // namespace

RunReport run_step(const RunSpec& request, Device& device, const RunHooks& hooks) { return StepRun(request, device, hooks).go(); }

}  // namespace binade::sim
