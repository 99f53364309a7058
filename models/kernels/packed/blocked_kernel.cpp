// SPDX-License-Identifier: Apache-2.0
// `blocked` for mantissas of at most 16 bits: int16 tiles, each block folded into the running sum (numerics/blocked.h).
#include <algorithm>
#include <cmath>

#include "models/datapath/pe/blocked_pe.h"
#include "models/kernels/packed/int16_panels.h"
#include "models/kernels/packed/packed_kernel.h"
#include "models/kernels/simd/dot.h"
#include "models/kernels/simd/integer.h"
#include "models/numerics/blocked.h"

namespace binade::kernels {
namespace {

constexpr double kInt32Limit = 0x1p31 - 1;
constexpr int kBlock = 0, kAll = StretchNorms::kAll;  ///< stretches of the operands

class PackedBlocked final : public PackedKernel {
 public:
  PackedBlocked(const datapath::CoreConfig& config, std::unique_ptr<TileKernel> fallback)
      : PackedKernel(config, std::move(fallback)), integer_bits_(numerics::blocked_integer_bits(config.format.out)) {
    const int bits = numerics::accumulator_bits(config.format, config.accumulate);
    block_limit_ = std::ldexp(1.0, bits - 1) - 1;
  }

  OperandForm form() const override { return OperandForm::Mantissas; }
  bool can_share_b() const override { return true; }

 private:
  bool accepts() override {
    // Beyond these the fold of one block at a time is needed, or a byte's block sum could leave int32.
    constexpr int kLongestBlock = 256;
    return command_.product_shift >= simd::kLowestFoldShift && command_.k_base % config_.accumulate.block == 0 &&
           config_.accumulate.block <= kLongestBlock;
  }

  bool pack(const PanelB& b, const numerics::Code* /*bias*/, const Divide& divide) override {
    shape_ = simd::tile_shape(b.n);
    own_b_.begin(shape_.cols, b.n, Int16Layout(command_.k, config_.accumulate.block));
    b_operand_ = &own_b_;
    divide(own_b_.panels(), [&](std::int64_t first, std::int64_t count) {
      Int16Rows scratch;
      for (std::int64_t j = first; j < first + count; ++j) own_b_.pack_mantissas(j, *b.columns, b.n0, true, scratch);
    });
    b_norms_ = {};
    for (std::int64_t j = 0; j < b_operand_->panels(); ++j) b_norms_.include(b_operand_->norms(j));
    return true;
  }

  void adopt(const PackedKernel& owner) override {
    const auto& packed = static_cast<const PackedBlocked&>(owner);
    b_operand_ = packed.b_operand_;
    shape_ = packed.shape_;
    b_norms_ = packed.b_norms_;
  }

  void multiply(const RowsA& rows) override {
    // Of many short rows those of all of K mostly do.
    constexpr std::int64_t kShort = 4096;
    const bool of_all = command_.k <= kShort;
    a_operand_.begin(rows.m, Int16Layout(command_.k, config_.accumulate.block), true, of_all);
    a_operand_.write_mantissas(*rows.rows, rows.m0, rows.m);
    const std::int64_t step = shape_.rows;
    a_tiles_.clear();
    for (std::int64_t first = 0; first < rows.m; first += step) {
      Int16Tile tile = a_operand_.tile(first, shape_.rows);
      const double block = tile.norms[kBlock] * b_norms_[kBlock];
      if (of_all && (block >= block_limit_ || !fits_int32(block, tile.norms[kAll] * b_norms_[kAll])))
        tile.norms = a_operand_.norms_of_stretches(first, shape_.rows);
      a_tiles_.push_back(tile);
    }
    const auto tiles = static_cast<std::int64_t>(a_tiles_.size());
    bias_.clear();
    if (rows.bias != nullptr) {
      for (std::int64_t j = 0; j < b_.n; ++j)
        bias_.push_back(static_cast<std::int32_t>(numerics::mantissa_of(config_.format.out, rows.bias[j])));
      bias_.resize(static_cast<std::size_t>(b_operand_->panels() * shape_.cols));
    }
    const auto block_clamps = [&](std::int64_t i) { return a_tile(i).norms[kBlock] * b_norms_[kBlock] >= block_limit_; };
    for (std::int64_t i = 0; i < tiles; ++i) {
      if (block_clamps(i)) fall_back(rows, i * step, std::min(step, rows.m - i * step));
    }
    for (std::int64_t j = 0; j < b_operand_->panels(); ++j) {
      for (std::int64_t i = 0; i < tiles; ++i) {
        if (!block_clamps(i)) tile(rows, i, j);
      }
    }
  }

  const Int16Tile& a_tile(std::int64_t i) const { return a_tiles_[static_cast<std::size_t>(i)]; }

  void tile(const RowsA& rows, std::int64_t i, std::int64_t j) {
    double runs[simd::kMostTileOutputs];
    const int m = static_cast<int>(std::min<std::int64_t>(shape_.rows, rows.m - i * shape_.rows));
    const int n = static_cast<int>(std::min<std::int64_t>(shape_.cols, b_.n - j * shape_.cols));
    const KernelPath path = folds_to_zero(i, j)    ? zeros(runs)
                            : folds_in_int32(i, j) ? fold_narrow(i, j, runs)
                                                   : fold_wide(i, j, runs);
    paths_[path] += static_cast<std::uint64_t>(m * n * command_.k);
    for (int r = 0; r < m; ++r) finish(rows, i * shape_.rows + r, j * shape_.cols, runs + r * shape_.cols, n);
  }

  double block_bound(std::int64_t i, std::int64_t j) const { return a_tile(i).norms[kBlock] * b_operand_->norms(j)[kBlock]; }

