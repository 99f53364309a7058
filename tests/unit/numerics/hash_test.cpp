// SPDX-License-Identifier: Apache-2.0
#include "models/numerics/hash.h"

#include <gtest/gtest.h>

namespace binade::numerics {
namespace {

TEST(Hash, InverseGivesBackWhatWasHashed) {
  constexpr std::uint32_t kStride = 65521;  // a prime: all bits change
  std::uint32_t x = 0;
  do {
    ASSERT_EQ(lowbias32_inverse(lowbias32(x)), x);
    ASSERT_EQ(lowbias32(lowbias32_inverse(x)), x);
    x += kStride;
  } while (x >= kStride);
}

}  // namespace
}  // namespace binade::numerics
