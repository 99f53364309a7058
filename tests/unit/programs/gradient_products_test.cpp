// SPDX-License-Identifier: Apache-2.0
// Gradients on the golden machine in formats: every element is the literal accumulator over the products that the forward
// definition gives, added up in the stated order.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "models/numerics/accumulator.h"
#include "models/operations/gradients.h"
#include "models/programs/golden_machine.h"
#include "models/programs/storage.h"
#include "tests/unit/programs/gradient_cases.h"
#include "tests/unit/programs/gradient_definitions.h"

namespace binade::tests {
namespace {

using numerics::Accumulate;
using numerics::Code;
using operations::Call;
using operations::GemmForm;
using operations::KOrder;
using programs::StoredTensor;

struct Arithmetic {
  const char* name;
  const char *a, *b, *out;
  Accumulate policy;
};

class GradientProducts : public testing::TestWithParam<Arithmetic> {
 protected:
  GradientProducts() {
    core.format.a = numerics::parse_format(GetParam().a);
    core.format.b = numerics::parse_format(GetParam().b);
    core.format.out = numerics::parse_format(GetParam().out);
    core.accumulate.policy = GetParam().policy;
    core.accumulate.rounding = core.format.out.default_rounding();
    core.accumulate.block = 3;
  }

  /// Finite and, of wide formats, with products that are: what multiplies padding leaves a sum as it is, unless it is -0.
  std::vector<Code> draw(const numerics::FormatSpec& format, std::int64_t count) {
    const auto moderate = [&](Code code) {
      if (format.shared_exponent()) return true;
      const double value = std::fabs(numerics::to_double(numerics::decode(format, code)));
      return std::isfinite(value) && (format.bits <= 16 || (value > 0x1p-30 && value < 0x1p30));
    };
    std::vector<Code> codes;
    while (static_cast<std::int64_t>(codes.size()) < count) {
      const auto code = static_cast<Code>(random() & ((std::uint64_t{1} << format.bits) - 1));
      if (moderate(code)) codes.push_back(code);
    }
    return codes;
  }

  void expect(const std::string& what, const GemmForm& form, const Gradient& defined, std::int64_t a_count, std::int64_t b_count) {
    const auto a = draw(core.format.a, a_count), b = draw(core.format.b, b_count);
    programs::GoldenMachine machine(core);
    programs::Work work;
    work.mode = mode_of(core, 0);
    const auto store = [&](const numerics::FormatSpec& format, const std::vector<Code>& codes) {
      StoredTensor stored;
      stored.elements = static_cast<std::int64_t>(codes.size());
      stored.format = format;
      stored.address = machine.allocate(stored.bytes());
      machine.write(stored.address, programs::pack_codes(codes, stored.element_bytes()));
      return stored;
    };
    work.inputs = {store(core.format.a, a), store(core.format.b, b)};
    const bool raw = datapath::stores_raw(core);
    work.output.elements = static_cast<std::int64_t>(defined.size());
    work.output.format = core.format.out;
    work.output.raw_bytes = raw ? datapath::output_bytes(core) : 0;
    work.output.address = machine.allocate(work.output.bytes());
    if (core.format.integers() && !raw && core.format.out.shared_exponent()) work.output.magnitude.exponent = core.format.out.bits;
    machine.run(form, work);

    numerics::AccumulateSpec accumulate = core.accumulate;
    if (form.block != 0) accumulate.block = static_cast<int>(form.block);
    const auto bytes = programs::read_bytes(machine, work.output);
    const auto size = static_cast<std::size_t>(work.output.element_bytes());
    for (std::size_t i = 0; i < defined.size(); ++i) {
      std::uint64_t word = 0;
      if (raw) {
        std::int64_t sum = 0;
        for (const auto& [x, y] : defined[i])
          if (x >= 0 && y >= 0) sum += mantissa_of(core.format.a, at(a, x)) * mantissa_of(core.format.b, at(b, y));
        word = static_cast<std::uint64_t>(sum);
      } else {
        const auto accumulator = make_accumulator(core.format, accumulate, programs::shifts_of(form, work).product);
        for (const auto& [x, y] : defined[i]) accumulator->mac(x < 0 ? 0 : at(a, x), y < 0 ? 0 : at(b, y));
        word = accumulator->result(false, 0);
      }
      std::uint64_t got = 0;
      std::memcpy(&got, bytes.data() + i * size, size);
      if (size < sizeof word) word &= (std::uint64_t{1} << (8 * size)) - 1;
      ASSERT_EQ(got, word) << what << ", element " << i << " of " << defined[i].size() << " products";
    }
  }

