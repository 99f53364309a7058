// SPDX-License-Identifier: Apache-2.0
#include "sim/import/onnx/sequences.h"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <numbers>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "models/numerics/text.h"
#include "sim/import/onnx/constant.h"
#include "sim/import/onnx/proto.h"

namespace binade::sim::onnx_import {
namespace {

// Exporters store sqrt(2) and 1/2 as binary32, or as float16 in halved models (2^-11 relative).
bool close_to(std::optional<double> value, double wanted) { return value && std::abs(*value - wanted) < wanted * 0x1p-11; }

class Graph {
 public:
  Graph(onnx::GraphProto& graph, const std::filesystem::path& folder) : graph_(graph), folder_(folder) {
    for (const auto& tensor : graph_.initializer()) stored_[tensor.name()] = &tensor;
    for (const auto& output : graph_.output()) ++uses_[output.name()];
    for (int i = 0; i < graph_.node_size(); ++i) {
      for (const auto& output : graph_.node(i).output())
        if (!output.empty()) producer_[output] = i;
      for (const auto& input : graph_.node(i).input()) readers_[input].push_back(i), ++uses_[input];
    }
  }

  const onnx::NodeProto& node(int i) const { return graph_.node(i); }
  int nodes() const { return graph_.node_size(); }
  const std::string& result(int i) const { return node(i).output(0); }

  /// The node of operator `op` that makes `tensor`.
  std::optional<int> made_by(const std::string& tensor, std::string_view op) const {
    const auto found = producer_.find(tensor);
    if (found == producer_.end() || node(found->second).op_type() != op) return std::nullopt;
    return found->second;
  }
  /// The node of operator `op` that is the only reader of node `i`'s result.
  std::optional<int> read_by(int i, std::string_view op) const {
    const auto found = readers_.find(result(i));
    if (found == readers_.end() || !read_once(i)) return std::nullopt;
    const int reader = found->second[0];
    return node(reader).op_type() == op && node(reader).output_size() == 1 ? std::optional(reader) : std::nullopt;
  }
  bool read_once(int i) const { return read_times(i) == 1; }
  /// How often node `i`'s result is read; a graph output counts as a reader.
  int read_times(int i) const {
    const auto found = uses_.find(result(i));
    return found != uses_.end() ? static_cast<int>(found->second) : 0;
  }
  /// Of a node of two operands, the one that is not `tensor`.
  std::optional<std::string> other(int i, const std::string& tensor) const {
    if (node(i).input_size() != 2) return std::nullopt;
    if (node(i).input(0) == tensor) return node(i).input(1);
    if (node(i).input(1) == tensor) return node(i).input(0);
    return std::nullopt;
  }

  const onnx::TensorProto* stored(const std::string& tensor) const {
    const auto initialiser = stored_.find(tensor);
    if (initialiser != stored_.end()) return initialiser->second;
    const auto constant = made_by(tensor, "Constant");
    if (!constant) return nullptr;
    for (const auto& attribute : node(*constant).attribute())
      if (attribute.name() == "value" && attribute.has_t()) return &attribute.t();
    return nullptr;
  }
  std::optional<double> number(const std::string& tensor) const {
    const auto* value = stored(tensor);
    if (value == nullptr) return std::nullopt;
    for (const auto extent : value->dims())
      if (extent != 1) return std::nullopt;
    const Constant constant = decode_tensor(*value, folder_, fmt::format("constant '{}'", printable(tensor)));
    return constant.size() == 1 ? std::optional(constant.real(0)) : std::nullopt;
  }
  bool is_vector(const std::string& tensor) const {
    const auto found = stored_.find(tensor);
    return found != stored_.end() && found->second->dims_size() == 1;
  }

  /// Puts one node in the place of `last`, of which `within` are parts.
  onnx::NodeProto& replace(int last, const char* op, std::set<int> within) {
    gone_.insert(within.begin(), within.end());
    onnx::NodeProto node;
    node.set_op_type(op);
    node.set_name(graph_.node(last).name());
    node.add_output(result(last));
    *graph_.mutable_node(last) = node;
    return *graph_.mutable_node(last);
  }
  void remove_parts() {
    for (auto i = gone_.rbegin(); i != gone_.rend(); ++i) graph_.mutable_node()->DeleteSubrange(*i, 1);
  }

