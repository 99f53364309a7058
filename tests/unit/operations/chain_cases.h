// SPDX-License-Identifier: Apache-2.0
// Random chains on random tensors: formats, roundings, spreads and values of all kinds. Seeds are fresh; BINADE_CHAIN_SEED repeats
// one.
#pragma once

#include <cmath>
#include <cstdlib>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "tests/unit/operations/chain_harness.h"

namespace binade::operations::test {

using numerics::FormatSpec;
using numerics::Rounding;

inline constexpr const char* kOwnExponent[] = {"posit8",    "posit12",   "posit16", "posit16es1",  "posit32",    "posit32es4",
                                               "posit5es3", "posit3es0", "posit8u", "posit16es1u", "fp32",       "fp32",
                                               "bf16",      "fp16",      "fp8e4m3", "fp8e5m2",     "fp8e4m3sat", "ieee6.9",
                                               "e6m7",      "e8m10",     "e8m23"};
inline constexpr const char* kAny[] = {"flex16+5", "flex8+5", "dfp16", "dfp8", "sdfp8", "dfp24", "fixed12.6", "flex32+8"};

/// Tensors of chains that stay in binary32.
inline constexpr const char* kInBinary32[] = {"flex16+5",  "flex12+5", "flex8+5", "dfp16", "dfp8",     "sdfp8",    "dfp24",
                                              "fixed12.6", "fp32",     "fp32",    "bf16",  "flex16+5", "posit8es1"};

inline std::uint64_t fresh_seed() {
  const char* given = std::getenv("BINADE_CHAIN_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 0) : std::random_device{}();
}

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : random_(seed) {}
  std::uint64_t word() { return random_(); }
  int pick(int low, int high) { return low + static_cast<int>(random_() % static_cast<std::uint64_t>(high - low + 1)); }
  template <std::size_t kCount>
  const char* of(const char* const (&words)[kCount]) {
    return words[static_cast<std::size_t>(pick(0, static_cast<int>(kCount) - 1))];
  }

  /// Of any kind of format half of the time, where `any`.
  FormatSpec format(bool any) { return numerics::parse_format(any && pick(0, 1) != 0 ? of(kAny) : of(kOwnExponent)); }
  Rounding rounding(const FormatSpec& format, bool stochastic) {
    if (pick(0, 2) != 0) return format.default_rounding();
    return static_cast<Rounding>(pick(0, static_cast<int>(stochastic ? Rounding::Sr : Rounding::Rha)));
  }
  int exponent(const FormatSpec& format) { return pick(0, 9) == 0 ? pick(-150, 150) : 3 - format.bits + pick(-6, 6); }

  /// Codes of any kind, or of numbers near one, far apart, or small integers; exponents of integers as if they filled the word.
  Code code(const FormatSpec& format, int exponent, int kind) {
    const std::uint64_t mask = (std::uint64_t{1} << format.bits) - 1;
    if (kind == 0) return static_cast<Code>(random_() & mask);
    double value = std::normal_distribution<double>()(random_);
    if (kind == 1) value = std::ldexp(value, pick(-30, 30));
    if (kind == 2) value = pick(-2, 2);
    if (format.shared_exponent() && format.family != numerics::Family::Fixed) value = std::ldexp(value, exponent + format.bits - 3);
    numerics::Events ignored;
    return numerics::encode(format, numerics::from_double(value), {.lsb_exponent = exponent}, ignored);
  }

 private:
  std::mt19937_64 random_;
};

/// A chain with its tensors.
struct Case {
  ChainForm form;
  std::vector<Stored> tensors;
  std::vector<ElementFormat> results;
  std::vector<int> exponents;  ///< of results
};

inline Case random_case(Chance& chance) {
  Case one;
  ChainForm& form = one.form;
  const bool binary32 = chance.pick(0, 2) == 0;  // as chains between tensors that share exponents have it
  const auto tensor_format = [&] { return binary32 ? numerics::parse_format(chance.of(kInBinary32)) : chance.format(true); };
  const auto step_format = [&] { return binary32 ? numerics::kBinary32 : chance.format(false); };
  form.outputs = chance.pick(0, 7) == 0 ? chance.pick(1000, 3000) : chance.pick(1, 60);
  form.first = chance.pick(0, 1000);
  form.out = chance.pick(0, 2) == 0 ? chance.pick(1, 9) : 0;
  const int operands = chance.pick(1, 4);
  for (int i = 0; i < operands; ++i) {
    ChainOperand operand{.at = {.input = static_cast<std::size_t>(i), .element = chance.pick(0, 3)}};
    if (chance.pick(0, 2) == 0) operand.inner = chance.pick(1, 7), operand.size = chance.pick(1, 9);
    const FormatSpec format = tensor_format();
    const int exponent = chance.exponent(format), kind = chance.pick(0, 3);
    std::vector<Code> codes(static_cast<std::size_t>(operand_end(operand, form.outputs)));
    for (Code& code : codes) code = chance.code(format, exponent, kind);
    form.operands.push_back(operand);
    one.tensors.emplace_back(format, codes, exponent);
  }
  constexpr double kConstants[] = {0, 1, 0.5, -0.1, 1e-5, 33, -3e20};
  for (int i = chance.pick(0, 2); i > 0; --i) form.constants.push_back({kConstants[chance.pick(0, 6)], {step_format()}});
  const ElementFormat common{step_format()};
  const bool alike = binary32 || chance.pick(0, 2) != 0;  // all steps in one format, as recipes have it
  for (int i = chance.pick(0, 6); i > 0; --i) {
    ElementFormat to = common;
    if (!alike) to.format = chance.format(false);
    to.rounding = binary32 || (alike && chance.pick(0, 1) != 0) ? to.format.default_rounding() : chance.rounding(to.format, false);
    ChainStep step{.what = static_cast<Primitive>(chance.pick(0, static_cast<int>(primitive_count()) - 1)), .to = to};
    int* const registers[] = {&step.a, &step.b, &step.c, &step.d};
    for (int r = 0; r < primitive_row(step.what).arity; ++r) *registers[r] = chance.pick(0, form.registers() - 1);
    form.steps.push_back(step);
  }
  for (int i = chance.pick(1, 3); i > 0; --i) {
    const int from = std::max(form.registers() - chance.pick(1, 3), 0);
    form.results.push_back(from);
    ElementFormat to{tensor_format()};
    const int step = from - form.step_register(0);
    if (step >= 0 && chance.pick(0, 1) != 0) to = form.steps[static_cast<std::size_t>(step)].to;
    to.rounding = chance.rounding(to.format, true);
    one.results.push_back(to);
    one.exponents.push_back(chance.exponent(to.format));
  }
  return one;
}

inline std::string text(const Case& one) {
  std::ostringstream out;
  for (const ChainOperand& operand : one.form.operands) {
    const Stored& tensor = one.tensors[operand.at.input];
    out << to_string(tensor.format) << "@2^" << tensor.exponent << " (" << operand.inner << ", " << operand.size << "); ";
  }
  for (const ChainConstant& constant : one.form.constants) out << constant.value << " in " << to_string(constant.in.format) << "; ";
  for (const ChainStep& step : one.form.steps)
    out << primitive_row(step.what).word << ' ' << step.a << ' ' << step.b << ' ' << step.c << ' ' << step.d << " to "
        << to_string(step.to.format) << ' ' << to_string(step.to.rounding) << "; ";
  for (std::size_t i = 0; i < one.results.size(); ++i)
    out << "result " << one.form.results[i] << " in " << to_string(one.results[i].format) << ' '
        << to_string(one.results[i].rounding) << "@2^" << one.exponents[i] << "; ";
  out << one.form.outputs << " outputs";
  return out.str();
}

}  // namespace binade::operations::test