  bool blocked() const { return GetParam().policy == Accumulate::Blocked; }
  static Code at(const std::vector<Code>& codes, std::int64_t i) { return codes.at(static_cast<std::size_t>(i)); }

  datapath::CoreConfig core;
  std::mt19937_64 random{17};
};

TEST_P(GradientProducts, OfConvolutions) {
  GradientCases cases(6);
  for (int i = 0; i < 60; ++i) {
    const GradientCase tested = cases.random_conv();
    const Call call = tested.call();
    const Gradient dw = conv_weight_gradient(call, KOrder::SamplesOutermost);
    const auto weights = static_cast<std::int64_t>(dw.size()), inputs = call.samples * call.in(0).elements();
    // Where a sum closes blocks, what is skipped has its steps too: the forms' test has their order.
    if (!blocked()) expect(tested.name + ", data", conv_backward_data(call), conv_data_gradient(call), call.outputs(), weights);
    for (const KOrder order : {KOrder::SamplesOutermost, KOrder::SamplesInnermost})
      expect(tested.name + ", weight", conv_backward_weight(call, order), conv_weight_gradient(call, order), call.outputs(),
             inputs);
    if (HasFatalFailure()) return;
  }
}

TEST_P(GradientProducts, OfLinearLayersAndMatrixProducts) {
  GradientCases cases(7);
  for (int i = 0; i < 60; ++i) {
    const GradientCase linear = cases.random_linear(), matmul = cases.random_matmul();
    const Call call = linear.call(), product = matmul.call();
    const auto data = linear_gradients(call, KOrder::SamplesOutermost);
    const auto inputs = static_cast<std::int64_t>(data.data.size()), weights = static_cast<std::int64_t>(data.weight.size());
    expect(linear.name + ", data", linear_backward_data(call), data.data, call.outputs(), weights);
    for (const KOrder order : {KOrder::SamplesOutermost, KOrder::SamplesInnermost})
      expect(linear.name + ", weight", linear_backward_weight(call, order), linear_gradients(call, order).weight, call.outputs(),
             inputs);
    for (const int operand : {0, 1}) {
      GemmForm form = matmul_backward(product, operand);
      if (!core.format.integers()) form.scale_exponent = 0;  // scaled by another pass
      expect(matmul.name, form, matmul_gradient(product, operand), product.outputs(),
             product.samples * product.in(1 - static_cast<std::size_t>(operand)).elements());
    }
    if (HasFatalFailure()) return;
  }
}

TEST_P(GradientProducts, OfSums) {
  for (int axes = 1; axes < 8; ++axes)
    for (const KOrder order : {KOrder::SamplesOutermost, KOrder::SamplesInnermost}) {
      const operations::SummedAxes over{(axes & 1) != 0, (axes & 2) != 0, (axes & 4) != 0};
      expect("sums", sums_over({{}, 3, 4, 21}, over, order, {.input = 1}), sums(3, 4, 21, over, order), 3 * 4 * 21, 1);
      if (HasFatalFailure()) return;
    }
}

INSTANTIATE_TEST_SUITE_P(Policies, GradientProducts,
                         testing::Values(Arithmetic{"posit8", "posit8", "posit8", "posit8", Accumulate::Exact},
                                         Arithmetic{"posit8_serial", "posit8", "posit8", "posit8", Accumulate::Serial},
                                         Arithmetic{"posit16_serial", "posit16", "posit16", "posit16", Accumulate::Serial},
                                         Arithmetic{"flex16", "flex16+5", "flex16+5", "flex16+5", Accumulate::Blocked},
                                         Arithmetic{"dfp8", "dfp8", "dfp8", "dfp8", Accumulate::Exact},
                                         Arithmetic{"e6m7", "e6m7", "e6m7", "e6m7", Accumulate::Serial},
                                         Arithmetic{"fp8", "fp8e5m2", "fp8e4m3", "fp32", Accumulate::Fp32},
                                         Arithmetic{"fp32", "fp32", "fp32", "fp32", Accumulate::Fp32}),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace binade::tests