 private:
  onnx::GraphProto& graph_;
  const std::filesystem::path& folder_;
  std::map<std::string, const onnx::TensorProto*> stored_;
  std::map<std::string, int> producer_, uses_;
  std::map<std::string, std::vector<int>> readers_;
  std::set<int> gone_;
};

/// x * 0.5 * (1 + erf(x / sqrt 2)), the three factors in any order.
void join_gelu(Graph& graph, int erf) {
  const std::string& scaled = graph.node(erf).input(0);
  const auto quotient = graph.made_by(scaled, "Div"), product = graph.made_by(scaled, "Mul");
  const int scale = quotient.value_or(product.value_or(-1));
  if (scale < 0 || !graph.read_once(scale) || graph.node(scale).input_size() != 2) return;
  const std::string x = graph.node(scale).input(0), root = graph.node(scale).input(1);
  if (!close_to(graph.number(root), quotient ? std::numbers::sqrt2 : 1 / std::numbers::sqrt2)) return;
  const auto sum = graph.read_by(erf, "Add");
  if (!sum || !close_to(graph.number(graph.other(*sum, graph.result(erf)).value_or("")), 1)) return;
  const auto first = graph.read_by(*sum, "Mul");
  if (!first) return;
  const auto is_half = [&](const std::string& tensor) { return close_to(graph.number(tensor), 0.5); };
  const std::string factor = graph.other(*first, graph.result(*sum)).value_or("");
  std::set<int> within{scale, erf, *sum};
  int last = *first;
  const auto half_of_x = graph.made_by(factor, "Mul");
  if (half_of_x && graph.read_once(*half_of_x) && is_half(graph.other(*half_of_x, x).value_or(""))) {
    within.insert(*half_of_x);
  } else {
    const auto second = graph.read_by(*first, "Mul");
    if (!second) return;
    const std::string rest = graph.other(*second, graph.result(*first)).value_or("");
    if (!((factor == x && is_half(rest)) || (is_half(factor) && rest == x))) return;
    within.insert(*first);
    last = *second;
  }
  graph.replace(last, "Gelu", std::move(within)).add_input(x);
}

/// ReduceMean over one axis that stays, and which.
std::optional<std::int64_t> axis_of_mean(const Graph& graph, int mean, const std::filesystem::path& folder) {
  const auto& node = graph.node(mean);
  std::optional<std::int64_t> axis;
  for (const auto& attribute : node.attribute()) {
    if (attribute.name() == "keepdims" && attribute.i() == 0) return std::nullopt;
    if (attribute.name() == "axes" && attribute.ints_size() == 1) axis = attribute.ints(0);
  }
  if (node.input_size() == 2) {
    const auto* axes = graph.stored(node.input(1));
    if (axes == nullptr || axes->dims_size() > 1) return std::nullopt;
    const Constant list = decode_tensor(*axes, folder, fmt::format("constant '{}'", printable(node.input(1))));
    if (list.integer && list.size() == 1) axis = list.ints[0];
  }
  return axis;
}

/// (x - mean) / sqrt(mean of (x - mean)^2 + epsilon), times and plus a vector.
void join_layer_norm(Graph& graph, int root, const std::filesystem::path& folder) {
  const auto biased = graph.made_by(graph.node(root).input(0), "Add");
  if (!biased || !graph.read_once(*biased) || graph.node(*biased).input_size() != 2) return;
  const auto variance = graph.made_by(graph.node(*biased).input(0), "ReduceMean");
  const auto epsilon = graph.number(graph.node(*biased).input(1));
  if (!variance || !epsilon || !graph.read_once(*variance)) return;
  const auto square = graph.made_by(graph.node(*variance).input(0), "Pow");
  if (!square || !graph.read_once(*square) || graph.node(*square).input_size() != 2 ||
      !close_to(graph.number(graph.node(*square).input(1)), 2))
    return;
  const auto centred = graph.made_by(graph.node(*square).input(0), "Sub");
  if (!centred || graph.read_times(*centred) != 2 || graph.node(*centred).input_size() != 2) return;
  const std::string x = graph.node(*centred).input(0);
  const auto mean = graph.made_by(graph.node(*centred).input(1), "ReduceMean");
  if (!mean || graph.node(*mean).input(0) != x || !graph.read_once(*mean)) return;
  const auto axis = axis_of_mean(graph, *mean, folder);
  if (!axis || axis != axis_of_mean(graph, *variance, folder)) return;
  const auto quotient = graph.read_by(root, "Div");
  if (!quotient || graph.other(*quotient, graph.result(root)) != graph.result(*centred) ||
      graph.node(*quotient).input(1) != graph.result(root))
    return;
  std::set<int> within{*mean, *centred, *square, *variance, *biased, root};
  std::vector<std::string> inputs{x};
  int last = *quotient;
  for (const char* op : {"Mul", "Add"}) {
    const auto next = graph.read_by(last, op);
    const auto vector = next ? graph.other(*next, graph.result(last)) : std::nullopt;
    if (!vector || !graph.is_vector(*vector)) break;
    within.insert(last);
    inputs.push_back(*vector);
    last = *next;
  }
  auto& node = graph.replace(last, "LayerNormalization", std::move(within));
  for (const auto& input : inputs) node.add_input(input);
  auto& attribute = *node.add_attribute();
  attribute.set_name("epsilon");
  attribute.set_type(onnx::AttributeProto::FLOAT);
  attribute.set_f(static_cast<float>(*epsilon));
  auto& along = *node.add_attribute();
  along.set_name("axis");
  along.set_type(onnx::AttributeProto::INT);
  along.set_i(*axis);
}

}  // namespace

void join_sequences(onnx::GraphProto& proto, const std::filesystem::path& folder) {
  Graph graph(proto, folder);
  for (int i = 0; i < graph.nodes(); ++i) {
    const auto& node = graph.node(i);
    if (node.input_size() != 1 || node.output_size() != 1 || !node.domain().empty()) continue;
    if (node.op_type() == "Erf") join_gelu(graph, i);
    if (node.op_type() == "Sqrt") join_layer_norm(graph, i, folder);
  }
  graph.remove_parts();
}

}  // namespace binade::sim::onnx_import
