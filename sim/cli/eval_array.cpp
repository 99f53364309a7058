// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/eval_array.h"

#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <numeric>
#include <string>
#include <utility>

#include "models/numerics/error.h"

namespace binade::sim {
namespace {

using numerics::Code;
using numerics::FormatSpec;

template <class T, class Number>
SavedArray array_of(std::vector<std::int64_t> shape, std::span<const Code> codes, Number number) {
  std::vector<T> elements(codes.size());
  for (std::size_t i = 0; i < codes.size(); ++i) elements[i] = static_cast<T>(number(codes[i]));
  SavedArray array = saved(elements);
  array.shape = std::move(shape);
  return array;
}

}  // namespace

std::vector<Code> codes_of(const FormatSpec& format, const EvalArray& array) {
  if (!array.integers) throw InputError("elements that are no integers; allowed: codes of " + to_string(format) + ", integers");
  const double beyond = std::ldexp(1.0, format.bits);
  std::vector<Code> codes(array.values.size());
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const double value = array.values[i];
    if (!(value >= 0 && value < beyond))
      throw InputError(
          fmt::format("element {} is {:.0f}; allowed: codes of {}, 0..{:.0f}", i, value, to_string(format), beyond - 1));
    codes[i] = static_cast<Code>(value);
  }
  return codes;
}

std::vector<std::int64_t> shape_of_lines(const EvalArray& array, std::int64_t operands) {
  if (array.shape.empty() || array.shape.back() != operands)
    throw InputError(
        (array.shape.empty() ? std::string("no axis") : std::to_string(array.shape.back()) + " elements on the last axis") +
        "; allowed: the " + std::to_string(operands) + " operands of a result on it");
  return {array.shape.begin(), array.shape.end() - 1};
}

std::int64_t elements_of(std::span<const std::int64_t> shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

SavedArray code_array(const FormatSpec& format, std::vector<std::int64_t> shape, std::span<const Code> codes) {
  const auto code = [](Code one) { return one; };
  if (format.storage_bytes() == 1) return array_of<std::uint8_t>(std::move(shape), codes, code);
  if (format.storage_bytes() == 2) return array_of<std::uint16_t>(std::move(shape), codes, code);
  return array_of<std::uint32_t>(std::move(shape), codes, code);
}

SavedArray mantissa_array(const FormatSpec& format, std::vector<std::int64_t> shape, std::span<const Code> codes) {
  const auto mantissa = [&](Code one) { return numerics::mantissa_of(format, one); };
  if (format.storage_bytes() == 1) return array_of<std::int8_t>(std::move(shape), codes, mantissa);
  if (format.storage_bytes() == 2) return array_of<std::int16_t>(std::move(shape), codes, mantissa);
  return array_of<std::int32_t>(std::move(shape), codes, mantissa);
}

}  // namespace binade::sim
