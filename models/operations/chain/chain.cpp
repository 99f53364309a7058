// SPDX-License-Identifier: Apache-2.0
#include "models/operations/chain/chain.h"

#include <cmath>

#include "models/numerics/format_spec.h"

namespace binade::operations {
namespace {

constexpr PrimitiveRow kRows[] = {
#define PRIMITIVE(name, word, arity, operations, meaning) {word, arity, operations, meaning},
#include "models/operations/chain/chain.def"
};

/// Of a step or a constant.
std::string format_problem(const std::string& name, const ElementFormat& to) {
  if (to.format.shared_exponent()) return name + " rounds to " + numerics::to_string(to.format) + ", whose exponent is a tensor's";
  if (to.rounding == numerics::Rounding::Sr) return name + " rounds stochastically, which only results do";
  return {};
}

std::string step_problem(const ChainForm& form, int index) {
  const ChainStep& step = form.steps[static_cast<std::size_t>(index)];
  const std::string name = "step " + std::to_string(index);
  if (static_cast<std::size_t>(step.what) >= primitive_count()) return name + " is no PRIMITIVE";
  const int arity = primitive_row(step.what).arity;
  const std::array operands = {step.a, step.b, step.c, step.d};
  for (int i = 0; i < static_cast<int>(operands.size()); ++i) {
    const int from = operands[static_cast<std::size_t>(i)];
    if (i < arity && (from < 0 || from >= form.step_register(index)))
      return name + " reads register " + std::to_string(from) + ", which is not before it";
    if (i >= arity && from != 0) return name + " has more operands than '" + std::string(primitive_row(step.what).word) + "' takes";
  }
  return format_problem(name, step.to);
}

}  // namespace

std::size_t primitive_count() { return std::size(kRows); }
const PrimitiveRow& primitive_row(Primitive what) { return kRows[static_cast<std::size_t>(what)]; }

std::uint64_t ChainForm::operations() const {
  if (steps.empty()) return 1;
  std::uint64_t sum = 0;
  for (const ChainStep& step : steps) sum += static_cast<std::uint64_t>(primitive_row(step.what).operations);
  return sum;
}

std::string chain_problem(const ChainForm& form) {
  if (form.outputs < 0 || form.first < 0 || form.out < 0) return "outputs, first or out is negative";
  for (const ChainOperand& operand : form.operands)
    if (operand.inner < 1 || operand.size < 0 || operand.phase < 0 || operand.at.element < 0)
      return "an operand's inner, size, phase or element is out of range";
  for (const ChainConstant& constant : form.constants) {
    if (!std::isfinite(constant.value)) return "a constant is not finite";
    if (std::string problem = format_problem("a constant", constant.in); !problem.empty()) return problem;
  }
  for (int i = 0; i < static_cast<int>(form.steps.size()); ++i)
    if (std::string problem = step_problem(form, i); !problem.empty()) return problem;
  if (form.results.empty()) return "no result";
  for (const int result : form.results)
    if (result < 0 || result >= form.registers()) return "result " + std::to_string(result) + " is no register";
  return {};
}

}  // namespace binade::operations
