// SPDX-License-Identifier: Apache-2.0
#include "models/numerics/encoded_tensor.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "models/numerics/error.h"
#include "models/numerics/vector_codec.h"

namespace binade::numerics {

std::uint64_t largest_mantissa(const EncodedView& tensor) {
  if (!tensor.format.shared_exponent()) return 0;
  std::uint64_t top = 0;
  for (const Code code : tensor.codes) top = std::max(top, static_cast<std::uint64_t>(std::abs(mantissa_of(tensor.format, code))));
  return top;
}

void decode_tensor(const EncodedView& tensor, std::span<double> values) {
  const FormatSpec& format = tensor.format;
  if (tensor.codes.size() != values.size()) throw InvariantError("codec: a tensor's codes and values differ in length");
  if (!format.shared_exponent()) {
    decode_reals(format, tensor.codes.data(), 1, static_cast<std::int64_t>(tensor.codes.size()), values.data());
    // A tensor of floats may share a scale.
    if (tensor.exponents.granularity() != Granularity::None)
      for (double& value : values) value = std::ldexp(value, tensor.exponents.whole());
    return;
  }
  const int exponent = tensor.exponents.whole();
  constexpr int kLeast = -1022, kGreatest = 1023 - 32;  // every mantissa times the LSB is a normal binary64
  if (exponent >= kLeast && exponent <= kGreatest) {
    const double lsb = std::ldexp(1.0, exponent);
    const int shift = 32 - format.bits;
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = static_cast<double>(static_cast<std::int32_t>(tensor.codes[i] << shift) >> shift) * lsb;
    return;
  }
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = std::ldexp(static_cast<double>(mantissa_of(format, tensor.codes[i])), exponent);
}

}  // namespace binade::numerics
