// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace binade::tests {

/// `n` values from -1 to below 1, of equal probability.
inline std::vector<double> random_values(std::int64_t n, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::vector<double> values(static_cast<std::size_t>(n));
  for (double& v : values) v = uniform(generator);
  return values;
}

}  // namespace binade::tests
