// SPDX-License-Identifier: Apache-2.0
#include "models/kernels/simd/operand_bits.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/kernels/simd/operand_bits.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace binade::kernels::simd {
namespace HWY_NAMESPACE {
namespace {

// Eight bytes of codes side by side are one word; plain loops, of which the compiler makes vectors and population counts where the
// target has them.
using Word = std::uint64_t;
constexpr std::int64_t kWordBytes = 8;

/// `element` in every lane of a word.
template <class Element>
constexpr Word everywhere(Word element) {
  return element * (~Word{0} / std::numeric_limits<Element>::max());
}

/// The codes of up to eight bytes; the rest is zero, which has no bits.
inline Word load(const std::byte* from, Word mask, std::int64_t bytes = kWordBytes) {
  Word word = 0;
  std::memcpy(&word, from, static_cast<std::size_t>(bytes));
  return word & mask;
}

/// The uppermost bit of each lane that is not zero.
template <class Element>
Word nonzero_lanes(Word word) {
  constexpr Word kHigh = everywhere<Element>(Word{1} << (8 * sizeof(Element) - 1));
  return (((word & ~kHigh) + ~kHigh) | word) & kHigh;
}

template <class Element>
void by_step(const CodeSteps& codes, CodeBits* to) {
  const Word mask = everywhere<Element>(codes.mask);
  const std::int64_t bytes = codes.lanes * static_cast<std::int64_t>(sizeof(Element));
  const std::int64_t whole = bytes / kWordBytes * kWordBytes, rest = bytes - whole;
  for (std::int64_t step = 0; step < codes.steps; ++step) {
    const std::byte* const row = codes.first + step * codes.stride;
    const std::byte* const before = step == 0 ? nullptr : row - codes.stride;
    std::uint64_t hamming = 0, weight = 0, nonzero = 0;
    const auto add = [&](std::int64_t at, std::int64_t length) {
      const Word word = load(row + at, mask, length);
      const Word changed = before == nullptr ? word : word ^ load(before + at, mask, length);
      hamming += static_cast<std::uint64_t>(std::popcount(changed));
      weight += static_cast<std::uint64_t>(std::popcount(word));
      nonzero += static_cast<std::uint64_t>(std::popcount(nonzero_lanes<Element>(word)));
    };
    for (std::int64_t at = 0; at < whole; at += kWordBytes) add(at, kWordBytes);
    if (rest != 0) add(whole, rest);
    to[step].hamming += hamming;
    to[step].weight += weight;
    to[step].nonzero += nonzero;
  }
}

/// The set bits of each lane, in it.
template <class Element>
Word bits_by_lane(Word word) {
  word -= (word >> 1) & everywhere<std::uint8_t>(0x55);
  word = (word & everywhere<std::uint8_t>(0x33)) + ((word >> 2) & everywhere<std::uint8_t>(0x33));
  word = (word + (word >> 4)) & everywhere<std::uint8_t>(0x0f);
  if constexpr (sizeof(Element) >= 2) word = (word + (word >> 8)) & everywhere<std::uint16_t>(0x00ff);
  if constexpr (sizeof(Element) >= 4) word = (word + (word >> 16)) & everywhere<std::uint32_t>(0x0000ffff);
  return word;
}

/// Sums over steps, a lane of a word for each lane of codes.
struct WordSums {
  static constexpr std::int64_t kWords = 32;
  std::array<Word, kWords> hamming{}, weight{}, nonzero{};
};

template <class Element>
void flush(const WordSums& sums, std::int64_t lanes, CodeBits* to) {
  constexpr std::int64_t kLanes = kWordBytes / static_cast<std::int64_t>(sizeof(Element));
  for (std::int64_t lane = 0; lane < lanes; ++lane) {
    const auto word = static_cast<std::size_t>(lane / kLanes);
    const auto shift = static_cast<int>(lane % kLanes) * 8 * static_cast<int>(sizeof(Element));
    to[lane].hamming += static_cast<Element>(sums.hamming[word] >> shift);
    to[lane].weight += static_cast<Element>(sums.weight[word] >> shift);
    to[lane].nonzero += static_cast<Element>(sums.nonzero[word] >> shift);
  }
}

template <class Element>
void by_lane(const CodeSteps& codes, CodeBits* to) {
  constexpr auto kSize = static_cast<std::int64_t>(sizeof(Element));
  constexpr std::int64_t kLanes = WordSums::kWords * kWordBytes / kSize;
  // Each step adds at most the bits of an element to a lane, which then overflows after these.
  constexpr std::int64_t kSteps = std::numeric_limits<Element>::max() / (8 * kSize);
  const Word mask = everywhere<Element>(codes.mask);
  for (std::int64_t lane = 0; lane < codes.lanes; lane += kLanes) {
    const std::int64_t lanes = std::min(kLanes, codes.lanes - lane), bytes = lanes * kSize;
    const std::int64_t whole = bytes / kWordBytes, rest = bytes - whole * kWordBytes;
    for (std::int64_t begin = 0; begin < codes.steps; begin += kSteps) {
      WordSums sums;
      const std::int64_t end = std::min(begin + kSteps, codes.steps);
      for (std::int64_t step = begin; step < end; ++step) {
        const std::byte* const row = codes.first + step * codes.stride + lane * kSize;
        // The mask leaves nothing of what is before the first step.
        const std::byte* const before = step == 0 ? row : row - codes.stride;
        const Word mask_before = step == 0 ? 0 : mask;
        const auto add = [&](std::int64_t i, std::int64_t length) {
          const auto at = static_cast<std::size_t>(i);
          const Word word = load(row + i * kWordBytes, mask, length);
          const Word last = load(before + i * kWordBytes, mask_before, length);
          sums.hamming[at] += bits_by_lane<Element>(word ^ last);
          sums.weight[at] += bits_by_lane<Element>(word);
          sums.nonzero[at] += nonzero_lanes<Element>(word) >> (8 * kSize - 1);
        };
        for (std::int64_t i = 0; i < whole; ++i) add(i, kWordBytes);
        if (rest != 0) add(whole, rest);
      }
      flush<Element>(sums, lanes, to + lane);
    }
  }
}

void add_by_step(const CodeSteps& codes, CodeBits* to) {
  if (codes.element_bytes == 1) return by_step<std::uint8_t>(codes, to);
  if (codes.element_bytes == 2) return by_step<std::uint16_t>(codes, to);
  by_step<std::uint32_t>(codes, to);
}

void add_by_lane(const CodeSteps& codes, CodeBits* to) {
  if (codes.element_bytes == 1) return by_lane<std::uint8_t>(codes, to);
  if (codes.element_bytes == 2) return by_lane<std::uint16_t>(codes, to);
  by_lane<std::uint32_t>(codes, to);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace binade::kernels::simd
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace binade::kernels::simd {

HWY_EXPORT(add_by_step);
HWY_EXPORT(add_by_lane);

void add_bits_by_step(const CodeSteps& codes, CodeBits* to) { HWY_DYNAMIC_DISPATCH(add_by_step)(codes, to); }
void add_bits_by_lane(const CodeSteps& codes, CodeBits* to) { HWY_DYNAMIC_DISPATCH(add_by_lane)(codes, to); }

}  // namespace binade::kernels::simd
#endif
