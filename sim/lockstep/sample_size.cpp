// SPDX-License-Identifier: Apache-2.0
#include "sim/lockstep/sample_size.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "models/numerics/error.h"

namespace binade::lockstep {

SampleSize parse_sample_size(std::string_view word) {
  SampleSize size{std::string(word), 0, word.ends_with('%')};
  const std::string_view number = word.substr(0, word.size() - (size.percent ? 1 : 0));
  const auto* const end = number.data() + number.size();
  const auto [stop, error] = std::from_chars(number.data(), end, size.value, std::chars_format::fixed);
  constexpr double kMostTiles = 1e9;
  const bool read = error == std::errc() && stop == end;
  const bool fits = size.percent ? size.value > 0 && size.value <= 100
                                 : size.value >= 1 && size.value <= kMostTiles && size.value == std::floor(size.value);
  if (!read || !fits)
    throw InputError("'" + std::string(word) +
                     "' is no sample; allowed: tiles a layer (1, 2, ...) or a share of them (0.1% to 100%)");
  return size;
}

std::int64_t SampleSize::of(std::int64_t tiles) const {
  const double wanted = percent ? std::ceil(static_cast<double>(tiles) * value / 100) : value;
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(wanted), std::min<std::int64_t>(1, tiles), tiles);
}

}  // namespace binade::lockstep
