// SPDX-License-Identifier: Apache-2.0
#include "models/operations/chain/chain_builder.h"

#include <algorithm>

#include "models/numerics/error.h"

namespace binade::operations {

ChainBuilder::Value ChainBuilder::operand(const ChainOperand& operand) {
  operands_.push_back(operand);
  return {Value::Kind::Operand, static_cast<int>(operands_.size()) - 1};
}

ChainBuilder::Value ChainBuilder::constant(double value, const ElementFormat& in) {
  const ChainConstant constant{value, in};
  const auto known = std::find(constants_.begin(), constants_.end(), constant);
  const int index = static_cast<int>(known - constants_.begin());
  if (known == constants_.end()) constants_.push_back(constant);
  return {Value::Kind::Constant, index};
}

ChainBuilder::Value ChainBuilder::step(Primitive what, std::initializer_list<Value> operands, const ElementFormat& to) {
  if (static_cast<int>(operands.size()) != primitive_row(what).arity)
    throw InvariantError("chain: '" + std::string(primitive_row(what).word) + "' with another number of operands than it takes");
  steps_.push_back({what, operands, to});
  return {Value::Kind::Step, static_cast<int>(steps_.size()) - 1};
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

ChainForm ChainBuilder::form(std::initializer_list<Value> results, std::int64_t outputs, std::int64_t first) const {
  ChainForm form{.operands = operands_, .constants = constants_, .outputs = outputs, .first = first};
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
