// SPDX-License-Identifier: Apache-2.0
#include "models/operations/chain/chain_builder.h"

#include <algorithm>

#include "models/numerics/error.h"

namespace binade::operations {

namespace {

bool same(const ChainOperand& a, const ChainOperand& b) {
  return a.at.role == b.at.role && a.at.input == b.at.input && a.at.element == b.at.element && a.inner == b.inner &&
         a.size == b.size;
}

/// Index of `one` among `all`, at whose end it is put where it is new.
template <class T, class Same>
int index_of(std::vector<T>& all, const T& one, Same same_as_one) {
  const auto known = std::find_if(all.begin(), all.end(), same_as_one);
  const auto index = static_cast<int>(known - all.begin());
  if (known == all.end()) all.push_back(one);
  return index;
}
template <class T>
int index_of(std::vector<T>& all, const T& one) {
  return index_of(all, one, [&](const T& other) { return other == one; });
}

}  // namespace

ChainBuilder::Value ChainBuilder::operand(const ChainOperand& operand) {
  return {Value::Kind::Operand, index_of(operands_, operand, [&](const ChainOperand& other) { return same(other, operand); })};
}

ChainBuilder::Value ChainBuilder::input(std::size_t input, const Spread& spread) {
  const Value value = operand({.at = {.input = input}, .inner = spread.inner, .size = spread.size});
  return call_.round_inputs ? step(Primitive::Convert, {value}) : value;
}

ChainBuilder::Value ChainBuilder::constant(double value, const ElementFormat& in) {
  return {Value::Kind::Constant, index_of(constants_, ChainConstant{value, in})};
}

ChainBuilder::Value ChainBuilder::step(Primitive what, std::initializer_list<Value> operands, const ElementFormat& to) {
  if (static_cast<int>(operands.size()) != primitive_row(what).arity)
    throw InvariantError("chain: '" + std::string(primitive_row(what).word) + "' with another number of operands than it takes");
  return {Value::Kind::Step, index_of(steps_, Step{what, operands, to})};
}

int ChainBuilder::register_of(const Value& value) const {
  switch (value.kind_) {
    case Value::Kind::Operand:
      return value.index_;
    case Value::Kind::Constant:
      return static_cast<int>(operands_.size()) + value.index_;
    case Value::Kind::Step:
      return static_cast<int>(operands_.size() + constants_.size()) + value.index_;
  }
  throw InvariantError("chain: no kind of register");
}

ChainForm ChainBuilder::form(const std::vector<Value>& results) const {
  ChainForm form{.operands = operands_, .constants = constants_, .outputs = call_.outputs, .first = call_.first};
  for (const Step& step : steps_) {
    ChainStep one{.what = step.what, .to = step.to};
    int* const registers[] = {&one.a, &one.b, &one.c, &one.d};
    for (std::size_t i = 0; i < step.operands.size(); ++i) *registers[i] = register_of(step.operands[i]);
    form.steps.push_back(one);
  }
  for (const Value& result : results) form.results.push_back(register_of(result));
  return form;
}

}  // namespace binade::operations
