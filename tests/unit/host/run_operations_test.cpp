// SPDX-License-Identifier: Apache-2.0
// The law of every row of the table of operations: in a network of that layer alone, its shape, its binary64 reference and its run
// on the device agree, in every format family, whatever the batch.
#include <gtest/gtest.h>

#include "models/networks/builder.h"
#include "models/operations/operation_table.h"
#include "tests/support/instance_name.h"
#include "tests/unit/host/small_networks.h"

namespace binade::sim {
namespace {

using networks::Builder;
using networks::Layer;
using networks::Op;
using networks::Shape;

constexpr Op kOps[] = {
#define OPERATION(name, word) Op::name,
#include "models/operations/operations.def"
};

// The attributes of each kind of layer are set whatever the operation: those that it has not are not read.
networks::Network network_of(Op op, int variant) {
  const bool sequence = op == Op::MatMul || (op == Op::Linear && variant == 1);
  Builder b("one", "test", sequence ? (op == Op::Linear ? Shape::tokens(5, 1) : Shape::tokens(5, 6)) : Shape{4, 6, 5});
  const operations::OperationTraits& traits = operations::row(op).traits;
  // A second input of other values: the first normalised; variant 1 of a binary operation is one value per channel.
  const bool two = traits.least_inputs == 2 || (traits.most_inputs == 2 && variant != 2);
  std::vector<int> inputs{0};
  if (two || op == Op::Concat) {
    int second = b.batch_norm("second", 0);
    if (variant == 1 && !sequence && op != Op::Concat) second = b.global_average("means", second, 1);
    if (variant == 1 && !sequence && op != Op::Concat) b.layer(second).window.whole = true;
    inputs.push_back(second);
  }
  const int index = b.append("l", op, inputs);
  Layer& l = b.layer(index);
  const bool convolves = op == Op::Conv2d || op == Op::ConvTranspose2d;
  const bool images = convolves || op == Op::MaxPool || op == Op::AvgPool;
  if (images) l.window = {.kernel_h = 3, .kernel_w = 2, .stride_h = 2, .pad_h = 1, .pad_w = 0, .pad_h_end = 0, .pad_w_end = 1};
  if (op == Op::Pad) l.window = {.pad_h = 1, .pad_w = 2, .pad_h_end = 0, .pad_w_end = 1};
  if (op == Op::AvgPool || op == Op::MaxPool) {  // variant 2: windows beyond the padding
    l.window.count_include_pad = variant != 1;
    l.window.ceil_mode = variant == 2;
    if (variant == 2) l.window.pad_h_end = 1;
  }
  if (op == Op::ConvTranspose2d && variant == 2) l.window.output_pad_h = 1;
  l.groups = convolves && variant == 1 ? 4 : 1;
  l.out_features = op == Op::Slice ? 2 : 8;
  l.first_channel = 1;
  l.bias = convolves || op == Op::Linear;
  l.transpose_b = true;
  l.heads = op == Op::MatMul ? 2 : 1;
  l.scale = op == Op::MatMul ? 0.5 : 1;
  l.alpha = op == Op::LeakyRelu ? 0.1 : -0.3;
  l.beta = 0.7;
  l.shape = op == Op::Reshape ? Shape::tokens(30, 4) : Shape{4, 1, 1};
  if (operations::is_view(op)) b.relu("after", index);
  return b.finish(0);
}

class EveryOperation : public testing::TestWithParam<const char*> {};

TEST_P(EveryOperation, ReferenceAndDeviceAgree) {
  const std::string word = GetParam();
  // Half a unit in the last place of a code is far below these; a misplaced element far above.
  const numerics::FormatSpec format = numerics::parse_format(word);
  const bool coarse = format.bits <= 8 || default_accumulate(format) == numerics::Accumulate::Serial;
  for (const Op op : kOps) {
    if (op == Op::Input) continue;
    for (int variant = 0; variant < 3; ++variant) {
      const networks::Network network = network_of(op, variant);
      RunSpec request = tests::small_request(network, word, 3, 2);
      request.platform.scratchpad.a_bytes = request.platform.scratchpad.b_bytes = request.platform.scratchpad.o_bytes = 4096;
      request.check = true;  // the golden executor gives the same bits, exponents, statistics and events
      const RunReport report = tests::run_literally(request, 7);
      ASSERT_FALSE(report.layers.empty()) << word << ' ' << to_string(op);
      const LayerReport& layer = report.layers.back();
      EXPECT_EQ(layer.elements, 3 * network.layers.back().out.elements()) << word << ' ' << to_string(op);
      // A figure without an error is infinite.
      EXPECT_GT(layer.datapath.sqnr_db, coarse ? 10 : 30) << word << ' ' << to_string(op) << ' ' << variant;
      // Outputs do not depend on the batch where no exponent follows from it.
      if (request.platform.core.format.out.shared_exponent()) continue;
      request.batch = 3;
      EXPECT_EQ(tests::run_literally(request, 8).digest, report.digest) << word << ' ' << to_string(op) << ' ' << variant;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Families, EveryOperation,
                         testing::Values("posit8", "posit16", "posit8es1u", "fp16", "bf16", "fp32", "e6m7", "fp8e4m3", "flex16+5",
                                         "dfp8", "dfp16", "sdfp8", "fixed16.10"),
                         [](const auto& instance) { return tests::instance_name(instance.param); });

}  // namespace
}  // namespace binade::sim
