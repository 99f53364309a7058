// SPDX-License-Identifier: Apache-2.0
// Which arithmetic computed an output: every path gives the same bits and events, so this is how tests and reports tell them apart.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace binade::kernels {

enum class KernelPath : std::uint8_t {
  Element,      ///< the processing element's own arithmetic, product by product
  Int16,        ///< int16 products, int32 sums widened before they could wrap
  Int16Split,   ///< the same on the two bytes of one operand
  Blocked,      ///< int16 products, each block folded in int32
  BlockedWide,  ///< each block folded in binary64, clamps counted
  Fp64,         ///< one binary64 product and sum, provably without rounding
  Int16Sliced,  ///< operands cut into digits of 14 bits, int16 products of digits, their sums added in a wide integer
  Serial32,     ///< binary32 steps, each rounded to the format
  Serial64,     ///< binary64 steps, each rounded to the format
  Fp32,         ///< binary32 fused multiply-adds
  Chained,      ///< int16 products, each chain added in binary32
};
inline constexpr std::size_t kKernelPaths = 11;

std::string_view to_string(KernelPath path);

/// Multiply-accumulates by path.
class PathMacs {
 public:
  std::uint64_t& operator[](KernelPath path) { return macs_[static_cast<std::size_t>(path)]; }
  std::uint64_t operator[](KernelPath path) const { return macs_[static_cast<std::size_t>(path)]; }
  PathMacs& operator+=(const PathMacs& other) {
    for (std::size_t i = 0; i < kKernelPaths; ++i) macs_[i] += other.macs_[i];
    return *this;
  }
  bool operator==(const PathMacs&) const = default;

 private:
  std::array<std::uint64_t, kKernelPaths> macs_{};
};

}  // namespace binade::kernels
