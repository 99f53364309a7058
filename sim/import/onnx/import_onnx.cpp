// SPDX-License-Identifier: Apache-2.0
#include "sim/import/onnx/import_onnx.h"

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>

#include <deque>
#include <fstream>
#include <limits>
#include <set>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "sim/import/onnx/builder.h"
#include "sim/import/onnx/operators.h"
#include "sim/import/onnx/proto.h"
#include "sim/import/onnx/sequences.h"

namespace binade::sim {
namespace onnx_import {
namespace {

constexpr std::int64_t kFoldedElements = std::int64_t{1} << 28;
constexpr std::int64_t kOldestOpset = 9, kNewestOpset = 20;

[[noreturn]] void refuse(const std::string& what) { throw InputError(what); }

onnx::ModelProto parse(const std::filesystem::path& file) {
  google::protobuf::SetLogHandler(nullptr);
  std::ifstream stream(file, std::ios::binary);
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  if (!stream || error) refuse("cannot read the file");
  if (size > static_cast<std::uintmax_t>(std::numeric_limits<int>::max()))
    refuse("more than 2 GiB; allowed: larger weights as external data");
  onnx::ModelProto model;
  google::protobuf::io::IstreamInputStream input(&stream);
  google::protobuf::io::CodedInputStream coded(&input);
  if (!model.ParseFromCodedStream(&coded) || !coded.ConsumedEntireMessage()) refuse("no ONNX model, or a part of one");
  if (!model.has_graph() || !model.has_ir_version() || model.opset_import_size() == 0)
    refuse("no ONNX model: a graph, an ir_version and operator sets are missing");
  return model;
}

int opset_of(const onnx::ModelProto& model) {
  for (const auto& set : model.opset_import())
    if (set.domain().empty() || set.domain() == "ai.onnx") {
      if (set.version() < kOldestOpset || set.version() > kNewestOpset)
        refuse(fmt::format("opset {}; allowed: {} to {}", set.version(), kOldestOpset, kNewestOpset));
      return static_cast<int>(set.version());
    }
  refuse("no version of ONNX's own operators");
}

class Importer {
 public:
  Importer(const onnx::ModelProto& model, std::filesystem::path folder)
      : graph_(model.graph()), folder_(std::move(folder)), opset_(opset_of(model)), builder_(count_uses()) {}

  ImportedModel import(std::string name, std::string source) {
    initialisers();
    find_producers();
    const auto needed = needed_nodes();
    inputs(needed);
    for (const int index : in_order(needed)) run(index);
    for (const auto& output : graph_.output()) {
      const auto found = values_.find(output.name());
      if (found == values_.end()) refuse(fmt::format("output '{}': nothing produces it", printable(output.name())));
      if (found->second.constant) refuse(fmt::format("output '{}': a constant", printable(output.name())));
      if (found->second.channels_last)
        builder_.note(fmt::format("output '{}': given as channels, height, width", printable(output.name())));
    }
    if (graph_.output_size() == 0) refuse("the graph has no output");
    return builder_.finish(std::move(name), std::move(source));
  }

 private:
  const onnx::NodeProto& node(int index) const { return graph_.node(index); }

  std::map<std::string, int> count_uses() const {
    std::map<std::string, int> uses;
    for (const auto& node : graph_.node())
      for (const auto& input : node.input()) ++uses[input];
    for (const auto& output : graph_.output()) ++uses[output.name()];
    return uses;
  }

  void initialisers() {
    if (graph_.sparse_initializer_size() > 0) refuse("sparse initialisers are not read; allowed: dense ones");
    for (const auto& tensor : graph_.initializer()) {
      const auto where = fmt::format("initialiser '{}'", printable(tensor.name()));
      if (stored_.count(tensor.name()) != 0) refuse(where + ": comes twice");
      stored_[tensor.name()] = &tensor;
    }
  }

  void find_producers() {
    for (int i = 0; i < graph_.node_size(); ++i)
      for (const auto& output : node(i).output()) {
        if (output.empty()) continue;
        const bool input =
            std::any_of(graph_.input().begin(), graph_.input().end(), [&](const auto& in) { return in.name() == output; });
        if (stored_.count(output) != 0 || input || !producer_.emplace(output, i).second)
          refuse(fmt::format("tensor '{}': produced twice", printable(output)));
      }
  }

  /// Nodes that an output depends on.
  std::set<int> needed_nodes() const {
    std::set<int> needed;
    std::deque<std::string> open;
    for (const auto& output : graph_.output()) open.push_back(output.name());
    while (!open.empty()) {
      const auto found = producer_.find(open.front());
      open.pop_front();
      if (found == producer_.end() || !needed.insert(found->second).second) continue;
      for (const auto& input : node(found->second).input()) open.push_back(input);
    }
    return needed;
  }

  void inputs(const std::set<int>& needed) {
    std::map<std::string, std::vector<int>> readers;
    for (const int index : needed)
      for (const auto& name : node(index).input()) readers[name].push_back(index);
    for (const auto& input : graph_.input()) {
      if (stored_.count(input.name()) != 0 || readers.count(input.name()) == 0) continue;
      const auto where = fmt::format("input '{}'", printable(input.name()));
      if (!input.type().has_tensor_type() || !input.type().tensor_type().has_shape()) refuse(where + ": no tensor with extents");
      const auto& type = input.type().tensor_type();
      using T = onnx::TensorProto;
      if (type.elem_type() != T::FLOAT && type.elem_type() != T::FLOAT16 && type.elem_type() != T::DOUBLE &&
          type.elem_type() != T::BFLOAT16)
        refuse(fmt::format("{}: element type {}; allowed: float, double, float16, bfloat16", where, type.elem_type()));
      Dims dims;
      for (int i = 0; i < type.shape().dim_size(); ++i) {
        const auto& extent = type.shape().dim(i);
        if (i > 0 && !extent.has_dim_value())
          refuse(fmt::format("{}: extent {} is '{}'; allowed: numbers, but for the batch", where, i + 1,
                             printable(extent.dim_param())));
        dims.push_back(extent.has_dim_value() && (i > 0 || extent.dim_value() > 0) ? extent.dim_value() : 1);
      }
      const auto& by = readers[input.name()];
      const bool channels_last =
          dims.size() == 4 && std::any_of(by.begin(), by.end(), [&](int i) { return to_channels_first(node(i)); });
      if (values_.count(input.name()) != 0) refuse(where + ": comes twice");
      values_[input.name()] = builder_.input(input.name(), dims, channels_last);
    }
  }

