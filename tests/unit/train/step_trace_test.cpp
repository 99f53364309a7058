// SPDX-License-Identifier: Apache-2.0
// A recorded step says the truth: it changes nothing about the step, its products give their results when the literal accumulator
// computes them from what is recorded alone, and a file gives all of it back.
#include "sim/data/step_trace.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <random>
#include <set>

#include "models/numerics/accumulator.h"
#include "models/numerics/error.h"
#include "models/numerics/hash.h"
#include "models/programs/storage.h"
#include "sim/import/network_yaml.h"
#include "sim/run/recipes.h"
#include "sim/train/initialise.h"
#include "sim/train/program_session.h"
#include "sim/train/recording_session.h"

namespace binade::sim {
namespace {

using numerics::Code;
using numerics::EncodedTensor;
using programs::ProductOperands;
using programs::RecordedStep;
using programs::StepProduct;

/// Strides, padding, groups, so that products have parts.
constexpr const char* kNetwork = R"(
network: small
classes: 5
inputs: [{name: input, shape: [2, 9, 9]}]
layers:
  - {name: conv1, op: conv, channels: 4, kernel: 3, stride: 2, pad: 1}
  - {name: relu1, op: relu}
  - {name: conv2, op: conv, channels: 4, kernel: 3, pad: 1, groups: 2}
  - {name: pool1, op: maxpool, kernel: 2}
  - {name: flat, op: flatten}
  - {name: fc1, op: linear, features: 6}
  - {name: relu2, op: relu}
  - {name: fc2, op: linear, features: 5}
)";

class StepTraces : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    recipe_ = load_recipe(GetParam());
    apply_settings_of(recipe_, settings_);
    formats_ = choice_of(settings_, recipe_);
    parameters_ = initialise(network_, 7, parse_initialisation("pytorch", "test"));
    std::mt19937 random(5);
    std::normal_distribution<float> draw;
    for (float& value : x_) value = draw(random);
    for (std::size_t i = 0; i < y_.size(); ++i) y_[i] = static_cast<std::int64_t>(i % 5);
  }
  std::unique_ptr<RecordingSession> session() {
    auto made = make_program_session(
        {.network = network_, .parameters = parameters_, .formats = formats_, .settings = settings_, .seed = 3, .threads = 1});
    return std::unique_ptr<RecordingSession>(dynamic_cast<RecordingSession*>(made.release()));
  }
  /// Two steps, and the third as a trace.
  StepTrace traced(RecordingSession& session) {
    for (std::uint64_t step = 0; step < 2; ++step) session.step(x_, y_, 0.05, step, nullptr);
    StepTrace trace;
    trace.start = {.network = network_,
                   .input_layer = "input",
                   .source = "a test",
                   .input = {{4, 2, 9, 9}, {x_.begin(), x_.end()}},
                   .labels = {y_.begin(), y_.end()},
                   .parameters = session.parameters()};
    trace.session = session.save();
    trace.facts = {.recipe = GetParam(),
                   .keys = {{"train.lr", "0.05"}},
                   .step = 3,
                   .seed = 3,
                   .learning_rate = 0.05,
                   .loss = 0,
                   .formats = session.formats()};
    trace.facts.loss = session.record(x_, y_, 0.05, 2, trace.recorded).loss;
    return trace;
  }

  const networks::Network network_ = network_from_yaml(kNetwork, "test");
  Settings settings_;
  RecipeFile recipe_;
  programs::FormatChoice formats_;
  operations::Parameters parameters_;
  std::vector<float> x_ = std::vector<float>(4 * 2 * 9 * 9);
  std::vector<std::int64_t> y_ = std::vector<std::int64_t>(4);
};

std::vector<std::byte> bytes_of(const EncodedTensor& tensor) {
  return programs::pack_codes(tensor.codes, tensor.format.storage_bytes());
}

/// With the exponent or scale that they share.
std::vector<double> values_of(const EncodedTensor& tensor) {
  std::vector<double> all(tensor.codes.size());
  decode_tensor(tensor.view(), all);
  return all;
}

