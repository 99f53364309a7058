// SPDX-License-Identifier: Apache-2.0
// The sums over operands of a tile as their definition reads: element by element, code after code.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "models/datapath/core_config.h"
#include "models/spec/operand_sums.h"

namespace binade::test {

/// What one element of the array sees.
class LiteralElement {
 public:
  explicit LiteralElement(spec::OperandSums& sums) : sums_(sums) {}
  void multiply(std::uint32_t a, std::uint32_t b) {
    const std::array<std::uint64_t, 4> of_a = functions(a, last_a_), of_b = functions(b, last_b_);
    for (std::size_t f = 0; f < 4; ++f)
      for (std::size_t g = 0; g < 4; ++g) sums_.sums[f][g] += of_a[f] * of_b[g];
    last_a_ = a, last_b_ = b;
  }

 private:
  static std::array<std::uint64_t, 4> functions(std::uint32_t code, std::uint32_t last) {
    return {1, static_cast<std::uint64_t>(std::popcount(code ^ last)), static_cast<std::uint64_t>(std::popcount(code)),
            code != 0 ? 1U : 0U};
  }
  spec::OperandSums& sums_;
  std::uint32_t last_a_ = 0, last_b_ = 0;
};

/// `a(m, k)` and `b(k, n)`: codes of the tile. os: an element has a place of the output and takes all of k; ws: it has a place of B
/// and takes all of m.
template <class A, class B>
spec::OperandSums literal_operand_sums(datapath::Dataflow dataflow, std::int64_t m, std::int64_t n, std::int64_t k, A a, B b) {
  const bool os = dataflow == datapath::Dataflow::OutputStationary;
  spec::OperandSums sums;
  for (std::int64_t i = 0; i < (os ? m : k); ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      LiteralElement element(sums);
      for (std::int64_t step = 0; step < (os ? k : m); ++step) {
        const std::int64_t at_m = os ? i : step, at_k = os ? step : i;
        element.multiply(static_cast<std::uint32_t>(a(at_m, at_k)), static_cast<std::uint32_t>(b(at_k, j)));
      }
    }
  }
  return sums;
}

}  // namespace binade::test
