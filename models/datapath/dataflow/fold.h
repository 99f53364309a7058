// SPDX-License-Identifier: Apache-2.0
// A fold: one pass of operands over the array, which blocks of the tile it meets and on which beats.
#pragma once

#include <cstdint>

namespace binade::datapath {

/// Beats count enabled clocks of the command from 0; P = pe_latency.
struct Fold {
  std::int64_t m0 = 0, n0 = 0, k0 = 0;  ///< first row, column and k of the tile
  int r = 0, c = 0;                     ///< rows and columns of the array in use
  int charged_r = 0, charged_c = 0;     ///< rows and columns that timing charges: r and c, or R and C with edge = full
  std::int64_t depth = 0;               ///< A vectors
  std::int64_t b_vectors = 0;           ///< B vectors, bias not counted
  std::int64_t outputs = 0;             ///< output vectors, on consecutive beats; 0 where the fold's sums stay in the core
  int k_per_vector = 0;                 ///< k of consecutive A vectors differ by this: 1 where a vector is one k, else 0
  int k_lanes = 1;                      ///< values of k in one A vector, from the vector's k on
  bool first_k = false;                 ///< sums start from zero
  bool last_k = false;                  ///< sums leave through the lanes
  std::uint64_t start = 0;              ///< first A vector is taken
  std::uint64_t b_start = 0;            ///< first B vector is taken
  std::uint64_t compute_end = 0;        ///< one past the last accumulate
  std::uint64_t exit = 0;               ///< the first output leaves column 0's foot
  std::uint64_t end = 0;                ///< one past the beat at which the last sum leaves; without outputs compute_end
};

}  // namespace binade::datapath
