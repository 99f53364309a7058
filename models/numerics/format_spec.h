// SPDX-License-Identifier: Apache-2.0
// A number format as a value: parsed from one shell-safe word, never a template parameter.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "models/numerics/rounding.h"

namespace binade::numerics {

/// The bits of one element, right-aligned. Shared-exponent formats: the two's-complement mantissa in the low `bits` bits.
using Code = std::uint32_t;

enum class Family : std::uint8_t {
  Posit,      ///< posit<N>, posit<N>es<E>, each with or without u behind
  HillFloat,  ///< e<E>m<M>: no subnormals, no Inf/NaN, saturates (Hill et al. 3.1)
  IeeeFloat,  ///< fp32 fp16 bf16 fp8e4m3 fp8e5m2, ieee<E>.<M>
  Flex,       ///< flex<N>+<M>
  Dfp,        ///< dfp<P>
  Sdfp,       ///< sdfp<P>
  Fixed,      ///< fixed<W>.<F>: a static shared exponent of -F
};

/// Which special values an IeeeFloat encodes.
enum class Specials : std::uint8_t {
  None,     ///< no Inf, no NaN
  InfNan,   ///< IEEE 754: all-ones exponent
  NanOnly,  ///< OCP E4M3: only S.1111.111 is NaN
};

struct FormatSpec {
  Family family = Family::IeeeFloat;
  int bits = 32;           ///< width of a code, 2..32
  int exponent_bits = 8;   ///< posit: es; floats: E; flex: M; otherwise 0
  int fraction_bits = 23;  ///< floats: M; fixed: F; otherwise 0
  Specials specials = Specials::InfNan;
  bool saturates = false;  ///< IeeeFloat: what lies beyond the largest finite value, infinity included, becomes it (OCP saturation)
  bool underflows =
      false;  ///< Posit: |x| <= minpos / 2^(2^es) becomes 0, in every rounding mode; Posit Standard 2022: nothing does

  bool operator==(const FormatSpec&) const = default;

  /// True where one exponent serves a whole tensor (flex, dfp, sdfp, fixed): codes are integers times 2^lsb_exponent.
  bool shared_exponent() const { return family >= Family::Flex; }
  /// True where that exponent is chosen from the finished tensor (dfp, sdfp).
  bool exponent_after() const { return family == Family::Dfp || family == Family::Sdfp; }
  /// Bytes of one element in memory: 1, 2 or 4.
  int storage_bytes() const { return bits <= 8 ? 1 : bits <= 16 ? 2 : 4; }
  /// The rounding of docs/formats.md: rtz for e<E>m<M>, rne otherwise (posit, ieee, dfp, sdfp, fixed, flex quantisation).
  Rounding default_rounding() const { return family == Family::HillFloat ? Rounding::Rtz : Rounding::Rne; }
  /// Posit: log2 of the largest magnitude that becomes zero where `underflows`, minpos / 2^(2^es), and of the smallest that has a
  /// code.
  int zero_scale() const { return -((bits - 1) << exponent_bits); }
  int minpos_scale() const { return -((bits - 2) << exponent_bits); }
  /// Exponent bias of the float families, 2^(E-1)-1.
  int bias() const { return (1 << (exponent_bits - 1)) - 1; }
  /// Largest / smallest stored integer of a shared-exponent format (flex is asymmetric, the others symmetric).
  std::int64_t max_mantissa() const { return (std::int64_t{1} << (bits - 1)) - 1; }
  std::int64_t min_mantissa() const { return family == Family::Flex ? -max_mantissa() - 1 : -max_mantissa(); }
};

/// `fp32`: the sums of the policy of that name.
inline constexpr FormatSpec kBinary32{Family::IeeeFloat, 32, 8, 23, Specials::InfNan};

/// Parses a format word (docs/formats.md). Throws InputError that names the nearest valid word.
FormatSpec parse_format(std::string_view word);
/// The canonical word; parse_format(to_string(f)) == f and to_string(parse_format(w)) is w for canonical w.
std::string to_string(const FormatSpec& format);

/// Sign-extends a mantissa code of a shared-exponent format.
inline std::int64_t mantissa_of(const FormatSpec& format, Code code) {
  const int shift = 64 - format.bits;
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(code) << shift) >> shift;
}
inline Code code_of_mantissa(const FormatSpec& format, std::int64_t mantissa) {
  return static_cast<Code>(static_cast<std::uint64_t>(mantissa) & ((std::uint64_t{1} << format.bits) - 1));
}

}  // namespace binade::numerics
