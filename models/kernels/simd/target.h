// SPDX-License-Identifier: Apache-2.0
// The instruction set of the vector kernels: the best one the processor has, unless a test or a benchmark forces another.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace binade::kernels {

/// Highway's names of what this processor can run and the kernels were built for, best first; the last one is scalar.
std::vector<std::string> simd_targets();
/// The one in use.
std::string simd_target();
/// Uses `name` from simd_targets() from now on, or the best one when empty. Not while a kernel exists. Throws InputError.
void force_simd_target(std::string_view name);

}  // namespace binade::kernels