TEST_P(StepTraces, RecordingChangesNothingAndKeepsWhatACaptureHas) {
  const auto plain = session(), recorded = session();
  const StepTrace trace = traced(*recorded);
  std::vector<Captured> captured;
  for (std::uint64_t step = 0; step < 3; ++step) plain->step(x_, y_, 0.05, step, step == 2 ? &captured : nullptr);
  // A capture has the gradient of the network's input too, which no step needs and so none of its exponents' histories.
  auto expected = plain->save(), got = recorded->save();
  std::erase_if(expected, [](const auto& entry) { return entry.first.starts_with("autoflex/"); });
  std::erase_if(got, [](const auto& entry) { return entry.first.starts_with("autoflex/"); });
  EXPECT_TRUE(expected == got);
  std::size_t compared = 0;
  for (const Captured& one : captured) {
    const auto further = trace.recorded.names.find(one.key);
    const auto found = trace.recorded.tensors.find(further == trace.recorded.names.end() ? one.key : further->second);
    if (found == trace.recorded.tensors.end()) {
      EXPECT_TRUE(one.key == "act.input" || one.key == "delta.conv1_in") << one.key;
      continue;
    }
    EXPECT_EQ(bytes_of(found->second), one.bytes) << one.key;
    EXPECT_EQ(found->second.lsb_exponent(), one.exponent.value_or(0)) << one.key;
    ++compared;
  }
  EXPECT_GT(compared, 30U);
}

/// Element (row, col) of a part by the definition.
Code literal(const ProductOperands& operands, std::int64_t part, std::int64_t row, std::int64_t col) {
  const StepProduct& product = operands.product();
  const operations::GemmPart& at = product.form.parts[static_cast<std::size_t>(part)];
  const auto sum =
      numerics::make_accumulator(product.mode.format, product.mode.accumulate, product.shifts.product, product.shifts.bias);
  std::vector<Code> a(static_cast<std::size_t>(product.form.shape.k)), b(a.size());
  operands.a_row(part, row, a.data());
  operands.b_row(part, col, b.data());
  sum->clear();
  const bool first = bias_starts_sums(product.mode.accumulate);
  if (product.form.shape.bias && first) sum->add_bias(operands.bias(part, col));
  for (std::size_t k = 0; k < a.size(); ++k) sum->mac(a[k], b[k]);
  if (product.form.shape.bias && !first) sum->add_bias(operands.bias(part, col));
  const auto index = static_cast<std::uint64_t>((at.m_base + row) * product.form.logical_cols + at.n_base + col);
  return sum->result(false, numerics::element_bits(numerics::tensor_key(product.seed, product.tensor), index));
}

TEST_P(StepTraces, EveryProductFollowsFromWhatIsRecorded) {
  const auto one = session();
  const RecordedStep step = traced(*one).recorded;
  std::set<std::string> passes;
  std::size_t compared = 0;
  for (const StepProduct& product : step.products) {
    ASSERT_EQ(product_problem(product, step.tensors), "") << product.name;
    const auto made = step.tensors.find(product.name);
    ASSERT_NE(made, step.tensors.end()) << product.name;
    passes.insert(std::string(operations::to_string(product.pass)));
    const ProductOperands operands(product, step.tensors);
    const operations::GemmShape& shape = product.form.shape;
    for (std::int64_t part = 0; part < operands.parts(); ++part) {
      const operations::GemmTarget& out = product.form.parts[static_cast<std::size_t>(part)].out;
      for (std::int64_t row = 0; row < shape.m; ++row)
        for (std::int64_t col = 0; col < shape.n; ++col, ++compared) {
          const std::int64_t place =
              out.first + row / out.plane * out.outer_step + row % out.plane * out.inner_step + col * out.col_step;
          ASSERT_EQ(made->second.codes.at(static_cast<std::size_t>(place)), literal(operands, part, row, col))
              << product.name << " part " << part << " (" << row << ", " << col << ")";
        }
    }
  }
  EXPECT_EQ(passes.size(), 3U);
  EXPECT_GT(compared, 1000U);
}

