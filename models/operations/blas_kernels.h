// SPDX-License-Identifier: Apache-2.0
// Whether OpenBLAS knows the processor that it runs on. One that is newer than the library gets kernels without its vector
// instructions, and a comparison with them shows nothing.
#pragma once

#include <string_view>

namespace binade::operations {

inline constexpr const char* kBlasKernelsTooOld = " (not this processor's: it has wider vectors)";

/// `core`: what openblas_get_corename() says. On x86-64, kernels written for AVX-512 on a processor that has it, for AVX2 on one
/// that has that; names as in OpenBLAS 0.3.21 (driver/others/dynamic.c, corename[]) and what came since. Elsewhere always true.
inline bool blas_kernels_fit([[maybe_unused]] std::string_view core) {
#if defined(__x86_64__)
  const auto is_one_of = [&](auto... names) { return ((core == names) || ...); };
  // "Cooperlake" and "SapphireRapids" extend SkylakeX; Zen kernels are Haswell's, which OpenBLAS gives Zen 4 for lack of others.
  const bool wide = is_one_of("SkylakeX", "Cooperlake", "SapphireRapids");
  if (__builtin_cpu_supports("avx512f") != 0) return wide;
  if (__builtin_cpu_supports("avx2") != 0) return wide || is_one_of("Haswell", "Zen", "Excavator");
#endif
  return true;
}

}  // namespace binade::operations
