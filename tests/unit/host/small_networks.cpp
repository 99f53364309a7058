// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/host/small_networks.h"

#include <utility>

#include "models/networks/builder.h"
#include "tests/support/literal_device.h"

namespace binade::tests {

using networks::Builder;
using networks::Op;

networks::Network small_residual() {
  Builder b("small-residual", "test", {3, 9, 9});
  int x = b.conv("conv1", 0, 4, 3, {.stride = 2, .pad = 1});
  x = b.relu("relu1", b.batch_norm("bn1", x));
  const int pooled = b.max_pool("pool", x, 2, 2, 1, true);
  const int left = b.relu("relu2", b.conv("conv2", pooled, 4, 3, {.pad = 1}));
  const int right = b.conv("conv3", pooled, 2, 1);
  const int joined = b.append("concat", Op::Concat, {left, right});
  const int shortcut = b.append("shortcut", Op::Subsample, {pooled});
  b.layer(shortcut).out_features = 6;
  x = b.relu("relu3", b.add("add", joined, shortcut));
  x = b.global_average("average", x, 3);
  b.linear("fc", b.flatten("flatten", x), 5);
  return b.finish(5);
}

networks::Network small_attention() {
  Builder b("small-attention", "test", networks::Shape::tokens(5, 8));
  const int query = b.linear("query", 0, 8), key = b.linear("key", 0, 8), value = b.linear("value", 0, 8);
  const int scores = b.append("scores", Op::MatMul, {query, key});
  b.layer(scores).transpose_b = true;
  b.layer(scores).heads = 2;
  b.layer(scores).scale = 0.5;
  const int probabilities = b.append("softmax", Op::Softmax, {scores});
  b.layer(probabilities).heads = 2;
  const int context = b.append("context", Op::MatMul, {probabilities, value});
  b.layer(context).heads = 2;
  const int normed = b.append("norm", Op::LayerNorm, {b.add("add", context, 0)});
  b.append("gelu", Op::Gelu, {b.linear("dense", normed, 12)});
  return b.finish(0);
}

networks::Network small_pair() {
  Builder b("small-pair", "test", {7, 1, 1});
  b.layer(0).name = "left";
  const int right = b.input("right", {5, 1, 1});
  b.linear("fc_left", 0, 4);
  b.linear("fc_right", right, 6);
  return b.finish(0);
}

sim::RunSpec small_request(networks::Network network, const std::string& format, std::int64_t samples, std::int64_t batch) {
  sim::RunSpec request;
  request.network = std::move(network);
  request.parameters = sim::synthetic_parameters(request.network, 4);
  request.inputs = sim::synthetic_inputs(request.network, samples, 4);
  request.batch = batch;
  request.energy_table = cost::EnergyTable::load(BINADE_ENERGY_TABLE);
  hw::PlatformConfig& platform = request.platform;
  platform.core.format = numerics::parse_format(format);
  platform.core.accumulate.policy = default_accumulate(platform.core.format.out);
  platform.core.accumulate.rounding = platform.core.format.default_rounding();
  platform.core.rows = platform.core.cols = 4;
  platform.scratchpad.a_bytes = platform.scratchpad.b_bytes = platform.scratchpad.o_bytes = 1024;
  return request;
}

sim::RunReport run_literally(const sim::RunSpec& request, std::uint64_t order_seed) {
  LiteralDevice device(request.platform, order_seed);
  return sim::run_network(request, device);
}

}  // namespace binade::tests