TEST_P(StepTraces, AFileGivesAllOfItBackAndTheStepCanBeRepeated) {
  const auto file = std::filesystem::temp_directory_path() / ("binade-step-trace-" + GetParam() + ".npz");
  const auto one = session();
  const StepTrace trace = traced(*one);
  save_step_trace(file, trace);
  EXPECT_TRUE(is_step_trace(file));
  const StepTrace back = load_step_trace(file);
  EXPECT_EQ(back.session, trace.session);
  EXPECT_EQ(back.recorded.names, trace.recorded.names);
  EXPECT_EQ(back.recorded.classes, trace.recorded.classes);
  EXPECT_EQ(back.start.labels, trace.start.labels);
  EXPECT_EQ(back.start.input.values, trace.start.input.values);
  EXPECT_EQ(back.start.network.layers.size(), network_.layers.size());
  EXPECT_EQ(back.facts.recipe, trace.facts.recipe);
  EXPECT_EQ(back.facts.keys, trace.facts.keys);
  EXPECT_EQ(back.facts.loss, trace.facts.loss);
  ASSERT_EQ(back.recorded.tensors.size(), trace.recorded.tensors.size());
  for (const auto& [name, tensor] : trace.recorded.tensors) {
    EXPECT_EQ(back.recorded.tensors.at(name).codes, tensor.codes) << name;
    EXPECT_EQ(back.recorded.tensors.at(name).format, tensor.format) << name;
    EXPECT_EQ(back.recorded.tensors.at(name).exponents, tensor.exponents) << name;
  }
  ASSERT_EQ(back.recorded.products.size(), trace.recorded.products.size());

  const auto again = session();
  again->restore(back.session, back.facts.step - 1);
  RecordedStep repeated;
  EXPECT_EQ(again->record(x_, y_, back.facts.learning_rate, back.facts.step - 1, repeated).loss, back.facts.loss);
  for (const auto& [name, tensor] : repeated.tensors) EXPECT_EQ(back.recorded.tensors.at(name).codes, tensor.codes) << name;
  for (std::size_t i = 0; i < repeated.products.size(); ++i) {
    const StepProduct &ours = repeated.products[i], &theirs = back.recorded.products[i];
    EXPECT_EQ(ours.name, theirs.name);
    EXPECT_EQ(ours.mode, theirs.mode);
    const ProductOperands a(ours, repeated.tensors), b(theirs, back.recorded.tensors);
    EXPECT_EQ(literal(a, 0, 0, 0), literal(b, 0, 0, 0)) << ours.name;
  }
  std::filesystem::remove(file);
}

TEST_P(StepTraces, APlantedFaultInARecordIsFound) {
  const auto one = session();
  RecordedStep step = traced(*one).recorded;
  StepProduct product = step.products.front();
  product.form.parts.front().a.at.element += 1;
  EXPECT_NE(product_problem(product, step.tensors), "");
  product = step.products.front();
  product.form.shape.m *= 2;
  EXPECT_NE(product_problem(product, step.tensors), "");
  product = step.products.front();
  product.a = "nothing";
  EXPECT_NE(product_problem(product, step.tensors), "");
  product = step.products.front();
  product.mode.format.b = numerics::parse_format("posit9");
  EXPECT_NE(product_problem(product, step.tensors), "");
  const auto planted = [&](auto plant) {
    product = step.products.front();
    plant(product);
    return product_problem(product, step.tensors);
  };
  EXPECT_EQ(planted([](StepProduct&) {}), "");
  EXPECT_NE(planted([](StepProduct& changed) { changed.shifts.product = 128; }), "");
  EXPECT_NE(planted([](StepProduct& changed) { changed.shifts.bias = -129; }), "");
  EXPECT_NE(planted([](StepProduct& changed) { changed.form.parts.front().m_base = -1; }), "");
  EXPECT_NE(planted([](StepProduct& changed) { changed.form.parts.front().m_base = 0x100000000 - changed.form.shape.m + 1; }), "");
  EXPECT_NE(planted([](StepProduct& changed) { changed.form.parts.front().n_base = 0x100000000; }), "");
  EXPECT_NE(planted([](StepProduct& changed) { changed.form.logical_cols = -1; }), "");
}

/// Values of a scaled tensor are what it was made of: no code of the recipe's formats rounds by more than
/// an eighth, beside subnormals.
TEST_P(StepTraces, ScaledTensorsKeepTheirScales) {
  const auto one = session();
  const auto& tensors = traced(*one).recorded.tensors;
  std::size_t compared = 0;
  for (const auto& [name, tensor] : tensors) {
    if (!name.ends_with(":scaled")) continue;
    const auto source = tensors.find(name.substr(0, name.find(':')));
    ASSERT_EQ(tensor.exponents.granularity(), numerics::Granularity::Tensor) << name;
    if (source == tensors.end()) continue;
    const std::vector<double> expected = values_of(source->second), got = values_of(tensor);
    for (std::size_t i = 0; i < expected.size(); ++i, ++compared)
      ASSERT_NEAR(got[i], expected[i], std::fabs(expected[i]) / 8 + std::ldexp(1.0, tensor.lsb_exponent() - 9)) << name << ' ' << i;
  }
  EXPECT_EQ(compared != 0, GetParam() == "fp8");
}

