// SPDX-License-Identifier: Apache-2.0
#include "tests/support/training_networks.h"

#include <utility>

#include "models/networks/builder.h"
#include "models/numerics/error.h"

namespace binade::support {
namespace {

using networks::Builder;
using networks::Network;
using operations::Op;
using operations::Shape;

Network mlp() {
  Builder net("mlp", "", {5, 1, 1});
  net.linear("fc2", net.relu("relu1", net.linear("fc1", 0, 7)), 3);
  return net.finish(3);
}
Network convolutions() {
  Builder net("convolutions", "", {2, 7, 6});
  const int a = net.conv("conv1", 0, 4, 3, {.stride = 2, .pad = 1});
  const int b = net.conv("conv2", a, 6, 2, {.stride = 1, .pad = 0, .bias = false});
  net.layer(b).groups = 2;
  net.linear("fc", net.flatten("flat", b), 3);
  return net.finish(3);
}
Network dilated() {
  Builder net("dilated", "", {2, 9, 8});
  const int a = net.conv("conv1", 0, 3, 3, {.stride = 2, .pad = 2});
  net.layer(a).window.dilation_h = 2;
  net.layer(a).window.pad_w_end = 1;
  net.linear("fc", net.flatten("flat", a), 3);
  return net.finish(3);
}
Network pools() {
  Builder net("pools", "", {2, 7, 7});
  const int a = net.conv("conv1", 0, 4, 3, {.pad = 1});
  const int m = net.max_pool("max", a, 3, 2, 1);
  const int v = net.append("average", Op::AvgPool, {m});
  net.layer(v).window.kernel_h = net.layer(v).window.kernel_w = 2;
  net.layer(v).window.stride_h = 2;
  net.linear("fc", net.flatten("flat", v), 3);
  return net.finish(3);
}
Network functions() {
  Builder net("functions", "", {6, 1, 1});
  int at = net.linear("fc1", 0, 6);
  for (const auto& [name, op] : {std::pair{"tanh", Op::Tanh}, {"sigmoid", Op::Sigmoid}, {"gelu", Op::Gelu}}) {
    at = net.append(name, op, {at});
    at = net.linear(std::string("after_") + name, at, 6);
  }
  at = net.append("leaky", Op::LeakyRelu, {at});
  net.layer(at).alpha = 0.25;
  net.linear("fc", at, 3);
  return net.finish(3);
}
Network clipped() {
  Builder net("clipped", "", {6, 1, 1});
  const int at = net.append("clip", Op::Clip, {net.linear("fc1", 0, 12)});
  net.layer(at).alpha = -0.25;
  net.layer(at).beta = 0.5;
  net.linear("fc", at, 3);
  return net.finish(3);
}
Network normalised() {
  Builder net("normalised", "", {3, 4, 4});
  int at = net.batch_norm("bn1", net.conv("conv1", 0, 4, 3, {.pad = 1}));
  at = net.relu("relu1", at);
  at = net.linear("fc1", net.flatten("flat", at), 6);
  at = net.batch_norm("bn2", at);
  net.linear("fc", at, 3);
  return net.finish(3);
}
// More channels than a chunk of outputs has, of images that are small: chunks begin in one sample and end in the next.
Network wide() {
  Builder net("wide", "", {2, 3, 3});
  const int at = net.batch_norm("bn1", net.conv("conv1", 0, 160, 1));
  net.linear("fc", net.flatten("flat", at), 3);
  return net.finish(3);
}
Network residual() {
  Builder net("residual", "", {4, 6, 6});
  const int a = net.relu("relu0", net.conv("conv0", 0, 4, 3, {.pad = 1}));
  const int b = net.conv("conv2", net.relu("relu1", net.conv("conv1", a, 8, 3, {.stride = 2, .pad = 1})), 8, 3, {.pad = 1});
  const int shortcut = net.append("shortcut", Op::Subsample, {a});
  net.layer(shortcut).window.stride_h = net.layer(shortcut).window.stride_w = 2;
  net.layer(shortcut).out_features = 8;
  const int sum = net.relu("relu2", net.add("add", b, shortcut));
  const int joined = net.append("concat", Op::Concat, {sum, b});
  const int kept = net.append("slice", Op::Slice, {joined});
  net.layer(kept).first_channel = 3;
  net.layer(kept).out_features = 9;
  const int padded = net.append("pad", Op::Pad, {kept});
  net.layer(padded).window.pad_h = 1;
  net.layer(padded).window.pad_w_end = 2;
  const int product = net.append("mul", Op::Mul, {padded, padded});
  const int difference = net.append("sub", Op::Sub, {product, padded});
  net.linear("fc", net.flatten("flat", difference), 3);
  return net.finish(3);
}
Network dropped() {
  Builder net("dropped", "", {8, 1, 1});
  const int a = net.relu("relu1", net.linear("fc1", 0, 16));
  const int d = net.append("drop", Op::Dropout, {a});
  net.layer(d).rate = 0.25;
  net.linear("fc", d, 3);
  return net.finish(3);
}
Network attention() {
  Builder net("attention", "", Shape::tokens(4, 6));
  const int q = net.linear("q", 0, 6), k = net.linear("k", 0, 6);
  const int scores = net.append("scores", Op::MatMul, {q, k});
  net.layer(scores).transpose_b = true;
  net.layer(scores).heads = 2;
  net.layer(scores).scale = 0.5;
  const int mixed = net.append("mixed", Op::MatMul, {scores, k});
  net.layer(mixed).heads = 2;
  const int norm = net.append("norm", Op::LayerNorm, {mixed});
  net.linear("fc", net.flatten("flat", norm), 3);
  return net.finish(3);
}

Network softmaxes() {
  Builder net("softmaxes", "", Shape::tokens(4, 6));
  const int soft = net.append("soft", Op::Softmax, {net.linear("fc1", 0, 6)});
  net.layer(soft).heads = 2;
  const int logarithm = net.append("log", Op::LogSoftmax, {net.linear("fc2", soft, 6)});
  net.linear("fc", net.flatten("flat", logarithm), 3);
  return net.finish(3);
}

}  // namespace

const std::vector<TrainingNetwork>& training_networks() {
  static const std::vector<TrainingNetwork> all{{"mlp", mlp},
                                                {"convolutions", convolutions},
                                                {"dilated", dilated},
                                                {"pools", pools},
                                                {"functions", functions},
                                                {"clipped", clipped},
                                                {"normalised", normalised},
                                                {"wide", wide},
                                                {"residual", residual},
                                                {"dropped", dropped},
                                                {"attention", attention},
                                                {"softmaxes", softmaxes}};
  return all;
}

networks::Network training_network(const std::string& name) {
  for (const TrainingNetwork& one : training_networks())
    if (one.name == name) return one.network();
  throw InvariantError("tests: no network " + name);
}

operations::Parameters drawn_parameters(const networks::Network& network, std::mt19937_64& random) {
  std::normal_distribution<double> draw(0, 0.4);
  operations::Parameters parameters;
  for (int i = 0; i < static_cast<int>(network.layers.size()); ++i)
    for (const networks::ParameterShape& shape : networks::parameter_shapes(network, i)) {
      operations::Tensor tensor{.shape = shape.shape, .values = {}};
      tensor.values.resize(static_cast<std::size_t>(tensor.elements()));
      for (double& value : tensor.values) value = draw(random);
      if (shape.name.ends_with("running_var"))
        for (double& value : tensor.values) value = 1 + value * value;
      parameters.emplace(shape.name, std::move(tensor));
    }
  return parameters;
}

}  // namespace binade::support