  /// Whether every block rounds to nothing: with or without what truncation adds to a negative one it stays within half an output
  /// LSB of zero, where the running sums begin.
  bool folds_to_zero(std::int64_t i, std::int64_t j) const {
    const int shift = command_.product_shift;
    return block_bound(i, j) + std::ldexp(1.0, shift - numerics::kBlockedGuardBits) < std::ldexp(1.0, shift - 1);
  }

  KernelPath zeros(double* runs) const {
    std::fill_n(runs, shape_.rows * shape_.cols, 0.0);
    return KernelPath::Blocked;
  }

  /// Whether neither a block sum with its rounding addend leaves int32 nor the running sum its register, from bounds of a block and
  /// of all of K. A step adds at most the block, and one LSB for its rounding.
  bool fits_int32(double block, double all) const {
    constexpr int kHighestShift = 30;
    const int shift = command_.product_shift;
    if (shift < 1 || shift > kHighestShift) return false;
    return block + std::ldexp(1.0, shift - 1) + std::ldexp(1.0, shift - 12) < kInt32Limit &&
           std::ldexp(all, -shift) + static_cast<double>(a_operand_.layout().segments) < std::ldexp(1.0, integer_bits_ - 1) - 2;
  }
  bool folds_in_int32(std::int64_t i, std::int64_t j) const {
    return fits_int32(block_bound(i, j), a_tile(i).norms[kAll] * b_operand_->norms(j)[kAll]);
  }

  KernelPath fold_narrow(std::int64_t i, std::int64_t j, double* runs) {
    const int count = shape_.rows * shape_.cols;
    std::int32_t whole[simd::kMostTileOutputs];
    std::fill_n(whole, count, 0);
    const Int16Layout& layout = a_operand_.layout();
    simd::dot_blocked(a_tile(i).rows, b_operand_->panel(j), layout.segments, layout.segment_pairs(), command_.product_shift,
                      shape_.vectors, whole);
    std::copy_n(whole, count, runs);
    return KernelPath::Blocked;
  }

  KernelPath fold_wide(std::int64_t i, std::int64_t j, double* runs) {
    const int count = shape_.rows * shape_.cols;
    const bool split = block_bound(i, j) >= kInt32Limit;
    const std::int64_t pairs = a_operand_.layout().segment_pairs();
    Int16Rows::Bytes bytes;
    if (split) bytes = a_operand_.bytes(i * shape_.rows, shape_.rows);
    const std::int16_t* const* const low = split ? bytes.low : a_tile(i).rows;
    const std::int16_t* b = b_operand_->panel(j);
    std::int32_t high_sums[simd::kMostTileOutputs], low_sums[simd::kMostTileOutputs];
    std::fill_n(runs, count, 0.0);
    std::uint64_t clamped = 0;
    for (std::int64_t block = 0; block < a_operand_.layout().segments; ++block) {
      if (split) simd::dot_int16_modular(bytes.high, block * pairs, b, pairs, shape_.vectors, high_sums);
      simd::dot_int16_modular(low, block * pairs, b, pairs, shape_.vectors, low_sums);
      // Lanes outside the output are zero and clamp nothing.
      clamped += simd::fold_blocks(split ? high_sums : nullptr, low_sums, command_.product_shift, integer_bits_, runs, count);
      b += 2 * pairs * shape_.cols;
    }
    stats_.events.saturation += clamped;
    return KernelPath::BlockedWide;
  }

  void finish(const RowsA& rows, std::int64_t row, std::int64_t column, double* runs, int n) {
    if (rows.bias != nullptr) add_bias(column, runs, n);
    const auto& format = config_.format.out;
    const bool flex = format.family == numerics::Family::Flex;
    const simd::Clamped result = simd::store_clamped(
        runs, n, command_.relu, static_cast<double>(format.min_mantissa()), static_cast<double>(format.max_mantissa()),
        static_cast<double>(format.max_mantissa()), format.bits, rows.out + row * rows.out_stride + column);
    stats_.events.saturation += result.clamped;
    stats_.events.inexact += result.clamped;
    stats_.mantissa_overflows += flex ? result.overflowed : result.clamped;
    stats_.max_abs = std::max(stats_.max_abs, static_cast<std::uint64_t>(result.largest));
  }

  /// The bias is a block of its own.
  void add_bias(std::int64_t column, double* runs, int n) {
    const std::int32_t* const bias = bias_.data() + column;
    const int shift = command_.bias_shift;
    if (shift >= simd::kLowestFoldShift) {
      // `runs` has a whole tile row; beyond n both are zero.
      stats_.events.saturation += simd::fold_blocks(nullptr, bias, shift, integer_bits_, runs, shape_.cols);
      return;
    }
    for (int j = 0; j < n; ++j) {
      runs[j] = static_cast<double>(
          numerics::blocked_step(static_cast<std::int64_t>(runs[j]), bias[j], shift, integer_bits_, stats_.events));
    }
  }

  const int integer_bits_;
  double block_limit_;  ///< of the block sum
  simd::TileShape shape_{};
  Int16Rows a_operand_;
  std::vector<Int16Tile> a_tiles_;
  Int16Panels own_b_;
  const Int16Panels* b_operand_ = &own_b_;  ///< its own, or that of the kernel which packed for all
  StretchNorms b_norms_;                    ///< the largest of its panels
  std::vector<std::int32_t> bias_;
};

}  // namespace

std::unique_ptr<TileKernel> make_packed_blocked_kernel(const datapath::CoreConfig& config, std::unique_ptr<TileKernel> fallback) {
  return std::make_unique<PackedBlocked>(config, std::move(fallback));
}

}  // namespace binade::kernels
