// SPDX-License-Identifier: Apache-2.0
// Writes ChainForms with registers by name, in any order of operands, constants and steps.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "models/operations/chain/chain.h"

namespace binade::operations {

class ChainBuilder {
 public:
  /// A register of the form under construction.
  class Value {
   public:
    bool operator==(const Value&) const = default;

   private:
    friend class ChainBuilder;
    enum class Kind : std::uint8_t { Operand, Constant, Step };
    Value(Kind kind, int index) : kind_(kind), index_(index) {}
    Kind kind_;
    int index_;
  };

  /// `to`: of steps and constants that name no format.
  explicit ChainBuilder(const ElementFormat& to) : to_(to) {}

  Value operand(const ChainOperand& operand);
  /// Element e of input `input` for output e.
  Value input(std::size_t input) { return operand({.at = {.input = input}}); }
  Value constant(double value) { return constant(value, to_); }
  Value constant(double value, const ElementFormat& in);
  Value step(Primitive what, std::initializer_list<Value> operands) { return step(what, operands, to_); }
  Value step(Primitive what, std::initializer_list<Value> operands, const ElementFormat& to);

  const ElementFormat& to() const { return to_; }
  /// The form whose result i is results[i].
  ChainForm form(std::initializer_list<Value> results, std::int64_t outputs, std::int64_t first = 0) const;

 private:
  int register_of(const Value& value) const;

  struct Step {
    Primitive what;
    std::vector<Value> operands;
    ElementFormat to;
  };
  ElementFormat to_;
  std::vector<ChainOperand> operands_;
  std::vector<ChainConstant> constants_;
  std::vector<Step> steps_;
};

}  // namespace binade::operations
