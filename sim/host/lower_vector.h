// SPDX-License-Identifier: Apache-2.0
// Vector-unit operations as descriptors: chunks of outputs through the scratchpads.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "sim/host/lower_gemm.h"

namespace binade::sim {

/// One operation over a run of consecutive output elements.
struct VectorJob {
  spec::Vector record;  ///< the operation; bases, count and first are filled in per chunk
  /// windows: output i reads row x_first + i of `x`, `window` elements long. Otherwise x is the contiguous elements at x.base.
  bool windows = false;
  GemmSource x;
  std::int64_t window = 1;
  std::int64_t x_first = 0;
  std::int64_t fill = 0;  ///< code of padding
  int x_bytes = 1;
  std::int64_t y = -1;          ///< byte address of a second operand with an element per output
  std::int64_t constants = 0;   ///< elements of s, then of t
  std::int64_t s = -1, t = -1;  ///< their byte addresses; -1: none
  int y_bytes = 1;              ///< of an element of y, s or t
  std::int64_t outputs = 0;
  std::int64_t granule = 1;  ///< outputs that must stay together: one row
  std::int64_t first = 0;    ///< logical index of output 0 in the layer's output tensor
  std::int64_t out = 0;      ///< byte address of output 0
  int out_bytes = 1;
};

/// Outputs of one chunk: as many as half of each scratchpad holds, a quarter of the job where that is at least kChunkTarget (so
/// that loading, computing and storing overlap), everything without a capacity limit. Throws InputError naming the scratchpad
/// key and the bytes needed.
inline constexpr std::int64_t kChunkTarget = 1024;
std::int64_t choose_chunk(const hw::PlatformConfig& config, const VectorJob& job, const std::string& where);

void lower_vector(const hw::PlatformConfig& config, std::span<const VectorJob> jobs, const std::string& where, Schedule& schedule);

}  // namespace binade::sim
