// SPDX-License-Identifier: Apache-2.0
#include "models/operations/chain/chain_plan.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "models/numerics/accumulators.h"
#include "models/numerics/vector_round.h"
#include "models/operations/vector_fast.h"

namespace binade::operations {
namespace {

using loops::Kernel;
using numerics::Family;
using numerics::FormatSpec;

/// What is known of a register's values.
struct RegisterKind {
  FormatSpec format;
  int exponent = 0;  ///< of operands with a shared one

  int significand_bits() const { return numerics::significand_bits(format); }
  bool binary32() const {
    constexpr int kBits = 24, kLeast = -149, kMost = 128;  // of binary32: significand, last place; all is below 2^128
    if (significand_bits() > kBits) return false;
    if (format == numerics::kBinary32) return true;
    if (format.shared_exponent()) {
      const auto lsb = static_cast<int>(lsb_exponent(format, exponent));
      return lsb >= kLeast && lsb + format.bits <= kMost;
    }
    const numerics::ValueSpan span = numerics::value_span(format);
    return span.lsb_exponent >= kLeast && span.top_exponent <= kMost;
  }
};

std::vector<RegisterKind> register_kinds(const ChainForm& form, std::span<const ChainSource> sources) {
  std::vector<RegisterKind> kinds;
  for (const ChainSource& source : sources) kinds.push_back({source.format, source.exponent});
  for (const ChainConstant& constant : form.constants) kinds.push_back({constant.in.format});
  for (const ChainStep& step : form.steps) kinds.push_back({step.to.format});
  return kinds;
}

/// The operands of one step.
struct StepKinds {
  const ChainStep& step;
  std::array<const RegisterKind*, 4> of;

  StepKinds(const ChainStep& one, const std::vector<RegisterKind>& kinds)
      : step(one), of{&at(kinds, one.a), &at(kinds, one.b), &at(kinds, one.c), &at(kinds, one.d)} {}
  /// A product of two of them is a binary64.
  bool exact_product(std::size_t i, std::size_t j) const {
    return of[i]->significand_bits() + of[j]->significand_bits() <= kDoubleBits;
  }
  /// They are values of the step's format.
  template <class... Index>
  bool in_format(Index... i) const {
    return ((of[i]->format == step.to.format || (step.to.format == numerics::kBinary32 && of[i]->binary32())) && ...);
  }
  bool in_binary32() const {
    const int arity = primitive_row(step.what).arity;
    return std::all_of(of.begin(), of.begin() + arity, [](const RegisterKind* kind) { return kind->binary32(); });
  }

