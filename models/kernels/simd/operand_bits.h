// SPDX-License-Identifier: Apache-2.0
// Bits of codes: how many are set, and how many change from a code to the next that an element takes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace binade::kernels::simd {

/// Codes as a core takes them: each step has some side by side, a lane each, and the next step's are `stride` bytes further.
struct CodeSteps {
  const std::byte* first = nullptr;
  int element_bytes = 1;   ///< 1, 2 or 4
  std::uint32_t mask = 0;  ///< bits of an element that are the code's
  std::int64_t lanes = 0, steps = 0, stride = 0;
};

/// Sums over codes.
struct CodeBits {
  std::uint64_t hamming = 0;  ///< bits that differ from the code of the same lane one step before, of the first step from 0
  std::uint64_t weight = 0;   ///< bits that are set
  std::uint64_t nonzero = 0;  ///< codes that are not 0
};

/// to[step] += the sums over its lanes.
void add_bits_by_step(const CodeSteps& codes, CodeBits* to);
/// to[lane] += the sums over its steps.
void add_bits_by_lane(const CodeSteps& codes, CodeBits* to);

}  // namespace binade::kernels::simd