INSTANTIATE_TEST_SUITE_P(Recipes, StepTraces,
                         testing::Values("positnn", "flexpoint", "dfp16", "dfp8", "sdfp8", "hill", "bf16", "fp16", "fp8-e4m3-e5m2",
                                         "fp8"),
                         [](const auto& instance) {
                           std::string name = instance.param;
                           std::erase(name, '-');
                           return name;
                         });

/// Everything in one format whose exponents come after the sums, with biases far below the least product.
class StepTracesOfSums : public StepTraces {
 protected:
  void SetUp() override {
    StepTraces::SetUp();
    settings_.formats = {GetParam()};
    programs::Recipe plain;
    plain.name = GetParam();
    formats_ = choice_of(settings_, plain);
    for (auto& [name, parameter] : parameters_)
      if (name.ends_with(".bias"))
        for (double& value : parameter.values) value = std::ldexp(value, -12);
  }
};

TEST_P(StepTracesOfSums, KeepTheBiasThatTheSumsTook) {
  const auto one = session();
  RecordedStep step;
  one->record(x_, y_, 0.05, 0, step);
  std::size_t compared = 0;
  for (const StepProduct& product : step.products) {
    if (product.bias.empty()) continue;
    ASSERT_EQ(product_problem(product, step.tensors), "") << product.name;
    const EncodedTensor &made = step.tensors.at(product.name), &bias = step.tensors.at(product.bias);
    const EncodedTensor &a = step.tensors.at(product.a), &b = step.tensors.at(product.b);
    const std::vector<double> biases = values_of(bias), results = values_of(made);
    EXPECT_GE(bias.lsb_exponent(), a.lsb_exponent() + b.lsb_exponent()) << product.name;
    EXPECT_EQ(product.shifts.bias, a.lsb_exponent() + b.lsb_exponent() - bias.lsb_exponent()) << product.name;
    const auto k = static_cast<std::size_t>(product.form.shape.k);
    EncodedTensor row{.format = a.format, .shape = {}, .exponents = a.exponents, .codes = std::vector<Code>(k)};
    EncodedTensor column{.format = b.format, .shape = {}, .exponents = b.exponents, .codes = std::vector<Code>(k)};
    const ProductOperands operands(product, step.tensors);
    for (std::int64_t part = 0; part < operands.parts(); ++part) {
      const operations::GemmPart& at = product.form.parts[static_cast<std::size_t>(part)];
      for (std::int64_t m = 0; m < product.form.shape.m; ++m)
        for (std::int64_t n = 0; n < product.form.shape.n; ++n, ++compared) {
          operands.a_row(part, m, row.codes.data());
          operands.b_row(part, n, column.codes.data());
          const std::vector<double> factors = values_of(row), others = values_of(column);
          // Exact: the sum has far fewer than 53 bits.
          double sum = std::inner_product(factors.begin(), factors.end(), others.begin(),
                                          biases.at(static_cast<std::size_t>(at.bias.element + n)));
          const double highest = std::ldexp(1.0, made.format.bits - 1) - 1;
          sum = std::min(std::nearbyint(std::ldexp(sum, -made.lsb_exponent())), highest);
          const std::int64_t place =
              at.out.first + m / at.out.plane * at.out.outer_step + m % at.out.plane * at.out.inner_step + n * at.out.col_step;
          ASSERT_EQ(results.at(static_cast<std::size_t>(place)), std::ldexp(sum, made.lsb_exponent())) << product.name;
        }
    }
  }
  EXPECT_GT(compared, 100U);
}

INSTANTIATE_TEST_SUITE_P(Formats, StepTracesOfSums, testing::Values("dfp8", "dfp16", "sdfp8"));

TEST(StepTraceFiles, OtherFilesAreNone) {
  const auto file = std::filesystem::temp_directory_path() / "binade-no-step-trace.npz";
  std::ofstream(file) << "nothing";
  EXPECT_FALSE(is_step_trace(file));
  EXPECT_THROW(load_step_trace(file), InputError);
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace binade::sim
