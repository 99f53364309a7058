// SPDX-License-Identifier: Apache-2.0
// Operands of arithmetic units in the manner of TestFloat: products of the codes at which a format changes behaviour, and operands
// that lead to a result at or beside a boundary between two codes: ties, a bit far below that decides alone, cancellation, both
// ends of the range, subnormals, the longest regimes.
#include <algorithm>

#include "sim/verify/boundaries.h"
#include "sim/verify/codes.h"
#include "sim/verify/operation_shape.h"

namespace binade::verify {

using numerics::Code;
using numerics::FormatSpec;
using numerics::Rounding;
using numerics::Unpacked;

namespace {

constexpr std::size_t kMostOfTriples = 48;   ///< corner codes of each operand of an fma: 110,000 triples
constexpr std::uint64_t kDirected = 20'000;  ///< vectors toward corners of the result, each in every mode

/// Spread over the list, both ends included.
std::vector<Code> thinned(const std::vector<Code>& codes, std::size_t most) {
  if (codes.size() <= most) return codes;
  std::vector<Code> few;
  for (std::size_t i = 0; i < most; ++i) few.push_back(codes[i * (codes.size() - 1) / (most - 1)]);
  return few;
}

std::vector<Code> product_codes(const OperationShape& shape) {
  const auto corners = corner_codes(shape.from);
  return shape.operands == numerics::kMostOperands ? thinned(corners, kMostOfTriples) : corners;
}

std::uint64_t power(std::uint64_t base, std::size_t exponent) {
  std::uint64_t result = 1;
  for (std::size_t i = 0; i < exponent; ++i) result *= base;
  return result;
}

class OperationStimulus final : public Stimulus {
 public:
  OperationStimulus(const OperationShape& shape, const Block& block)
      : shape_(shape),
        block_(block),
        draw_(block.seed),
        codes_(shape.from),
        product_(product_codes(shape)),
        results_(shape.row != nullptr ? corner_codes(shape.to) : std::vector<Code>()) {}

  bool next(Row& in, const Row& /*outputs*/) override {
    if (vectors_ == block_.vectors) return false;
    const std::uint64_t index = block_.first + vectors_++;
    const std::uint64_t products = power(product_.size(), shape_.operands) * shape_.modes();
    Rounding mode = shape_.mode(index % shape_.modes());
    std::uint64_t rest = index / shape_.modes();
    OperandCodes operands{};
    if (block_.kind == StimulusKind::Exhaustive) {
      for (std::size_t i = 0; i < shape_.operands; ++i, rest >>= shape_.from.bits)
        operands[i] = static_cast<Code>(rest & low_bits(shape_.from.bits));
    } else if (block_.kind == StimulusKind::Corner && index < products) {
      for (std::size_t i = 0; i < shape_.operands; ++i, rest /= product_.size()) operands[i] = product_[rest % product_.size()];
    } else {
      if (block_.kind == StimulusKind::Random) mode = shape_.mode(draw_.below(shape_.modes()));
      operands = block_.kind == StimulusKind::Corner || draw_.one_in(2) ? directed() : drawn();
    }
    for (std::size_t i = 0; i < shape_.operands; ++i) in[shape_.operand_pins[i]] = operands[i];
    if (shape_.rounding != kNoPin) in[shape_.rounding] = static_cast<std::uint64_t>(mode);
    if (shape_.random != kNoPin) in[shape_.random] = draw_random();
    return true;
  }

 private:
  OperandCodes drawn() {
    OperandCodes operands{};
    for (std::size_t i = 0; i < shape_.operands; ++i) {
      const auto& corners = codes_.corners();
      operands[i] = draw_.one_in(4) ? corners[draw_.below(corners.size())] : codes_.draw(draw_);
    }
    return operands;
  }

  /// Two operands are drawn, the last is what takes the result nearest to a place of interest, or its neighbour.
  OperandCodes directed() {
    OperandCodes operands = drawn();
    const std::size_t last = shape_.operands - 1;
    if (shape_.row == nullptr) {  // equal codes and neighbours
      operands[1] = (operands[0] + static_cast<Code>(draw_.below(3)) - 1) & static_cast<Code>(low_bits(shape_.from.bits));
      return operands;
    }
    const Unpacked target = place();
    std::array<Unpacked, numerics::kMostOperands> x;
    for (std::size_t i = 0; i < shape_.operands; ++i) x[i] = numerics::decode(shape_.from, operands[i]);
    const Code code = encoded(solved(x, target));
    operands[last] =
        (code + static_cast<Code>(draw_.one_in(2) ? 0 : draw_.below(3) - 1)) & static_cast<Code>(low_bits(shape_.from.bits));
    return operands;
  }

  /// The last operand that would give the result, exactly or nearly.
  Unpacked solved(const std::array<Unpacked, numerics::kMostOperands>& x, const Unpacked& target) const {
    const std::string_view word = shape_.row->word;
    if (word == "add") return without_sticky(numerics::sub(target, x[0]));
    if (word == "sub") return without_sticky(numerics::sub(x[0], target));
    if (word == "mul") return without_sticky(numerics::div(target, x[0]));
    if (word == "div") return without_sticky(numerics::div(x[0], target));
    if (word == "fma") return without_sticky(numerics::sub(target, without_sticky(numerics::mul(x[0], x[1]))));
    if (word == "sqrt") return without_sticky(numerics::mul(target, target));
    return target;
  }
  static Unpacked without_sticky(Unpacked value) {
    value.sticky = false;
    return value;
  }
  Code encoded(const Unpacked& value) {
    numerics::Events ignored;
    return numerics::encode(shape_.from, value, {draw_.one_in(2) ? Rounding::Rne : Rounding::Rtz, 0, 0, false}, ignored);
  }

  /// A code's value or the boundary above it, or a number with few bits beside it.
  Unpacked place() {
    const Code code =
        draw_.one_in(4) ? static_cast<Code>(draw_.bits() & low_bits(shape_.to.bits)) : results_[draw_.below(results_.size())];
    Unpacked value = draw_.one_in(3) ? numerics::decode(shape_.to, code) : boundary(code);
    if (value.is_finite() && draw_.one_in(3)) value.significand |= std::uint64_t{1} << draw_.below(63);
    return value;
  }
  Unpacked boundary(Code code) const {
    if (!shape_.to.shared_exponent()) return boundary_above(shape_.to, code);
    Unpacked value = numerics::from_integer(2 * numerics::mantissa_of(shape_.to, code) + 1, -1);
    value.scale -= shape_.to.family == numerics::Family::Fixed ? shape_.to.fraction_bits : 0;
    return value;
  }

  std::uint64_t draw_random() {
    const std::uint64_t small = draw_.below(4);
    return draw_.one_in(4) ? small : draw_.one_in(4) ? ~small & low_bits(32) : draw_.bits() & low_bits(32);
  }

  const OperationShape& shape_;
  const Block block_;
  Draw draw_;
  CodeSource codes_;
  const std::vector<Code> product_, results_;
};

}  // namespace

std::uint64_t corner_operations(const OperationShape& shape) {
  return (power(product_codes(shape).size(), shape.operands) + kDirected) * shape.modes();
}

std::uint64_t exhaustive_operations(const OperationShape& shape) {
  const int bits = shape.from.bits * static_cast<int>(shape.operands);
  return bits <= kMostExhaustiveOperandBits ? (std::uint64_t{1} << bits) * shape.modes() : 0;
}

std::unique_ptr<Stimulus> make_operation_stimulus(const OperationShape& shape, const Block& block) {
  return std::make_unique<OperationStimulus>(shape, block);
}

}  // namespace binade::verify
