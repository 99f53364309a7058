// SPDX-License-Identifier: Apache-2.0
// The elementwise work of PositNN's training, against codes that its own program computed: softmax, gradient of the loss, SGD with
// momentum, copies between formats. Needs BINADE_DATA_DIR (default ../shared/data from the project's root).
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "models/operations/chain/elementwise.h"
#include "models/operations/chain/losses.h"
#include "models/operations/chain/optimisers.h"
#include "sim/data/npz.h"
#include "tests/unit/operations/chain_harness.h"

namespace binade::operations::test {
namespace {

constexpr std::int64_t kBatch = 16, kClasses = 10;
const ElementFormat kLow = format("posit8"), kHigh = format("posit16");

class PositNnTrace : public testing::Test {
 protected:
  void SetUp() override {
    const char* variable = std::getenv("BINADE_DATA_DIR");
    const std::filesystem::path data = std::filesystem::path(variable != nullptr ? variable : BINADE_DEFAULT_DATA_DIR) / "training";
    if (!std::filesystem::exists(data / "positnn_mlp_p8_o16l16.npz")) GTEST_SKIP() << "SKIPPED: no trace in " << data;
    trace = std::make_unique<sim::NpzReader>(data / "positnn_mlp_p8_o16l16.npz");
    labels = sim::NpzReader(data / "batch_mnist.npz").read("y").values;
  }
  std::vector<Code> codes(const std::string& key) {
    const std::vector<double> values = trace->read(key).values;
    return {values.begin(), values.end()};
  }
  Stored stored(const std::string& key, const ElementFormat& in = kHigh) { return {in.format, codes(key)}; }

  std::unique_ptr<sim::NpzReader> trace;
  std::vector<double> labels;
};

TEST_F(PositNnTrace, SoftmaxAndGradientOfTheLoss) {
  const ChainCall call{.to = kHigh, .outputs = kBatch * kClasses, .round_inputs = true};
  for (const int step : {1, 2, 5}) {
    const std::string at = "step" + std::to_string(step);
    const Stored logits = stored(at + ".logits", kLow);
    std::vector<Code> largest, label(static_cast<std::size_t>(call.outputs));
    for (std::int64_t n = 0; n < kBatch; ++n) {
      const auto row = logits.codes();
      const auto less = [](Code a, Code b) {
        return static_cast<std::int8_t>(a) < static_cast<std::int8_t>(b);
      };  // as posits order
      largest.push_back(*std::max_element(row.begin() + n * kClasses, row.begin() + (n + 1) * kClasses, less));
      const auto right = static_cast<std::int64_t>(labels[static_cast<std::size_t>((step - 1) * kBatch + n)]);
      label[static_cast<std::size_t>(n * kClasses + right)] = 0x40;  // 1
    }
    const auto exponentials = run_chain(softmax_exponential_chain(call, kClasses), {logits, Stored(kLow.format, largest)}, {kHigh});
    EXPECT_EQ(exponentials[0], codes(at + ".softmax.exp")) << at;
    const ChainForm gradient = cross_entropy_gradient_chain(call, kClasses, {.order = CrossEntropyOrder::Fam});
    const auto delta =
        run_chain(gradient, {stored(at + ".softmax.exp"), stored(at + ".softmax.sum"), Stored(kLow.format, label)}, {kHigh});
    EXPECT_EQ(delta[0], codes(at + ".dloss")) << at;
    if (step != 1) continue;
    const auto rounded = run_chain(convert_chain({.to = kLow, .outputs = call.outputs}), {stored(at + ".dloss")}, {kLow});
    EXPECT_EQ(rounded[0], codes(at + ".delta.fc2_out"));
  }
}

TEST_F(PositNnTrace, MomentumSteps) {
  for (const std::string name : {"fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"}) {
    const Stored start = stored("init." + name), first = stored("step1.grad." + name);
    const ChainCall call{.to = kHigh, .outputs = static_cast<std::int64_t>(start.codes().size())};
    const SgdOptions options{.rate = 1.0 / 16, .momentum = 0.5, .first_step = true};
    const auto one = run_chain(sgd_chain(call, options), {start, first}, {kHigh, kHigh});
    EXPECT_EQ(one[0], codes("step1.weight." + name));
    EXPECT_EQ(one[1], codes("step1.velocity." + name));
    SgdOptions next = options;
    next.first_step = false;
    next.copies = 1;
    const auto two = run_chain(sgd_chain(call, next),
                               {stored("step1.weight." + name), stored("step2.grad." + name), stored("step1.velocity." + name)},
                               {kHigh, kHigh, kLow});
    EXPECT_EQ(two[0], codes("step2.weight." + name));
    EXPECT_EQ(two[1], codes("step2.velocity." + name));
    const auto copy = run_chain(convert_chain({.to = kLow, .outputs = call.outputs}), {stored("step2.weight." + name)}, {kLow});
    EXPECT_EQ(two[2], copy[0]);
  }
}

}  // namespace
}  // namespace binade::operations::test
