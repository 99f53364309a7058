// SPDX-License-Identifier: Apache-2.0
// Chains on the golden machine: tensors of mixed formats and exponents, further outputs, updates in place, statistics.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstring>

#include "models/numerics/codec.h"
#include "models/numerics/error.h"
#include "models/operations/chain/optimisers.h"
#include "models/operations/training_builder.h"
#include "models/programs/golden_machine.h"

namespace binade::programs {
namespace {

using numerics::Code;
using numerics::parse_format;

constexpr std::int64_t kCount = 700;

class ChainMachine : public testing::Test {
 protected:
  StoredTensor tensor(const char* word, int exponent, const std::vector<double>& values) {
    StoredTensor made{.elements = static_cast<std::int64_t>(values.size()), .format = parse_format(word)};
    made.magnitude.exponent = exponent;
    made.address = machine.allocate(made.bytes());
    std::vector<std::byte> bytes(static_cast<std::size_t>(made.bytes()));
    numerics::Events ignored;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const Code code = numerics::encode(made.format, numerics::from_double(values[i]), {.lsb_exponent = exponent}, ignored);
      std::memcpy(bytes.data() + i * static_cast<std::size_t>(made.element_bytes()), &code,
                  static_cast<std::size_t>(made.element_bytes()));
    }
    machine.write(made.address, bytes);
    return made;
  }
  std::vector<double> values(const StoredTensor& tensor) {
    std::vector<std::byte> bytes(static_cast<std::size_t>(tensor.bytes()));
    machine.read(tensor.address, bytes);
    std::vector<double> out;
    for (std::int64_t i = 0; i < tensor.elements; ++i) {
      Code code = 0;
      std::memcpy(&code, bytes.data() + i * tensor.element_bytes(), static_cast<std::size_t>(tensor.element_bytes()));
      out.push_back(numerics::to_double(numerics::decode(tensor.format, code, tensor.magnitude.exponent)));
    }
    return out;
  }

