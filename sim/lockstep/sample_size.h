// SPDX-License-Identifier: Apache-2.0
// How many tiles of a layer also go through the RTL.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace binade::lockstep {

/// A number of tiles a layer, or a share of each layer's in percent.
struct SampleSize {
  std::string word;  ///< as given
  double value = 0;
  bool percent = false;

  /// Of `tiles`: at least 1, at most all.
  std::int64_t of(std::int64_t tiles) const;
};
/// "12" or "2.5%". Throws InputError.
SampleSize parse_sample_size(std::string_view word);

}  // namespace binade::lockstep
