// SPDX-License-Identifier: Apache-2.0
// Operands: codes at which formats change behaviour, random draws, and the class of a code for functional coverage.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

#include "models/numerics/codec.h"

namespace binade::verify {

/// A seeded generator with the draws that stimuli need.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t bits() { return engine_(); }
  /// 0..limit-1.
  std::uint64_t below(std::uint64_t limit) { return engine_() % limit; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }

 private:
  std::mt19937_64 engine_;
};

/// Ends of the code range, around zero and around half, every power of two with its neighbours, and their complements; of floats
/// also the ends of the first and last binades, of those around one and of the specials.
std::vector<numerics::Code> corner_codes(const numerics::FormatSpec& format);

/// Pairs of codes of two operands: all of them where each has at most 8 bits, else 0, which says that they are too many.
std::uint64_t all_pairs(const numerics::FormatSpec& a, const numerics::FormatSpec& b);
/// Of their corner codes.
std::uint64_t corner_pairs(const numerics::FormatSpec& a, const numerics::FormatSpec& b);

/// A third of the draws are corners, a third near the last code, the rest uniform. Of floats, Inf and NaN are rare, and so are
/// values whose products leave the range: sums of many would soon be nothing else.
class CodeSource {
 public:
  explicit CodeSource(const numerics::FormatSpec& format);
  numerics::Code draw(Draw& draw);
  const std::vector<numerics::Code>& corners() const { return corners_; }

 private:
  numerics::Code draw_any(Draw& draw) const;

  numerics::FormatSpec format_;
  numerics::Code mask_;
  int bits_;
  std::vector<numerics::Code> corners_;
  numerics::Code last_ = 0;
};

enum class CodeClass : std::uint8_t { Zero, Smallest, Largest, Special, Negative, Positive };
inline constexpr std::array<std::string_view, 6> kCodeClassNames{"zero", "smallest", "largest", "special", "negative", "positive"};
/// Special: NaR, NaN, Inf. Smallest, Largest: of the finite non-zero magnitudes.
CodeClass class_of(const numerics::FormatSpec& format, numerics::Code code);
/// The classes that the format has.
bool has_class(const numerics::FormatSpec& format, CodeClass code_class);

/// A random two's-complement integer of `bits` bits in words: zero, an end of the range, a few powers of two, or of any length.
void draw_integer(Draw& draw, int bits, std::uint64_t* words);

}  // namespace binade::verify