  GoldenMachine machine{datapath::CoreConfig{}};
};

std::vector<double> ramp(double step) {
  std::vector<double> made;
  for (std::int64_t i = 0; i < kCount; ++i) made.push_back(static_cast<double>(i - kCount / 2) * step);
  return made;
}

// w = w - g / 2 with momentum 1/2 on eighths, which every step holds exactly: over the weights, with a copy in flex and one in
// posit8.
TEST_F(ChainMachine, UpdatesInPlaceWithCopies) {
  Work work;
  work.inputs = {tensor("fp32", 0, ramp(0.125)), tensor("posit16", 0, ramp(0.25)), tensor("fp32", 0, ramp(0.5))};
  work.output = work.inputs[0];
  work.further = {
      {.tensor = work.inputs[2]}, {.tensor = tensor("flex16+5", -4, ramp(0))}, {.tensor = tensor("posit8", 0, ramp(0))}};
  const operations::SgdOptions options{.rate = 0.5, .momentum = 0.5, .copies = 2};
  const auto form = sgd_chain({.to = {parse_format("fp32")}, .outputs = kCount}, options);
  const std::vector<double> gradient = values(work.inputs[1]);
  const std::vector<TensorStats> stats = machine.run(form, work);
  ASSERT_EQ(stats.size(), 4U);
  std::vector<double> velocity, weight;
  for (std::int64_t i = 0; i < kCount; ++i) {
    const auto index = static_cast<std::size_t>(i);
    velocity.push_back(0.5 * ramp(0.5)[index] + gradient[index]);
    weight.push_back(ramp(0.125)[index] - 0.5 * velocity.back());
  }
  EXPECT_EQ(values(work.output), weight);
  EXPECT_EQ(values(work.further[0].tensor), velocity);
  EXPECT_EQ(values(work.further[1].tensor), weight);  // multiples of 2^-4 below 2^11
  std::uint64_t largest = 0;
  for (const double value : weight) largest = std::max(largest, static_cast<std::uint64_t>(std::abs(value) * 16));
  EXPECT_EQ(stats[2].max_abs, largest);
  EXPECT_EQ(stats[0].max_abs, 0U);
  EXPECT_GT(machine.events().inexact, 0U);  // of the posit8 copy
}

TEST_F(ChainMachine, RefusesWhatDoesNotFit) {
  Work work;
  work.inputs = {tensor("fp32", 0, ramp(1)), tensor("fp32", 0, ramp(1))};
  work.output = tensor("fp32", 0, {1, 2});
  const operations::ChainCall call{.to = {parse_format("fp32")}, .outputs = kCount};
  EXPECT_THROW(machine.run(sgd_chain(call, {.rate = 1}), work), InvariantError);  // past the output
  work.output = work.inputs[0];
  EXPECT_NO_THROW(machine.run(sgd_chain(call, {.rate = 1}), work));
  EXPECT_THROW(machine.run(sgd_chain(call, {.rate = 1, .copies = 1}), work), InvariantError);  // a result without a tensor
  operations::ChainForm broken = sgd_chain(call, {.rate = 1});
  broken.results[0] = 99;
  EXPECT_THROW(machine.run(broken, work), InvariantError);
}

// What one thread writes and counts, several do: chains with a stochastic result, vector forms, and windows.
TEST(GoldenThreads, ChangeNoElementAndNoCount) {
  constexpr std::int64_t kElements = 50'000;
  std::vector<std::vector<std::byte>> first;
  numerics::Events counted;
  for (const int threads : {1, 2, 5}) {
    GoldenMachine machine(datapath::CoreConfig{}, threads);
    const auto made = [&](const char* word, int exponent) {
      StoredTensor tensor{.elements = kElements, .format = parse_format(word), .magnitude = {.exponent = exponent}};
      tensor.address = machine.allocate(tensor.bytes());
      return tensor;
    };
    Work work;
    work.seed = 5;
    work.tensor = 7;
    work.inputs = {made("posit16", 0), made("fp32", 0), made("fp32", 0)};
    for (const StoredTensor& input : work.inputs) {
      std::vector<std::byte> bytes(static_cast<std::size_t>(input.bytes()));
      for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 2654435761U >> 21 & 63);
      machine.write(input.address, bytes);
    }
    work.output = made("posit8", 0);
    work.further = {{.tensor = made("fp32", 0)}, {.tensor = made("flex16+5", -9), .rounding = numerics::Rounding::Sr, .stream = 3}};
    const auto chain = sgd_chain({.to = {parse_format("fp32")}, .outputs = kElements},
                                 operations::SgdOptions{.rate = 0.1, .momentum = 0.9, .copies = 1});
    const std::vector<TensorStats> stats = machine.run(chain, work);
    std::vector<std::vector<std::byte>> all;
    const auto keep = [&](const StoredTensor& tensor) {
      all.emplace_back(static_cast<std::size_t>(tensor.bytes()));
      machine.read(tensor.address, all.back());
    };
    keep(work.output);
    keep(work.further[0].tensor);
    keep(work.further[1].tensor);
    work.further.clear();
    work.mode.accumulate.rounding = numerics::Rounding::Sr;
    work.output = made("bf16", 0);
    machine.run(std::array{operations::elementwise_form(spec::VectorOp::Copy, kElements)}, work);
    keep(work.output);
    operations::VectorForm pool;
    pool.record.op = static_cast<std::int64_t>(spec::VectorOp::MaxReduce);
    pool.record.length = pool.window = 4;
    pool.windows = true;
    pool.x.walk = operations::matrix_walk(4, 1);
    pool.outputs = kElements / 4;
    machine.run(std::array{pool}, work);
    keep(work.output);
    if (threads == 1) {
      first = all;
      counted = machine.events();
      EXPECT_GT(counted.inexact, 0U);
    }
    EXPECT_EQ(all, first) << threads;
    EXPECT_EQ(machine.events(), counted) << threads;
    EXPECT_EQ(stats.size(), 3U);
  }
}

}  // namespace
}  // namespace binade::programs