  static bool to_channels_first(const onnx::NodeProto& node) {
    if (node.op_type() != "Transpose") return false;
    for (const auto& attribute : node.attribute())
      if (attribute.name() == "perm")
        return std::vector<std::int64_t>(attribute.ints().begin(), attribute.ints().end()) == std::vector<std::int64_t>{0, 3, 1, 2};
    return false;
  }

  /// Every node after those that it reads, otherwise as the file has them.
  std::vector<int> in_order(const std::set<int>& needed) const {
    std::map<int, std::vector<int>> readers;
    std::map<int, int> waiting;
    std::set<int> ready;
    for (const int index : needed) {
      int count = 0;
      for (const auto& name : node(index).input()) {
        if (name.empty() || values_.count(name) != 0 || stored_.count(name) != 0) continue;
        const auto found = producer_.find(name);
        if (found == producer_.end())
          refuse(fmt::format("node '{}' ({}): reads '{}', which nothing produces", printable(node(index).name()),
                             printable(node(index).op_type()), printable(name)));
        readers[found->second].push_back(index);
        ++count;
      }
      waiting[index] = count;
      if (count == 0) ready.insert(index);
    }
    std::vector<int> order;
    while (!ready.empty()) {
      const int index = *ready.begin();
      ready.erase(ready.begin());
      order.push_back(index);
      for (const int reader : readers[index])
        if (--waiting[reader] == 0) ready.insert(reader);
    }
    if (order.size() != needed.size()) {
      const auto stuck = std::find_if(needed.begin(), needed.end(), [&](int i) { return waiting.at(i) > 0; });
      refuse(
          fmt::format("node '{}' ({}): the graph has a cycle", printable(node(*stuck).name()), printable(node(*stuck).op_type())));
    }
    return order;
  }

  Value value_of(const std::string& name) {
    if (name.empty()) return {};
    const auto known = values_.find(name);
    if (known != values_.end()) return known->second;
    const auto stored = stored_.find(name);
    if (stored == stored_.end()) return {};  // an output that its node does not have
    const auto constant =
        std::make_shared<const Constant>(decode_tensor(*stored->second, folder_, fmt::format("initialiser '{}'", printable(name))));
    return values_[name] = {.constant = constant, .layer = -1, .dims = constant->dims, .channels_last = {}};
  }

  void run(int index) {
    const auto& proto = node(index);
    std::vector<Value> operands;
    for (const auto& name : proto.input()) operands.push_back(value_of(name));
    const Node node(proto, std::move(operands), opset_, folder_);
    if (!proto.domain().empty() && proto.domain() != "ai.onnx")
      node.refuse("an operator that is not ONNX's own; allowed: those of the domain ai.onnx");
    if (auto constants = fold(node, budget_)) {
      std::vector<Value> results;
      for (auto& constant : *constants) {
        const auto shared = std::make_shared<const Constant>(std::move(constant));
        results.push_back({.constant = shared, .layer = -1, .dims = shared->dims, .channels_last = {}});
      }
      return store(node, proto, results);
    }
    store(node, proto, map_node(node, builder_));
  }

  void store(const Node& node, const onnx::NodeProto& proto, const std::vector<Value>& results) {
    for (int i = 0; i < proto.output_size(); ++i) {
      if (proto.output(i).empty()) continue;
      if (static_cast<std::size_t>(i) >= results.size()) {
        if (builder_uses(proto.output(i))) node.refuse(fmt::format("its output {} is not computed", i + 1));
        continue;
      }
      values_[proto.output(i)] = results[static_cast<std::size_t>(i)];
    }
  }
  bool builder_uses(const std::string& name) const {
    for (const auto& node : graph_.node())
      if (std::find(node.input().begin(), node.input().end(), name) != node.input().end()) return true;
    return false;
  }

  const onnx::GraphProto& graph_;
  std::filesystem::path folder_;
  int opset_;
  Builder builder_;
  std::map<std::string, const onnx::TensorProto*> stored_;
  std::map<std::string, int> producer_;
  std::map<std::string, Value> values_;
  std::int64_t budget_ = kFoldedElements;
};

}  // namespace
}  // namespace onnx_import

ImportedModel import_onnx(const std::filesystem::path& file) {
  try {
    auto model = onnx_import::parse(file);
    const auto folder = file.parent_path();
    onnx_import::join_sequences(*model.mutable_graph(), folder);
    const auto producer = model.producer_name().empty() ? std::string("an unnamed exporter") : printable(model.producer_name());
    auto name = printable(file.stem().string());
    return onnx_import::Importer(model, folder)
        .import(std::move(name), fmt::format("ONNX model of {} {}", producer, printable(model.producer_version())));
  } catch (const InputError& error) {
    throw InputError(fmt::format("{}: {}", printable(file.string()), error.what()));
  }
}

bool looks_like_onnx(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return stream.get() == 0x08;
}

}  // namespace binade::sim
