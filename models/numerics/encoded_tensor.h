// SPDX-License-Identifier: Apache-2.0
// A tensor as the accelerator holds it: codes of a format, and the exponents that they share. A format belongs to a tensor, not to
// a machine: whoever computes with two tensors asks each for its own.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "models/numerics/format_spec.h"

namespace binade::numerics {

/// What of a tensor shares one exponent.
enum class Granularity : std::uint8_t {
  None,   ///< nothing: each code has an exponent of its own (posits, floats)
  Tensor  ///< the whole tensor (flex, dfp, sdfp, fixed)
};

/// LSB exponents of a tensor's codes: the value of a code's integer is integer * 2^exponent. 0 where nothing is shared.
class SharedExponents {
 public:
  SharedExponents() = default;
  /// Of the whole tensor.
  explicit SharedExponents(int lsb_exponent) : granularity_(Granularity::Tensor), whole_(lsb_exponent) {}

  Granularity granularity() const { return granularity_; }
  int whole() const { return whole_; }
  bool operator==(const SharedExponents&) const = default;

 private:
  Granularity granularity_ = Granularity::None;
  int whole_ = 0;
};

/// The exponents of a tensor of `format` whose LSB is 2^lsb_exponent: none where the format shares none, always -F in fixed.
inline SharedExponents shared_exponents(const FormatSpec& format, int lsb_exponent) {
  if (!format.shared_exponent()) return {};
  return SharedExponents(format.family == Family::Fixed ? -format.fraction_bits : lsb_exponent);
}

/// A view of codes: what an operand of a matrix product or of a vector operation is.
struct EncodedView {
  FormatSpec format;
  SharedExponents exponents;
  std::span<const Code> codes;
};

struct EncodedTensor {
  FormatSpec format;
  std::vector<std::int64_t> shape;  ///< outermost first, row-major
  SharedExponents exponents;
  std::vector<Code> codes;

  int lsb_exponent() const { return exponents.whole(); }
  EncodedView view() const { return {format, exponents, codes}; }
};

/// Largest |integer| of the codes; 0 in formats without a shared exponent.
std::uint64_t largest_mantissa(const EncodedView& tensor);

/// Decoded values as binary64, exact; `values` has as many elements as `tensor` codes.
void decode_tensor(const EncodedView& tensor, std::span<double> values);

}  // namespace binade::numerics
