// SPDX-License-Identifier: Apache-2.0
// The network that a model becomes, layer by layer.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "sim/import/onnx/import_onnx.h"
#include "sim/import/onnx/node.h"

namespace binade::sim::onnx_import {

class Builder {
 public:
  /// `uses`: how many nodes and outputs read each tensor.
  explicit Builder(std::map<std::string, int> uses) : uses_(std::move(uses)) {}

  /// An input of the model with extents `dims`; `channels_last`: they are batch, height, width, channels.
  Value input(const std::string& name, const Dims& dims, bool channels_last);

  /// Appends `layer`, which reads `values`, with its shape. The result has the extents of the layer's output.
  Value append(const Node& node, networks::Layer layer, const std::vector<Value>& values);
  /// As above, of a layer that keeps its first operand's extents and order of elements.
  Value append_alike(const Node& node, networks::Layer layer, const Value& value);
  void parameter(int layer, const char* suffix, Dims shape, std::vector<double> values);

  /// What the network knows of extents with a batch: rank 2 features, rank 3 tokens and features, rank 4 images.
  networks::Shape sample(const Node& node, const Dims& dims) const;
  std::int64_t batch() const { return batch_; }
  networks::Layer& layer(int index) { return result_.network.layers[static_cast<std::size_t>(index)]; }
  bool read_once(const std::string& tensor) const { return uses_.at(tensor) == 1; }
  /// A layer's name: that of its weight's initialiser less `.weight`, else the node's.
  std::string name_for(const Node& node, std::size_t weight) const;
  void note(std::string text) { result_.notes.push_back(std::move(text)); }
  ImportedModel finish(std::string name, std::string source);

 private:
  /// The layer whose output is `value` with its extents: the producer, or a view appended behind it.
  int read(const Node& node, const Value& value);
  int push(networks::Layer layer);
  std::string unique(const std::string& name);

  ImportedModel result_;
  std::map<std::string, int> uses_;
  std::set<std::string> names_;
  std::map<std::pair<int, Dims>, int> views_;
  std::int64_t batch_ = 0;
};

}  // namespace binade::sim::onnx_import
