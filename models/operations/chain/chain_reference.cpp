// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "models/operations/chain/chain_arithmetic.h"
#include "models/operations/chain/chain_literal.h"

namespace binade::operations {
namespace {

/// Of binary64, as a library that computes in it has it.
double value_of(Primitive what, double a, double b, double c, double d) {
  switch (what) {
    case Primitive::Convert:
      return a;
    case Primitive::Add:
      return a + b;
    case Primitive::Sub:
      return a - b;
    case Primitive::Mul:
      return a * b;
    case Primitive::Div:
      return a / b;
    case Primitive::Fma:
      return a * b + c;
    case Primitive::Fmma:
      return a * b + c * d;
    case Primitive::Fam:
      return (a + b) * c;
    case Primitive::Negate:
      return -a;
    case Primitive::Abs:
      return std::fabs(a);
    case Primitive::Max:
      return b > a || std::isnan(b) ? b : a;
    case Primitive::Min:
      return b < a || std::isnan(b) ? b : a;
    case Primitive::IfPositive:
      return a > 0 ? b : c;
    case Primitive::IfEqual:
      return a == b ? c : 0;
    case Primitive::Sqrt:
      return std::sqrt(a);
    default:
      return binary64_value(what, a, b);
  }
}

}  // namespace

void run_reference(const ChainForm& form, std::span<const std::span<const double>> sources,
                   std::span<const std::span<double>> targets) {
  std::vector<double> registers(static_cast<std::size_t>(form.registers()));
  const auto at = [&](int index) -> double& { return registers[static_cast<std::size_t>(index)]; };
  for (std::size_t i = 0; i < form.constants.size(); ++i) at(form.constant_register(static_cast<int>(i))) = form.constants[i].value;
  for (std::int64_t e = 0; e < form.outputs; ++e) {
    for (std::size_t i = 0; i < sources.size(); ++i)
      registers[i] = sources[i][static_cast<std::size_t>(operand_element(form.operands[i], e))];
    int next = form.step_register(0);
    for (const ChainStep& step : form.steps) at(next++) = value_of(step.what, at(step.a), at(step.b), at(step.c), at(step.d));
    for (std::size_t i = 0; i < targets.size(); ++i) targets[i][static_cast<std::size_t>(form.out + e)] = at(form.results[i]);
  }
}

}  // namespace binade::operations
