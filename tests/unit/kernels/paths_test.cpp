// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <set>

#include "models/kernels/kernel_path.h"
#include "models/kernels/simd/target.h"
#include "models/numerics/error.h"

namespace binade::kernels {
namespace {

TEST(KernelPaths, EveryPathHasItsName) {
  std::set<std::string_view> names;
  for (std::size_t path = 0; path < kKernelPaths; ++path) names.insert(to_string(static_cast<KernelPath>(path)));
  EXPECT_EQ(names.size(), kKernelPaths);
  EXPECT_EQ(names.count(""), 0U);
}

TEST(SimdTargets, EachCanBeForced) {
  const auto targets = simd_targets();
  ASSERT_FALSE(targets.empty());
  for (const auto& target : targets) {
    force_simd_target(target);
    EXPECT_EQ(simd_target(), target);
  }
  EXPECT_THROW(force_simd_target("abacus"), InputError);
  force_simd_target("");
  EXPECT_EQ(simd_target(), targets.front());
}

}  // namespace
}  // namespace binade::kernels
