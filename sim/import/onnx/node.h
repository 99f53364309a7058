// SPDX-License-Identifier: Apache-2.0
// One node of a model with its operands, and the questions that every operator asks of it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/import/onnx/constant.h"

namespace onnx {
class AttributeProto;
class NodeProto;
}  // namespace onnx

namespace binade::sim::onnx_import {

/// A tensor of the graph. Without a constant it is what layer `layer` produces, seen with extents `dims`, the first of them the
/// batch: a reshape changes `dims` alone, and becomes a layer where the next operator reads.
struct Value {
  std::shared_ptr<const Constant> constant;
  int layer = -1;
  Dims dims;
  /// Set: the model has the elements in the order height, width, channels, the layer in the order channels, height, width. Those
  /// three extents; `dims` are they, or they flattened.
  std::optional<Dims> channels_last;
  /// Set: `dims` are an Expand's, which no layer carries out; the layer's are these.
  std::optional<Dims> before_expand = {};
};

class Node {
 public:
  Node(const onnx::NodeProto& proto, std::vector<Value> operands, int opset, const std::filesystem::path& folder);

  const std::string& op() const;
  int opset() const { return opset_; }
  std::string name() const;
  const std::string& operand_name(std::size_t i) const;
  std::size_t operands() const { return operands_.size(); }
  std::size_t outputs() const;
  /// Of the output that is not named: false.
  bool has_output(std::size_t i) const;
  bool has(std::size_t i) const { return i < operands_.size() && (operands_[i].constant || operands_[i].layer >= 0); }
  /// Refuses where it is absent.
  const Value& operand(std::size_t i) const;
  /// Computed, and as the network has it.
  const Value& activation(std::size_t i) const;
  const Constant& constant(std::size_t i) const;

  std::int64_t integer(const std::string& key, std::int64_t otherwise) const;
  double real(const std::string& key, double otherwise) const;
  std::string word(const std::string& key, const std::string& otherwise) const;
  std::optional<std::vector<std::int64_t>> list(const std::string& key) const;
  const onnx::AttributeProto* attribute(const std::string& key) const;
  /// A list that is the constant operand `i` or, in older opsets, the attribute `key`.
  std::optional<std::vector<std::int64_t>> list(std::size_t i, const std::string& key) const;
  /// The stored tensor of attribute `key`.
  Constant tensor(const std::string& key) const;

  /// An axis, counted from the end where negative.
  std::size_t axis(std::int64_t value, std::size_t rank) const;

  std::string where() const;  ///< "node 'conv1' (Conv, opset 13)"
  [[noreturn]] void refuse(const std::string& what) const;

 private:
  const onnx::NodeProto& proto_;
  std::vector<Value> operands_;
  int opset_;
  const std::filesystem::path& folder_;
};

/// The result of a node all of whose operands are constant, or of Shape; nothing: no operator of constants. `budget`: elements that
/// such results may still hold.
std::optional<std::vector<Constant>> fold(const Node& node, std::int64_t& budget);

}  // namespace binade::sim::onnx_import
