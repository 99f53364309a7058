// SPDX-License-Identifier: Apache-2.0
// The distinct bytes that a form reads, against the load engine's address rule element by element, for every step of training
// programs; and against what the table of operations says of forward passes.
#include "models/programs/touched.h"

#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <set>

#include "models/networks/builder.h"
#include "models/operations/operation_table.h"
#include "models/programs/gather.h"
#include "tests/support/training_networks.h"

namespace binade::programs {
namespace {

using operations::Place;
using operations::Source;

/// A work whose tensors lie apart.
Work work_of(const TrainingProgram& program, const TrainingStep& step) {
  const auto tensor = [&](int index) {
    const TrainingTensor& known = program.tensors[static_cast<std::size_t>(index)];
    return StoredTensor{.address = std::int64_t{index} << 32,
                        .elements = known.elements,
                        .format = known.encoding.format,
                        .raw_bytes = known.index_bytes,
                        .magnitude = {}};
  };
  Work work;
  for (const int operand : step.operands) work.inputs.push_back(tensor(operand));
  if (step.weight >= 0) work.weight = tensor(step.weight);
  if (step.bias >= 0) work.bias = tensor(step.bias);
  work.output = tensor(step.results.front().tensor);
  return work;
}

class Elements {
 public:
  explicit Elements(const Work& work) : work_(work) {}
  void add(const Place& place, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) add_element(place, place.element + i);
  }
  void add(const Source& source, std::int64_t first, std::int64_t rows, std::int64_t length) {
    std::vector<double> tensor(static_cast<std::size_t>(work_.of(source.at).elements)), row(static_cast<std::size_t>(length));
    std::iota(tensor.begin(), tensor.end(), 0.0);
    const RowGather gather(source, length);
    for (std::int64_t x = first; x < first + rows; ++x) {
      gather.row(tensor.data(), -1.0, x, row.data());
      for (const double element : row)
        if (element >= 0) add_element(source.at, static_cast<std::int64_t>(element));
    }
  }
  std::int64_t bytes() const {
    std::int64_t sum = 0;
    for (const auto& [address, element] : read_) sum += bytes_.at(address);
    return sum;
  }

 private:
  void add_element(const Place& place, std::int64_t element) {
    const StoredTensor& tensor = work_.of(place);
    bytes_[tensor.address] = tensor.element_bytes();
    read_.emplace(tensor.address, element);
  }

