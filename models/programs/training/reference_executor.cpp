// SPDX-License-Identifier: Apache-2.0
#include "models/programs/training/reference_executor.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/numerics/error.h"
#include "models/operations/chain/chain_arithmetic.h"
#include "models/operations/reference_library.h"
#include "models/operations/vector_binary64.h"
#include "models/programs/gather.h"

namespace binade::programs {

using operations::ChainForm;
using operations::GemmForm;
using operations::GemmPart;
using operations::MaximumForm;
using operations::VectorForm;
using operations::WindowGradientForm;
using spec::VectorOp;

void ReferenceExecutor::write(const TrainingProgram&, int tensor, const numerics::Reals& values) {
  std::vector<double> room;
  const Values all = values.all(room);
  tensors_[tensor].assign(all.begin(), all.end());
}

void ReferenceExecutor::replace(int to, int from) {
  tensors_[to] = std::move(tensors_.at(from));
  tensors_.erase(from);
}

ReferenceExecutor::Values ReferenceExecutor::operand(const TrainingStep& step, const operations::Place& place) const {
  const int tensor = place.role == operations::Role::Input    ? step.operands.at(place.input)
                     : place.role == operations::Role::Weight ? step.weight
                                                              : step.bias;
  return tensors_.at(tensor);
}

void ReferenceExecutor::run(const TrainingProgram& program, const TrainingStep& step) {
  std::vector<std::vector<double>> made;
  for (const StepResult& result : step.results)
    made.emplace_back(static_cast<std::size_t>(program.tensors[static_cast<std::size_t>(result.tensor)].elements));
  const std::vector<std::span<double>> results(made.begin(), made.end());
  std::visit([&](const auto& form) { run_form(program, step, form, results); }, step.form);
  no_number_ = false;
  for (std::size_t i = 0; i < made.size(); ++i) {
    no_number_ = no_number_ || !std::all_of(made[i].begin(), made[i].end(), [](double value) { return std::isfinite(value); });
    tensors_[step.results[i].tensor] = std::move(made[i]);
  }
}

void ReferenceExecutor::run_form(const TrainingProgram&, const TrainingStep& step, const GemmForm& form, Results results) {
  const std::span<double> out = results[0];
  const auto& shape = form.shape;
  operations::load_reference_library();
  const operations::Dgemm dgemm = operations::reference_dgemm();
  const double scale = std::ldexp(1.0, form.scale_exponent);
  std::vector<double> a(static_cast<std::size_t>(shape.m * shape.k)), b(static_cast<std::size_t>(shape.n * shape.k)),
      c(static_cast<std::size_t>(shape.m * shape.n));
  const auto gather = [&](const operations::Source& source, std::int64_t rows, std::vector<double>& to) {
    const RowGather walk(source, shape.k);
    const double* const from = operand(step, source.at).data();
    for (std::int64_t i = 0; i < rows; ++i) walk.row(from, 0.0, i, to.data() + i * shape.k);
  };
  for (const GemmPart& part : form.parts) {
    gather(part.a, shape.m, a);
    gather(part.b, shape.n, b);
    const auto m = static_cast<blasint>(shape.m), n = static_cast<blasint>(shape.n), k = static_cast<blasint>(shape.k);
    dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, n, k, scale, a.data(), k, b.data(), k, 0.0, c.data(), n);
    for (std::int64_t i = 0; i < shape.m; ++i)
      for (std::int64_t j = 0; j < shape.n; ++j) {
        double value = c[static_cast<std::size_t>(i * shape.n + j)];
        if (shape.bias) value += operand(step, part.bias)[static_cast<std::size_t>(part.bias.element + j)];
        const auto& to = part.out;
        const std::int64_t place = to.first + i / to.plane * to.outer_step + i % to.plane * to.inner_step + j * to.col_step;
        out[static_cast<std::size_t>(place)] = value;
      }
  }
}

