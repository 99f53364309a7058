// SPDX-License-Identifier: Apache-2.0
// Multiply-accumulate over a row of integer lanes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace binade::datapath {

/// sum[j] += a[j] * b[j]. No overflow is possible by the caller's bound.
void multiply_accumulate(std::int64_t* sum, const std::int32_t* a, const std::int32_t* b, std::size_t lanes);
/// sum[j] += a * b[j].
void multiply_accumulate(std::int64_t* sum, std::int32_t a, const std::int32_t* b, std::size_t lanes);

}  // namespace binade::datapath
