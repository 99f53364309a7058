// SPDX-License-Identifier: Apache-2.0
// Register tiles of the packed GEMMs, dispatched at run time. A tile is rows x cols outputs.
//
// A is given as the tile's rows, each of consecutive k. B is packed with K outermost: int16: [pair of k][lane][2]; binary64:
// [k][lane], the lanes in groups of one tile width.
#pragma once

#include <cstdint>

namespace binade::kernels::simd {

struct TileShape {
  int rows;       ///< of every tile
  int vectors;    ///< of a row of B, 1 to 3
  int cols;       ///< of an int16 tile
  int cols_fp64;  ///< of a binary64 tile; divides cols
};
/// Not below any target's tile_shape(), which dot.cpp asserts for each: buffers of these sizes hold a tile, a row of it and,
/// since cols_fp64 divides cols, a binary64 tile.
inline constexpr int kMostTileRows = 8;
inline constexpr int kMostTileCols = 48;
inline constexpr int kMostTileOutputs = kMostTileRows * kMostTileCols;

/// For n columns.
TileShape tile_shape(std::int64_t n);
int tile_rows();                   ///< whatever n is
std::int64_t generated_targets();  ///< Highway's bits of the targets that the kernels were compiled for
const char* target_name();         ///< of the one in use

/// The tiles below are of tile_shape(n), whose `vectors` they take.
/// c += weight * (A B), every product of int16, sums in int32 over chunks of at most `chunk` pairs: the caller's bound says that no
/// chunk leaves int32, and that no sum leaves 53 bits.
void dot_int16(const std::int16_t* const* a, const std::int16_t* b, std::int64_t pairs, std::int64_t chunk, double weight,
               int vectors, double* c);
/// c = A B over int32, modulo 2^32, from A's pair `first` on.
void dot_int16_modular(const std::int16_t* const* a, std::int64_t first, const std::int16_t* b, std::int64_t pairs, int vectors,
                       std::int32_t* c);
/// The blocked policy where nothing clamps: run = round(run + block * 2^-shift), block by block of `block_pairs`, `shift` in 1..30.
/// Bound of the caller: |block sum| + 2^(shift-1) + 2^(shift-12) < 2^31.
void dot_blocked(const std::int16_t* const* a, const std::int16_t* b, std::int64_t blocks, std::int64_t block_pairs, int shift,
                 int vectors, std::int32_t* run);
/// The chained policy: run = RNE32(run + chain), chain by chain of `chain_pairs`. Bound of the caller: chains' sums fit int32, and
/// with the running sum, whole numbers all of them, 53 bits.
void dot_chained(const std::int16_t* const* a, const std::int16_t* b, std::int64_t chains, std::int64_t chain_pairs, int vectors,
                 float* run);
/// c = A B in binary64; B may be kept in binary32.
void dot_fp64(const double* const* a, const double* b, std::int64_t k, int vectors, double* c);
void dot_fp64(const double* const* a, const float* b, std::int64_t k, int vectors, double* c);
/// The same of rows of A as lists: element i of row r is a[i * rows + r], its k at[i * rows + r]; `steps` elements.
void dot_fp64_of_lists(const double* a, const std::int32_t* at, const float* b, std::int64_t steps, int vectors, double* c);

/// One step of the blocked policy (numerics/blocked.h) on `count` running sums of at most 20 bits, the block being high * 2^8 + low
/// (`high` may be null) and at most 2^38. Returns the steps that clamped. shift >= kLowestFoldShift.
std::uint64_t fold_blocks(const std::int32_t* high, const std::int32_t* low, int shift, int integer_bits, double* run, int count);
inline constexpr int kLowestFoldShift = -14;
/// From here on a block is below a guard bit: it moves no running sum, and clamps none.
inline constexpr int kHighestFoldShift = 51;

}  // namespace binade::kernels::simd