 private:
  static const RegisterKind& at(const std::vector<RegisterKind>& kinds, int index) {
    return kinds[static_cast<std::size_t>(index)];
  }
};

StepPlan loop(Kernel kernel, bool exact = false) { return {.way = StepPlan::Way::Loop, .kernel = kernel, .exact = exact}; }

/// Results of the machine's own binary32: no events are known of them.
std::optional<Kernel> binary32_kernel(Primitive what) {
  switch (what) {
    case Primitive::Add:
      return Kernel::Add32;
    case Primitive::Sub:
      return Kernel::Sub32;
    case Primitive::Mul:
      return Kernel::Mul32;
    case Primitive::Div:
      return Kernel::Div32;
    case Primitive::Fma:
      return Kernel::Fma32;
    case Primitive::Sqrt:
      return Kernel::Sqrt32;
    default:
      return {};
  }
}

StepPlan plan_of(const StepKinds& operands) {
  const ChainStep& step = operands.step;
  const FormatSpec& to = step.to.format;
  switch (step.what) {
    case Primitive::Convert:
      return loop(Kernel::Copy, operands.in_format(0));
    case Primitive::Negate:  // of zero: without a sign where the format has none
      return loop(to.family == Family::IeeeFloat ? Kernel::Negate : Kernel::Minus, operands.in_format(0));
    case Primitive::Abs:
      return loop(Kernel::Abs, operands.in_format(0));
    case Primitive::Max:
      return loop(Kernel::Max, operands.in_format(0, 1));
    case Primitive::Min:
      return loop(Kernel::Min, operands.in_format(0, 1));
    case Primitive::IfPositive:
      return loop(Kernel::IfPositive, operands.in_format(1, 2));
    case Primitive::IfEqual:
      return loop(Kernel::IfEqual, operands.in_format(2));
    case Primitive::Add:
      return loop(Kernel::Add);
    case Primitive::Sub:
      return loop(Kernel::Sub);
    case Primitive::Mul:
      return loop(operands.exact_product(0, 1) ? Kernel::Product : Kernel::Mul);
    case Primitive::Div:
      return loop(Kernel::Div);
    case Primitive::Sqrt:
      return loop(Kernel::Sqrt);
    case Primitive::Fma:
      return operands.exact_product(0, 1) ? loop(Kernel::Fma) : StepPlan{};
    case Primitive::Fmma:
      return operands.exact_product(0, 1) && operands.exact_product(2, 3) ? loop(Kernel::Fmma) : StepPlan{};
    case Primitive::Fam:
      return to.family == Family::Posit ? loop(Kernel::PositFam) : StepPlan{.way = StepPlan::Way::Fam};
    case Primitive::Exp:
    case Primitive::Log:
    case Primitive::Tanh:
    case Primitive::Sigmoid:
    case Primitive::Erf:
    case Primitive::Rsqrt:
    case Primitive::Gelu:
    case Primitive::SigmoidGradient:
    case Primitive::TanhGradient:
    case Primitive::GeluGradient:
      return {.way = StepPlan::Way::Binary64};
  }
  return {};
}

bool reads(const ChainStep& step, int index) {
  const std::array operands = {step.a, step.b, step.c, step.d};
  return std::find(operands.begin(), operands.begin() + primitive_row(step.what).arity, index) !=
         operands.begin() + primitive_row(step.what).arity;
}

}  // namespace

bool fits_binary64(std::span<const ChainSource> sources) {
  // Integers are then below 2^(200 + 32); what a posit or float reaches, 2^480 of posit<32>es4, leaves room for products and
  // errors.
  constexpr int kFarthest = 200;
  return std::all_of(sources.begin(), sources.end(), [](const ChainSource& source) {
    return !source.format.shared_exponent() || std::abs(source.exponent) <= kFarthest;
  });
}

bool fits_binary32(const ChainForm& form, std::span<const ChainSource> sources, std::span<const StepPlan> plans) {
  const std::vector<RegisterKind> kinds = register_kinds(form, sources);
  if (!std::all_of(kinds.begin(), kinds.end(), [](const RegisterKind& kind) { return kind.binary32(); })) return false;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const StepPlan& plan = plans[i];
    if (!numerics::is_binary32(form.steps[i].to.format, form.steps[i].to.rounding) || plan.way != StepPlan::Way::Loop) return false;
    // Binary32Chain makes the words of one tensor a step.
    if (plan.owners.size() > 1 || (plan.owners.empty() && !(plan.exact && loops::in_binary32(plan.kernel)))) return false;
  }
  return true;
}

std::vector<StepPlan> plan_steps(const ChainForm& form, std::span<const ChainSource> sources,
                                 std::span<const ChainTarget> targets) {
  const std::vector<RegisterKind> kinds = register_kinds(form, sources);
  std::vector<StepPlan> plans;
  for (int i = 0; i < static_cast<int>(form.steps.size()); ++i) {
    const ChainStep& step = form.steps[static_cast<std::size_t>(i)];
    const int own = form.step_register(i);
    const StepKinds operands(step, kinds);
    StepPlan plan = plan_of(operands);
    for (std::size_t t = 0; t < targets.size(); ++t) {
      if (form.results[t] != own) continue;
      targets[t].format.format == step.to.format ? plan.owners.push_back(t) : static_cast<void>(plan.read = true);
    }
    for (const ChainStep& other : form.steps) plan.read = plan.read || reads(other, own);
    if (plan.owners.empty() && numerics::is_binary32(step.to.format, step.to.rounding) && operands.in_binary32())
      if (const auto kernel = binary32_kernel(step.what)) plan.kernel = *kernel, plan.exact = true;
    plans.push_back(std::move(plan));
  }
  return plans;
}

}  // namespace binade::operations
