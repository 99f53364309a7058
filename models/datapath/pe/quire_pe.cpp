// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/pe/quire_pe.h"

#include <algorithm>
#include <bit>

#include "models/numerics/accumulators.h"

namespace binade::datapath {
namespace {

using numerics::Family;
using numerics::NumberClass;
using numerics::Unpacked;

constexpr int kRegisterDigit = 32;

int register_top(const numerics::OperandFormats& formats) {
  const auto full = numerics::exact_register(formats);
  return full.lsb_exponent + full.full_bits - 1;
}

/// The register with what a bias needs below and above it. Two digits more: the sign, and the third digit that a wide product
/// touches.
std::size_t digits_of(const numerics::OperandFormats& formats) {
  const int below = numerics::bias_fraction_bits(formats);
  const int above = std::max(0, numerics::value_span(formats.out).top_exponent + 1 - register_top(formats));
  return static_cast<std::size_t>((numerics::exact_register(formats).full_bits + below + above) / kRegisterDigit) + 3;
}

}  // namespace

QuirePe::QuirePe(const CoreConfig& config)
    : formats_(config.format),
      rounding_(config.accumulate.rounding),
      a_lsb_(numerics::value_span(formats_.a).lsb_exponent - numerics::bias_fraction_bits(formats_)),
      b_lsb_(numerics::value_span(formats_.b).lsb_exponent),
      top_exponent_(register_top(formats_)),
      bits_(numerics::accumulator_bits(config.format, config.accumulate)),
      clamps_(bits_ < numerics::exact_register(config.format).full_bits),
      narrow_products_(numerics::significand_bits(formats_.a) + numerics::significand_bits(formats_.b) <= kDigitBits - 1),
      digits_(digits_of(formats_)),
      in_rows_(narrow_products_ && !clamps_),
      a_(formats_.a, [this](numerics::Code code) { return operand_of(formats_.a, a_lsb_, code); }),
      b_(formats_.b, [this](numerics::Code code) { return operand_of(formats_.b, b_lsb_, code); }),
      highest_digit_(highest_digit()),
      product_bits_(numerics::significand_bits(formats_.a) + numerics::significand_bits(formats_.b)),
      sum_(digits_ + 1) {}

bool QuirePe::serves(const CoreConfig& config) {
  const bool clamps =
      numerics::accumulator_bits(config.format, config.accumulate) < numerics::exact_register(config.format).full_bits;
  return !clamps || numerics::bias_fraction_bits(config.format) == 0;
}

int QuirePe::highest_digit() const {
  if (a_.empty() || b_.empty()) return static_cast<int>(digits_) - 2;
  const auto farthest = [](const OperandTable<Operand>& table, const numerics::FormatSpec& format) {
    int position = 0;
    for (numerics::Code code = 0; code >> format.bits == 0; ++code) position = std::max<int>(position, table[code].position);
    return position;
  };
  return (farthest(a_, formats_.a) + farthest(b_, formats_.b)) / kDigitBits;
}

void QuirePe::begin(const CoreCommand& command) {
  stats_ = {};
  // A whole product has at most product_bits + 31 bits; the digit of a cut sum adds less than 2^32 a product.
  constexpr int kRoom = 62;
  whole_ = numerics::Int128{command.k_base + command.k} << (product_bits_ + kDigitBits - 1) < numerics::Int128{1} << kRoom;
}

QuirePe::Operand QuirePe::operand_of(const numerics::FormatSpec& format, int lsb_exponent, numerics::Code code) {
  const Unpacked value = numerics::decode(format, code);
  Operand operand;
  switch (value.number_class) {
    case NumberClass::Zero:
      break;
    case NumberClass::Finite: {
      const int zeros = std::countr_zero(value.significand);
      const auto magnitude = static_cast<std::int32_t>(value.significand >> zeros);
      operand.significand = value.negative ? -magnitude : magnitude;
      operand.position = static_cast<std::int16_t>(value.scale - 63 + zeros - lsb_exponent);
      break;
    }
    case NumberClass::Inf:
    case NumberClass::Nan:
      operand.significand = value.negative ? -1 : 1;
      operand.special = value.number_class;
      break;
  }
  return operand;
}

void QuirePe::mac_rows(Sums& sums, std::span<const MacRow<Operand>> rows) {
  if (in_rows_) {
    for (; rows.size() > kQuireRows; rows = rows.subspan(kQuireRows)) mac_rows_in_vectors(sums, rows.first(kQuireRows));
    mac_rows_in_vectors(sums, rows);
    return;
  }
  for (const MacRow<Operand>& row : rows) {
    std::int64_t* sum = sums[row.sum];
    for (std::size_t j = 0; j < row.lanes; ++j, sum += sums.sum_step_) {
      if (row.contains(j)) mac(sum, row.a[j], row.b[j]);
    }
  }
}

void QuirePe::mac_rows_in_vectors(Sums& sums, std::span<const MacRow<Operand>> rows) {
  const QuireDigits digits{sums.words_.data(), sums.digit_step_, highest_digit_, whole_};
  const auto add_specials = [&](const MacRow<Operand>& row) {
    std::int64_t* const flags = sums[row.sum] + digits_ * sums.digit_step_;
    for (std::size_t j = 0; j < row.lanes; ++j) {
      const bool special = row.a[j].special != NumberClass::Zero || row.b[j].special != NumberClass::Zero;
      if (special) add_special(flags[j], row.a[j], row.b[j]);
    }
  };
  std::uint64_t specials = quire_rows(digits, rows);
  for (; specials != 0; specials &= specials - 1) add_specials(rows[static_cast<std::size_t>(std::countr_zero(specials))]);
  for (const MacRow<Operand>& row : rows) {
    if (row.masks == nullptr) continue;
    a_lanes_.assign(row.lanes, idle());
    b_lanes_.assign(row.lanes, idle());
    for (std::size_t j = 0; j < row.lanes; ++j) {
      if (!row.contains(j)) continue;
      a_lanes_[j] = row.a[j];
      b_lanes_[j] = row.b[j];
    }
    const MacRow<Operand> unmasked{a_lanes_.data(), b_lanes_.data(), row.sum, row.lanes};
    if (quire_rows(digits, {&unmasked, 1}) != 0) add_specials(unmasked);
  }
}

void QuirePe::mac_broadcast(Sums& sums, std::size_t first, Operand a, const Operand* b, std::size_t n) {
  if (in_rows_) {
    a_lanes_.assign(n, a);
    const MacRow<Operand> row{a_lanes_.data(), b, first, n};
    mac_rows_in_vectors(sums, {&row, 1});
    return;
  }
  std::int64_t* sum = sums[first];
  for (std::size_t j = 0; j < n; ++j, sum += sums.sum_step_) mac(sum, a, b[j]);
}

void QuirePe::add_special(std::int64_t& flags, const Operand& a, const Operand& b) {
  const std::int64_t sign = std::int64_t{a.significand} * b.significand;
  const bool nan = a.special == NumberClass::Nan || b.special == NumberClass::Nan || sign == 0;  // Inf * 0
  flags |= nan ? kNan : sign < 0 ? kNegativeInfinity : kPositiveInfinity;
}

void QuirePe::resolve(std::int64_t* sum) const {
  for (std::size_t i = 0; i + 1 < digits_; ++i) {
    sum[i + 1] += sum[i] >> kDigitBits;
    sum[i] &= kDigitMask;
  }
}

void QuirePe::clamp(std::int64_t* sum) {
  resolve(sum);
  // In range iff every bit from bits-1 upward equals the sign.
  const auto top = static_cast<std::size_t>(bits_ - 1) / kDigitBits;
  const int offset = (bits_ - 1) % kDigitBits;
  const bool negative = sum[digits_ - 1] < 0;
  const std::int64_t fill = negative ? kDigitMask : 0;
  bool fits = sum[top] >> offset == fill >> offset;
  for (std::size_t i = top + 1; fits && i + 1 < digits_; ++i) fits = sum[i] == fill;
  fits = fits && sum[digits_ - 1] == (negative ? -1 : 0);
  if (fits) return;
  ++stats_.events.saturation;
  std::fill_n(sum, top, negative ? 0 : kDigitMask);
  const std::int64_t below = (std::int64_t{1} << offset) - 1;
  sum[top] = negative ? kDigitMask & ~below : below;
  std::fill(sum + top + 1, sum + digits_ - 1, fill);
  sum[digits_ - 1] = negative ? -1 : 0;
}

Unpacked QuirePe::value_of(std::int64_t* sum) const {
  const std::int64_t flags = sum[digits_];
  const bool positive = (flags & kPositiveInfinity) != 0, negative = (flags & kNegativeInfinity) != 0;
  if ((flags & kNan) != 0 || (positive && negative)) return {NumberClass::Nan, false, false, 0, 0};
  if (positive || negative) return {NumberClass::Inf, negative, false, 0, 0};
  resolve(sum);
  Unpacked value;
  value.negative = sum[digits_ - 1] < 0;
  if (value.negative) {
    for (std::size_t i = 0; i < digits_; ++i) sum[i] = -sum[i];
    resolve(sum);
  }
  std::size_t top = digits_;
  while (top > 0 && sum[top - 1] == 0) --top;
  if (top == 0) return {};
  // The top digit and the two below it hold at least 65 bits, or all there are.
  const auto digit = [&](std::size_t below) {
    return below < top ? static_cast<std::uint64_t>(sum[top - 1 - below]) : std::uint64_t{0};
  };
  const int zeros = std::countl_zero(digit(0)) - kDigitBits;
  const std::uint64_t high = digit(0) << kDigitBits | digit(1);
  value.number_class = NumberClass::Finite;
  value.significand = zeros == 0 ? high : high << zeros | digit(2) >> (kDigitBits - zeros);
  const std::uint64_t rest = digit(2) & ((std::uint64_t{1} << (kDigitBits - zeros)) - 1);
  value.sticky = rest != 0 || (top > 3 && std::any_of(sum, sum + top - 3, [](std::int64_t d) { return d != 0; }));
  value.scale = static_cast<int>(top) * kDigitBits - 1 - zeros + a_lsb_ + b_lsb_;
  return value;
}

Unpacked QuirePe::limited(const Unpacked& value) {
  if (formats_.a.family == Family::Posit) {  // -2^top is the quire's NaR
    ++stats_.events.overflow;
    return {NumberClass::Nan, false, false, 0, 0};
  }
  // -2^top itself is in range.
  const bool lowest = value.negative && value.scale == top_exponent_ && value.significand << 1 == 0 && !value.sticky;
  if (lowest) return value;
  ++stats_.events.saturation;
  if (value.negative) return {NumberClass::Finite, true, false, top_exponent_, std::uint64_t{1} << 63};
  // All ones, bits_ - 1 of them.
  const int ones = std::min(bits_ - 1, 64);
  return {NumberClass::Finite, false, bits_ - 1 > 64, top_exponent_ - 1, ~std::uint64_t{0} << (64 - ones)};
}

std::uint64_t QuirePe::finish(Sums& sums, std::size_t i, const LaneInput& lane) {
  std::int64_t* sum = sums[i];
  if (in_rows_) {
    for (std::size_t d = 0; d <= digits_; ++d) sum_[d] = sum[d * sums.digit_step_];
    sum = sum_.data();
  }
  if (lane.bias) {
    Operand one;
    one.significand = 1;
    mac(sum, operand_of(formats_.out, a_lsb_ + b_lsb_, lane.bias_code), one);
  }
  Unpacked value = value_of(sum);
  if (lane.bias && !clamps_ && value.is_finite() && value.scale >= top_exponent_) value = limited(value);
  value = numerics::rectified(value, lane.relu);
  return numerics::encode(formats_.out, value, {rounding_, 0, lane.random, false}, stats_.events);
}

}  // namespace binade::datapath
