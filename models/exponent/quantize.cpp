// SPDX-License-Identifier: Apache-2.0
#include "models/exponent/quantize.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "models/exponent/dfp.h"
#include "models/exponent/sdfp.h"
#include "models/numerics/error.h"
#include "models/numerics/vector_codec.h"

namespace binade::exponent {
namespace {

using numerics::Family;

double finite_max_abs(const numerics::Reals& values) {
  double largest = 0;
  values.each_range([&](std::int64_t first, std::span<const double> range) {
    const double here = numerics::largest_magnitude(range.data(), range.size());
    largest = std::max(largest, here);
    if (std::isfinite(here)) return;
    const auto bad = std::find_if(range.begin(), range.end(), [](double value) { return !std::isfinite(value); });
    throw InputError("tensor element " + std::to_string(first + (bad - range.begin())) + ": " +
                     (std::isnan(*bad) ? "NaN" : "an infinity") + " cannot be quantised; only finite values are allowed");
  });
  return largest;
}

}  // namespace

int tensor_exponent(const numerics::FormatSpec& format, const numerics::Reals& values, const QuantizeOptions& options) {
  const double largest = finite_max_abs(values);
  if (format.family == Family::Fixed) return -format.fraction_bits;
  if (!format.shared_exponent()) return 0;
  if (options.lsb_exponent) return *options.lsb_exponent;
  if (format.family == Family::Flex) return flex_host_exponent(largest, format.bits);
  const int exponent = dfp_exponent(largest, format.bits, options.add_shift);
  if (format.family == Family::Dfp || largest == 0) return exponent;
  return exponent + (options.sdfp_bias ? *options.sdfp_bias : choose_sdfp_bias(leading_bits(values), format.bits));
}

QuantizedTensor quantize_tensor(const numerics::FormatSpec& format, std::span<const double> values,
                                const QuantizeOptions& options) {
  QuantizedTensor result;
  const int lsb_exponent = tensor_exponent(format, values, options);
  result.format = format;
  result.shape = {static_cast<std::int64_t>(values.size())};
  result.exponents = numerics::shared_exponents(format, lsb_exponent);
  result.codes.resize(values.size());
  const numerics::Quantisation how{.rounding = options.rounding.value_or(format.default_rounding()), .lsb_exponent = lsb_exponent};
  numerics::encode_tensor(format, how, options.seed, options.tensor, values, result.codes, result.events, options.first_element);
  return result;
}

}  // namespace binade::exponent
