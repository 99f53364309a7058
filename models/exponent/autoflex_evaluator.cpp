// SPDX-License-Identifier: Apache-2.0
#include "models/exponent/autoflex_evaluator.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "models/numerics/error.h"

namespace binade::exponent {
namespace {

constexpr int kLargestStart = 512;

std::uint64_t stored_max(int bits, double max_abs, int lsb_exponent) {
  const double limit = std::ldexp(1.0, bits - 1) - 1;
  const double rounded = std::nearbyint(std::ldexp(max_abs, -lsb_exponent));
  return static_cast<std::uint64_t>(std::min(rounded, limit));
}

}  // namespace

AutoflexEvaluator::AutoflexEvaluator(const numerics::FormatSpec& format, std::string_view preset, int start, bool initialise)
    : parameters_(autoflex_preset(preset, format.bits)), start_(start), initialise_(initialise) {
  if (format.family != numerics::Family::Flex) {
    throw InputError("autoflex: " + numerics::to_string(format) + " has no predicted exponent; flex<N>+<M> is allowed");
  }
  if (start < -kLargestStart || start > kLargestStart) {
    throw InputError("autoflex: a first exponent of " + std::to_string(start) + "; -512 to 512 are allowed");
  }
  parameters_.infrequent_rule = false;
}

AutoflexStep AutoflexEvaluator::touch(double max_abs) {
  if (!std::isfinite(max_abs) || max_abs < 0) {
    throw InputError("autoflex: a maximum magnitude must be finite and not negative");
  }
  const auto run = [&](int lsb_exponent) { return stored_max(parameters_.bits, max_abs, lsb_exponent); };
  AutoflexStep step;
  if (!tensor_) {
    int first = start_;
    if (initialise_) {
      auto initialisation = autoflex_initialise(parameters_.bits, start_, run);
      step.trace = std::move(initialisation.trace);
      first = initialisation.lsb_exponent;
    }
    tensor_.emplace(parameters_, first, AutoflexArithmetic::Published);
  }
  step.lsb_exponent = tensor_->lsb_exponent();
  step.max_mantissa = run(step.lsb_exponent);
  step.overflow = autoflex_overflows(parameters_.bits, step.max_mantissa);
  tensor_->record(step.max_mantissa);
  step.next_lsb_exponent = tensor_->predict();
  return step;
}

}  // namespace binade::exponent
