// SPDX-License-Identifier: Apache-2.0
// Arrays as callers hold them: codes in unsigned integers of one, two or four bytes, values in binary32 or binary64. A view; read
// and written a chunk at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "models/numerics/format_spec.h"

namespace binade::lib {

/// Elements that a pass takes at a time: what it keeps of them stays in the first-level cache.
inline constexpr std::size_t kChunk = 1024;

/// Codes that are read; `bytes` is 1, 2 or 4.
struct CodesIn {
  const void* data = nullptr;
  int bytes = 4;
  std::size_t count = 0;

  /// Codes first .. first + n - 1, n <= kChunk: in the array itself, or in `buffer`.
  const numerics::Code* chunk(std::size_t first, std::size_t n, numerics::Code* buffer) const;
  /// All from `first` on, which is at most `count`.
  CodesIn from(std::size_t first) const {
    return {static_cast<const char*>(data) + first * static_cast<std::size_t>(bytes), bytes, count - first};
  }
  /// Elements first + i * step, i < n, into `to`; no bound on n.
  void gather(std::ptrdiff_t first, std::ptrdiff_t step, std::size_t n, numerics::Code* to) const;
};

struct CodesOut {
  void* data = nullptr;
  int bytes = 4;
  std::size_t count = 0;

  /// The array itself where it has codes of four bytes, else `buffer`; put() then brings the chunk to its place.
  numerics::Code* chunk(std::size_t first, numerics::Code* buffer) const;
  void put(std::size_t first, std::size_t n, const numerics::Code* chunk) const;
  /// Output words of a kernel: the code in the low `bits` bits.
  void put_words(std::size_t first, std::size_t n, const std::uint64_t* words, int bits) const;
  CodesOut part(std::size_t first, std::size_t n) const {
    return {static_cast<char*>(data) + first * static_cast<std::size_t>(bytes), bytes, n};
  }
};

/// Values that are read; `bytes` is 4 or 8.
struct ValuesIn {
  const void* data = nullptr;
  int bytes = 8;
  std::size_t count = 0;

  const double* chunk(std::size_t first, std::size_t n, double* buffer) const;
};

struct ValuesOut {
  void* data = nullptr;
  int bytes = 8;
  std::size_t count = 0;

  double* chunk(std::size_t first, double* buffer) const;
  void put(std::size_t first, std::size_t n, const double* chunk) const;
};

/// Throws InputError on arrays that differ in length.
void require_equal(std::size_t count, std::string_view name, std::size_t other, std::string_view other_name);
/// Throws InputError, naming the first one, on codes that have bits above the format's width.
void require_codes(const numerics::FormatSpec& format, const CodesIn& codes, std::string_view name);
/// Throws InputError where memory that is written is read or written under another name too; of arrays that begin and end together
/// only unless `same_allowed`.
void require_apart(const void* out, std::size_t out_bytes, const void* other, std::size_t other_bytes, std::string_view names,
                   bool same_allowed = false);
/// Whether codes say all: of every format but flex, dfp and sdfp, whose exponent travels beside them.
inline bool states_exponent(const numerics::FormatSpec& format) {
  return !format.shared_exponent() || format.family == numerics::Family::Fixed;
}
/// Throws InputError on what a tensor is given and its format has no use for: an exponent where it states its own, headroom but for
/// dfp and sdfp, a bias (absent: automatic) but for sdfp.
void require_use(const numerics::FormatSpec& format, std::optional<int> lsb_exponent, int add_shift, std::optional<int> sdfp_bias);
/// Throws InputError outside -256..255, the exponents that tensors have (models/spec/ranges.h).
void require_exponent(int lsb_exponent, std::string_view name);

}  // namespace binade::lib
