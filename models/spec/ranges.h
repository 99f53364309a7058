// SPDX-License-Identifier: Apache-2.0
// What the fields of a descriptor hold: the one owner of the ranges that the decoder and the core check, that the host stays
// within, that `verify` draws from and that the RTL's ports have (rtl/common/command_pkg.sv; rtl/cosim/spec_check.cpp).
#pragma once

#include <algorithm>
#include <cstdint>

namespace binade::spec {

/// product_shift and bias_shift of a command: signed registers of eight bits.
inline constexpr int kShiftBits = 8;
inline constexpr int kHighestShift = (1 << (kShiftBits - 1)) - 1;
inline constexpr int kLowestShift = -kHighestShift - 1;

/// The shift that the register holds: a farther one saturates. An accumulator of integers has at most 64 bits and an output 32, so
/// nothing is lost where each shift acts on its own:
/// - `blocked`: a block of fewer than 2^69 shifted right by 96 or more leaves its sign only, and shifted left by 33 or more
///   any block but zero overflows the register (models/numerics/blocked.cpp): both ends lie inside the range.
/// - a sum on its way to the output: |sum| <= 2^63 shifted right by 127 is below 2^-63, which every rounding takes to zero (the 32
///   random bits of `sr` too), and shifted left by 128 any sum but zero saturates 32 bits.
/// - the bias of a raw sum, 2^-bias_shift accumulator LSBs: from 2^64 on any bias but zero takes any sum of 64 bits out of the
///   accumulator; a binary32 sum is below 2^94 (2^31 products of 2^62), and 2^128 less that rounds to infinity.
constexpr int saturated_shift(std::int64_t shift) {
  return static_cast<int>(std::clamp<std::int64_t>(shift, kLowestShift, kHighestShift));
}

/// LSB exponents of tensors. Far beyond binary32, whose least LSB under 32 mantissa bits is 2^-179; a tensor that would need an
/// exponent outside it saturates or underflows, counted.
inline constexpr int kLowestTensorExponent = -256, kHighestTensorExponent = 255;
/// Exponents of a Vector record: those of tensors and of raw integers, which are sums of two, moved by at most 64 bits of a result.
inline constexpr int kFarthestExponent = 640;
constexpr int tensor_exponent_within(int exponent) { return std::clamp(exponent, kLowestTensorExponent, kHighestTensorExponent); }

/// Stride, dilation and padding of one spatial axis: sixteen bits each.
inline constexpr int kGeometryBits = 16;
inline constexpr std::int64_t kLargestGeometry = (std::int64_t{1} << kGeometryBits) - 1;
inline constexpr std::int64_t kLargestGeometryWord = (std::int64_t{1} << (3 * kGeometryBits)) - 1;

/// A Gemm's mode, and a Vector's formats: indices into the platform's tables, registers of eight bits.
inline constexpr int kIndexBits = 8;
inline constexpr int kMostModes = 1 << kIndexBits, kMostFormats = 1 << kIndexBits;

/// Counts and sizes (m, n, k, x_count, height, ...).
inline constexpr std::int64_t kLargestCount = std::int64_t{1} << 31;
/// Byte addresses, first indices and the scratchpad's layout.
inline constexpr std::int64_t kLargestAddress = std::int64_t{1} << 48;
/// Steps of a gather or scatter, in elements, of either sign.
inline constexpr std::int64_t kLargestStep = std::int64_t{1} << 40;
/// Each of the three terms of an element's offset from DRAM base: their sum, times 8 bytes, plus the base is below 2^62.
inline constexpr std::int64_t kFarthestElement = std::int64_t{1} << 56;
/// seed, tensor, m_base, n_base and logical_cols: registers of 32 bits.
inline constexpr std::int64_t kLargestWord = 0xffffffff;

}  // namespace binade::spec
