// SPDX-License-Identifier: Apache-2.0
// Chains: the third kind of form beside GemmForm and VectorForm (forms.h). One output element is made from one element of each
// operand by a sequence of primitives (chain.def), each rounded once to a format of its own: the elementwise work of training, in
// the order of roundings that a recipe states.
//
// Registers: the operands, then the constants, then the results of the steps in order. A step reads registers before its own.
// Operands decode exactly, whatever their tensor's format, with its exponent. Steps and constants have formats with an exponent of
// their own (posits, floats of any kind). Results are tensors of any format, at their exponent: a register is rounded once more
// where its tensor's format is not the register's. So a chain between flex16+5 tensors computes in fp32 with a rounding per step,
// then rounds to mantissas.
//
// Worked example, momentum in posit16 as PositNN has it, on operands w, g, v:
//   constants: r3 = mu, r4 = -lr;  steps: r5 = Fma v mu g;  r6 = Fma r5 -lr w;  results: r6 -> w, r5 -> v.
// chain_builder.h writes such forms with registers by name.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/operations/forms.h"
#include "models/operations/vector_formats.h"

namespace binade::operations {

enum class Primitive : std::uint8_t {
#define PRIMITIVE(name, word, arity, operations, meaning) name,
#include "models/operations/chain/chain.def"
};
struct PrimitiveRow {
  std::string_view word;
  int arity = 1;
  int operations = 1;
  std::string_view meaning;
};
std::size_t primitive_count();
/// Precondition: a Primitive.
const PrimitiveRow& primitive_row(Primitive what);

/// The register that follows is what(a, b, c, d) rounded once to `to`; operands beyond the primitive's arity are 0.
struct ChainStep {
  Primitive what = Primitive::Convert;
  int a = 0, b = 0, c = 0, d = 0;
  ElementFormat to;
  bool operator==(const ChainStep&) const = default;
};

/// `value`, finite, rounded once to `in`.
struct ChainConstant {
  double value = 0;
  ElementFormat in;
  bool operator==(const ChainConstant&) const = default;
};

/// Its element for output e: at.element + (e + phase) / inner % size; size 0: at.element + e.
/// A channel of images: inner = pixels, size = channels. A sample of rows: inner = row length, size = samples. A scalar: size = 1.
struct ChainOperand {
  Place at;
  std::int64_t inner = 1, size = 0;
  std::int64_t phase = 0;  ///< of a part of a longer form: where it begins
};

/// The element for output `output`.
constexpr std::int64_t operand_element(const ChainOperand& operand, std::int64_t output) {
  return operand.at.element + (operand.size == 0 ? output : (output + operand.phase) / operand.inner % operand.size);
}
/// Behind the last element for outputs below `outputs`.
constexpr std::int64_t operand_end(const ChainOperand& operand, std::int64_t outputs) {
  if (outputs == 0) return operand.at.element;
  if (operand.size == 0) return operand.at.element + outputs;
  const std::int64_t taken = (outputs - 1 + operand.phase) / operand.inner + 1;
  return operand.at.element + (operand.size < taken ? operand.size : taken);
}

struct ChainForm {
  std::vector<ChainOperand> operands = {};
  std::vector<ChainConstant> constants = {};
  std::vector<ChainStep> steps = {};
  std::vector<int> results = {};  ///< registers; result i goes to the call's result tensor i, from its element `out` on
  std::int64_t outputs = 0;       ///< elements of each result
  std::int64_t first = 0;         ///< logical index of output 0 in the run's whole tensor: stochastic rounding draws by it
  std::int64_t out = 0;           ///< element of output 0 in the pass's result tensors

  int constant_register(int index) const { return static_cast<int>(operands.size()) + index; }
  int step_register(int index) const { return constant_register(static_cast<int>(constants.size())) + index; }
  int registers() const { return step_register(static_cast<int>(steps.size())); }
  /// Of the vector unit, for one output; one where there is no step.
  std::uint64_t operations() const;
};

/// What is wrong with a form by itself, in words; empty when it can be carried out.
std::string chain_problem(const ChainForm& form);

}  // namespace binade::operations
