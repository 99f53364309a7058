// SPDX-License-Identifier: Apache-2.0
#include "sim/import/onnx/node.h"

#include <fmt/format.h>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "sim/import/onnx/proto.h"

namespace binade::sim::onnx_import {

using onnx::AttributeProto;

Node::Node(const onnx::NodeProto& proto, std::vector<Value> operands, int opset, const std::filesystem::path& folder)
    : proto_(proto), operands_(std::move(operands)), opset_(opset), folder_(folder) {}

const std::string& Node::op() const { return proto_.op_type(); }
std::size_t Node::outputs() const { return static_cast<std::size_t>(proto_.output_size()); }
bool Node::has_output(std::size_t i) const { return i < outputs() && !proto_.output(static_cast<int>(i)).empty(); }

const Value& Node::operand(std::size_t i) const {
  if (!has(i)) refuse(fmt::format("operand {} is missing", i + 1));
  return operands_[i];
}
const Value& Node::activation(std::size_t i) const {
  const Value& value = operand(i);
  if (value.constant) refuse(fmt::format("operand {} is a constant; allowed: a tensor that the network computes", i + 1));
  if (value.before_expand)
    refuse(fmt::format("operand {} was expanded to {}; allowed: as an operand of Add, Sub and Mul with a tensor of those extents",
                       i + 1, text(value.dims)));
  return value;
}
const Constant& Node::constant(std::size_t i) const {
  const Value& value = operand(i);
  if (!value.constant) refuse(fmt::format("operand {} is computed; allowed: an initialiser or what follows from constants", i + 1));
  return *value.constant;
}

const AttributeProto* Node::attribute(const std::string& key) const {
  for (const auto& attribute : proto_.attribute())
    if (attribute.name() == key) return &attribute;
  return nullptr;
}
std::int64_t Node::integer(const std::string& key, std::int64_t otherwise) const {
  const auto* found = attribute(key);
  if (found == nullptr) return otherwise;
  if (!found->has_i()) refuse(fmt::format("attribute {} is no integer", key));
  return found->i();
}
double Node::real(const std::string& key, double otherwise) const {
  const auto* found = attribute(key);
  if (found == nullptr) return otherwise;
  if (!found->has_f()) refuse(fmt::format("attribute {} is no number", key));
  return found->f();
}
std::string Node::word(const std::string& key, const std::string& otherwise) const {
  const auto* found = attribute(key);
  if (found == nullptr) return otherwise;
  if (!found->has_s()) refuse(fmt::format("attribute {} is no word", key));
  return found->s();
}
std::optional<std::vector<std::int64_t>> Node::list(const std::string& key) const {
  const auto* found = attribute(key);
  if (found == nullptr) return std::nullopt;
  if (found->has_i() || found->has_f() || found->has_s() || found->has_t() || found->floats_size() > 0)
    refuse(fmt::format("attribute {} is no list of integers", key));
  return std::vector<std::int64_t>(found->ints().begin(), found->ints().end());
}
std::optional<std::vector<std::int64_t>> Node::list(std::size_t i, const std::string& key) const {
  if (!has(i)) return list(key);
  const Constant& values = constant(i);
  if (!values.integer || values.dims.size() > 1) refuse(fmt::format("operand {} is no list of integers", i + 1));
  return values.ints;
}
Constant Node::tensor(const std::string& key) const {
  const auto* found = attribute(key);
  if (found == nullptr || !found->has_t()) refuse(fmt::format("attribute {} is no tensor", key));
  return decode_tensor(found->t(), folder_, where() + ": " + key);
}

std::size_t Node::axis(std::int64_t value, std::size_t rank) const {
  const auto count = static_cast<std::int64_t>(rank);
  if (value < -count || value >= count) refuse(fmt::format("axis {} of a tensor of rank {}", value, rank));
  return static_cast<std::size_t>(value < 0 ? value + count : value);
}

std::string Node::name() const {
  return printable(proto_.name().empty() && proto_.output_size() > 0 ? proto_.output(0) : proto_.name());
}
const std::string& Node::operand_name(std::size_t i) const { return proto_.input(static_cast<int>(i)); }

std::string Node::where() const {
  return fmt::format("node '{}' ({}{}{}, opset {})", name(), printable(proto_.domain()), proto_.domain().empty() ? "" : ".",
                     printable(proto_.op_type()), opset_);
}
void Node::refuse(const std::string& what) const { throw InputError(where() + ": " + what); }

}  // namespace binade::sim::onnx_import