void ReferenceExecutor::run_form(const TrainingProgram& program, const TrainingStep& step, const std::vector<VectorForm>& forms,
                                 Results results) {
  const std::span<double> out = results[0];
  if (step.own_forward) {
    const operations::Call call = networks::call_of(*program.network, step.layer, program.samples);
    std::vector<Values> inputs;
    for (const int input : step.operands) inputs.emplace_back(tensors_.at(input));
    const auto learned = [&](int tensor) { return tensor < 0 ? numerics::Reals() : numerics::Reals(tensors_.at(tensor)); };
    operations::row(call.layer).reference(call, inputs, learned(step.weight), learned(step.bias), out);
    return;
  }
  for (const VectorForm& form : forms) {
    const Values x = operand(step, form.x.at);
    const auto to = out.subspan(static_cast<std::size_t>(form.out), static_cast<std::size_t>(form.outputs));
    const auto op = static_cast<VectorOp>(form.record.op);
    if (form.windows) {
      const RowGather windows(form.x, form.window);
      std::vector<double> window(static_cast<std::size_t>(form.window));
      const bool largest = op == VectorOp::MaxReduce;
      const double fill = largest ? -HUGE_VAL : 0.0;
      for (std::int64_t i = 0; i < form.outputs; ++i) {
        windows.row(x.data(), fill, form.x_first + i, window.data());
        if (!largest && form.window != 1) throw InvariantError("training: " + step.name + " has no reference");
        to[static_cast<std::size_t>(i)] = largest ? *std::max_element(window.begin(), window.end()) : window[0];
      }
      continue;
    }
    std::copy_n(x.begin() + form.x.at.element, form.outputs, to.begin());
    switch (op) {
      case VectorOp::Copy:
        break;
      case VectorOp::Softmax:
        operations::softmax_rows(form.record.length, to);
        break;
      case VectorOp::LogSoftmax:
        operations::log_softmax_rows(form.record.length, to);
        break;
      default:
        throw InvariantError("training: " + step.name + " has no reference");
    }
  }
}

void ReferenceExecutor::run_form(const TrainingProgram&, const TrainingStep& step, const ChainForm& form, Results results) {
  std::vector<Values> sources;
  for (const operations::ChainOperand& source : form.operands) sources.push_back(operand(step, source.at));
  run_reference(form, sources, results);
}

void ReferenceExecutor::run_form(const TrainingProgram&, const TrainingStep& step, const MaximumForm& form, Results results) {
  const RowGather windows(form.x, form.window);
  std::vector<double> window(static_cast<std::size_t>(form.window));
  for (std::int64_t i = 0; i < form.outputs; ++i) {
    windows.row(operand(step, form.x.at).data(), -HUGE_VAL, i, window.data());
    const auto largest = std::max_element(window.begin(), window.end());
    results[0][static_cast<std::size_t>(i)] = *largest;
    results[1][static_cast<std::size_t>(i)] = static_cast<double>(largest - window.begin());
  }
}

void ReferenceExecutor::run_form(const TrainingProgram&, const TrainingStep& step, const WindowGradientForm& form,
                                 Results results) {
  const Values delta = tensors_.at(step.operands[0]);
  const Values chosen = form.chosen ? Values(tensors_.at(step.operands[1])) : Values();
  // Where the elements of each window are: what its walk gathers from the numbers of the elements.
  std::vector<double> numbers(static_cast<std::size_t>(form.outputs)), window(static_cast<std::size_t>(form.window));
  std::iota(numbers.begin(), numbers.end(), 0.0);
  const RowGather walk({.at = {}, .walk = form.windows}, form.window);
  const std::int64_t columns = form.windows.x2.size, rows = form.windows.x1.size;
  for (std::int64_t i = 0; i < form.count; ++i) {
    walk.row(numbers.data(), -1.0, i, window.data());
    const auto at = static_cast<std::size_t>(i);
    const double gift = delta[at] / static_cast<double>(form.divisor(i / columns % rows, i % columns));
    const auto give = [&](std::size_t position) {
      if (window[position] >= 0) results[0][static_cast<std::size_t>(window[position])] += gift;
    };
    if (form.chosen)
      give(static_cast<std::size_t>(chosen[at]));
    else
      for (std::size_t position = 0; position < window.size(); ++position) give(position);
  }
}

}  // namespace binade::programs