  const Work& work_;
  std::map<std::int64_t, int> bytes_;
  std::set<std::pair<std::int64_t, std::int64_t>> read_;
};

std::int64_t bytes_one_by_one(const StepForm& form, const Work& work) {
  Elements all(work);
  if (const auto* const gemm = std::get_if<operations::GemmForm>(&form)) {
    for (const operations::GemmPart& part : gemm->parts) {
      all.add(part.a, 0, gemm->shape.m, gemm->shape.k);
      all.add(part.b, 0, gemm->shape.n, gemm->shape.k);
      if (gemm->shape.bias) all.add(part.bias, gemm->shape.n);
    }
  } else if (const auto* const chain = std::get_if<operations::ChainForm>(&form)) {
    for (const operations::ChainOperand& operand : chain->operands)
      for (std::int64_t i = 0; i < chain->outputs; ++i)
        all.add({operand.at.role, operand.at.input, operand_element(operand, i)}, 1);
  } else if (const auto* const maximum = std::get_if<operations::MaximumForm>(&form)) {
    all.add(maximum->x, 0, maximum->outputs, maximum->window);
  } else if (const auto* const windows = std::get_if<operations::WindowGradientForm>(&form)) {
    for (std::size_t input = 0; input < (windows->chosen ? 2U : 1U); ++input)
      all.add({.role = operations::Role::Input, .input = input, .element = 0}, windows->count);
  } else {
    for (const operations::VectorForm& vector : std::get<std::vector<operations::VectorForm>>(form)) {
      if (vector.windows)
        all.add(vector.x, vector.x_first, vector.outputs, vector.window);
      else
        all.add(vector.x.at, vector.outputs * vector.window);
      if (vector.y) all.add(*vector.y, vector.outputs);
      if (vector.s) all.add(*vector.s, vector.constants);
      if (vector.t) all.add(*vector.t, vector.constants);
    }
  }
  return all.bytes();
}

TEST(Touched, IsWhatTheAddressRuleReaches) {
  std::set<std::size_t> kinds;
  for (const support::TrainingNetwork& one : support::training_networks()) {
    const networks::Network network = one.network();
    TrainingChoice choice;
    choice.formats.format = numerics::parse_format("posit16");
    for (const auto order : {operations::KOrder::SamplesOutermost, operations::KOrder::SamplesInnermost}) {
      choice.policy.weight_order = order;
      TensorNames names;
      const TrainingProgram program = make_training(network, choice, 3, names);
      for (const TrainingStep& step : program.steps) {
        kinds.insert(step.form.index());
        const Work work = work_of(program, step);
        EXPECT_EQ(touched_bytes(step.form, work), bytes_one_by_one(step.form, work)) << one.name << ' ' << step.name;
      }
    }
  }
  EXPECT_EQ(kinds.size(), std::variant_size_v<StepForm>);
}

// The table says of a layer's inputs what its forward form reads.
TEST(Touched, IsWhatTheTableSaysOfForwardPasses) {
  std::size_t compared = 0;
  for (const support::TrainingNetwork& one : support::training_networks()) {
    const networks::Network network = one.network();
    TrainingChoice choice;
    choice.formats.format = numerics::parse_format("posit16");
    TensorNames names;
    const TrainingProgram program = make_training(network, choice, 2, names);
    for (const TrainingStep& step : program.steps) {
      if (!step.own_forward) continue;
      const operations::Call call = networks::call_of(network, step.layer, 2);
      const Work work = work_of(program, step);
      std::map<std::int64_t, std::int64_t> inputs;
      for (std::size_t i = 0; i < work.inputs.size(); ++i)
        inputs[work.inputs[i].address] = operations::row(call.layer).touched(call, i) * work.inputs[i].element_bytes();
      std::int64_t expected = 0;
      for (const auto& [address, bytes] : inputs) expected += bytes;
      for (const StoredTensor& learned : {work.weight, work.bias})
        if (learned.address >= 0) expected += learned.bytes();
      EXPECT_EQ(touched_bytes(step.form, work), expected) << one.name << ' ' << step.name;
      ++compared;
    }
  }
  EXPECT_GT(compared, 20U);
}

// Padding of a transposed convolution may crop all that a pixel gives.
TEST(Touched, LeavesOutWhatPaddingCrops) {
  for (int pattern = 0; pattern < 4 * 3 * 2 * 2; ++pattern) {
    const int pad = pattern % 4, kernel = 1 + pattern / 4 % 3, stride = 1 + pattern / 12 % 2, dilation = 1 + pattern / 24;
    networks::Builder b("n", "s", {2, 6, 5});
    const int layer = b.append("up", operations::Op::ConvTranspose2d, {0});
    b.layer(layer).out_features = 3;
    networks::Window& w = b.layer(layer).window;
    w.kernel_h = w.kernel_w = kernel;
    w.stride_h = w.stride_w = stride;
    w.dilation_h = w.dilation_w = dilation;
    w.pad_h = w.pad_w = pad;
    if (4 * stride + dilation * (kernel - 1) < 2 * pad) continue;  // nothing is left
    const networks::Network network = b.finish(0);
    const operations::Call call = networks::call_of(network, layer, 2);
    Work work;
    const auto tensor = [](std::int64_t address, std::int64_t elements) {
      return StoredTensor{
          .address = address, .elements = elements, .format = numerics::parse_format("posit8"), .raw_bytes = 0, .magnitude = {}};
    };
    work.inputs = {tensor(0, call.samples * call.in(0).elements())};
    const operations::GemmForm form = operations::row(call.layer).gemm(call);
    work.weight = tensor(1 << 20, form.shape.k * form.shape.n);
    work.bias = {};
    const std::int64_t expected = operations::row(call.layer).touched(call, 0);
    EXPECT_EQ(touched_bytes(form, work) - work.weight.bytes(), expected)
        << "kernel " << kernel << " stride " << stride << " pad " << pad << " dilation " << dilation;
  }
}

}  // namespace
}  // namespace binade::programs
