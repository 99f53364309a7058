// SPDX-License-Identifier: Apache-2.0
// Writes layer tables in a few words: each call appends one layer and returns its index.
#pragma once

#include <string>
#include <vector>

#include "models/networks/network.h"

namespace binade::networks {

struct ConvOptions {
  int stride = 1, pad = 0;
  bool bias = true;
};

class Builder {
 public:
  Builder(std::string name, std::string source, Shape input);

  /// A further input.
  int input(std::string name, Shape shape);
  int conv(std::string name, int input, std::int64_t channels, int kernel, ConvOptions options = {});
  int linear(std::string name, int input, std::int64_t features);
  int relu(std::string name, int input) { return append(std::move(name), Op::Relu, {input}); }
  int max_pool(std::string name, int input, int kernel, int stride, int pad = 0, bool ceil_mode = false);
  /// Average over the whole of a square image of `extent` x `extent`.
  int global_average(std::string name, int input, int extent);
  /// `rate`: of elements that training sets to zero.
  int dropout(std::string name, int input, double rate);
  int batch_norm(std::string name, int input, double epsilon = 1e-5);
  int add(std::string name, int a, int b) { return append(std::move(name), Op::Add, {a, b}); }
  int flatten(std::string name, int input) { return append(std::move(name), Op::Flatten, {input}); }
  int append(std::string name, Op op, std::vector<int> inputs);

  Layer& layer(int index) { return network_.layers[static_cast<std::size_t>(index)]; }
  /// The finished table with its shapes.
  Network finish(int classes);

 private:
  Network network_;
};

// The tables; make_network chooses by name.
Network mlp();
Network lenet5();
Network cifarnet();
Network alexnet_cifar();
Network alexnet();
Network vgg16();
Network googlenet();
Network mobilenetv2();
Network resnet(int depth);        ///< 18, 34, 50, 101, 152
Network resnet_cifar(int depth);  ///< 6n + 2
Network bert_base();

}  // namespace binade::networks
