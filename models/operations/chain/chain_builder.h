// SPDX-License-Identifier: Apache-2.0
// Writes ChainForms with registers by name, in any order of operands, constants and steps. What is asked for twice is there once.
//
//   ChainBuilder chain({.to = posit16, .outputs = 320});
//   const auto w = chain.input(0), g = chain.input(1);
//   return chain.form({chain.step(Primitive::Fma, {g, chain.constant(-0.1), w})});
#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "models/operations/chain/chain.h"

namespace binade::operations {

/// What the ready-made chains of this folder are asked for.
struct ChainCall {
  ElementFormat to;           ///< of steps and constants
  std::int64_t outputs = 0;   ///< elements
  std::int64_t first = 0;     ///< logical index of the first one (ChainForm)
  bool round_inputs = false;  ///< inputs are rounded to `to` before they are used: where their tensors have other formats
};

/// Which element of an input belongs to an output: ChainOperand's inner and size.
struct Spread {
  std::int64_t inner = 1, size = 0;
};

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

  explicit ChainBuilder(const ChainCall& call) : call_(call) {}

  Value operand(const ChainOperand& operand);
  /// Of input `input`: rounded first where the call says so.
  Value input(std::size_t input, const Spread& spread = {});
  Value constant(double value) { return constant(value, call_.to); }
  Value constant(double value, const ElementFormat& in);
  Value step(Primitive what, std::initializer_list<Value> operands) { return step(what, operands, call_.to); }
  Value step(Primitive what, std::initializer_list<Value> operands, const ElementFormat& to);

  /// The form whose result i is results[i].
  ChainForm form(const std::vector<Value>& results) const;

 private:
  int register_of(const Value& value) const;

  struct Step {
    Primitive what;
    std::vector<Value> operands;
    ElementFormat to;
    bool operator==(const Step&) const = default;
  };
  const ChainCall call_;
  std::vector<ChainOperand> operands_;
  std::vector<ChainConstant> constants_;
  std::vector<Step> steps_;
};

}  // namespace binade::operations
