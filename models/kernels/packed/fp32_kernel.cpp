// SPDX-License-Identifier: Apache-2.0
// `fp32` for operands that binary32 holds. Tile rows in which a step could underflow to zero, or left the finite range, are left to
// the fallback.
#include <algorithm>
#include <cmath>

#include "models/datapath/pe/fp32_pe.h"
#include "models/kernels/packed/aligned.h"
#include "models/kernels/packed/packed_kernel.h"
#include "models/kernels/simd/fp32.h"
#include "models/kernels/simd/real.h"

namespace binade::kernels {
namespace {

/// Least magnitude of a binary32.
constexpr double kLeast = 0x1p-149;

class PackedFp32 final : public PackedKernel {
 public:
  PackedFp32(const datapath::CoreConfig& config, std::unique_ptr<TileKernel> fallback)
      : PackedKernel(config, std::move(fallback)), pe_(config) {}

  OperandForm form() const override { return OperandForm::Values; }

 private:
  /// Rows (columns, of B) packed [k][lane].
  struct Packed {
    AlignedVector<float> values;
    double lsb = 0;    ///< least set bit of all values; infinite where all are zero
    bool fits = true;  ///< all are finite and binary32
  };

  bool accepts() override {
    const auto shape = simd::fp32_tile_shape();
    rows_ = shape.rows;
    cols_ = shape.cols;
    line_.assign(static_cast<std::size_t>((command_.k + simd::kScanStep - 1) / simd::kScanStep * simd::kScanStep), 0.0);
    return true;
  }

  bool pack(const PanelB& b, const numerics::Code* /*bias*/, const Divide& /*divide*/) override {
    b_panels_.resize(static_cast<std::size_t>((b.n + cols_ - 1) / cols_));
    for (std::int64_t j = 0; j < static_cast<std::int64_t>(b_panels_.size()); ++j) {
      Packed& panel = b_panels_[static_cast<std::size_t>(j)];
      pack_lanes(panel, *b.columns, b.n0 + j * cols_, cols_, std::min<std::int64_t>(cols_, b.n - j * cols_));
      if (!panel.fits) return false;
    }
    return true;
  }

  /// Rows first .. first+used-1 of an operand; lanes beyond them are zero.
  void pack_lanes(Packed& panel, const OperandRows& rows, std::int64_t first, int lanes, std::int64_t used) {
    const std::int64_t k = command_.k;
    panel.values.resize(static_cast<std::size_t>(k * lanes));
    panel.lsb = HUGE_VAL;
    panel.fits = true;
    for (int lane = 0; lane < lanes; ++lane) {
      if (lane < used) {
        rows.values(first + lane, line_.data());
        const simd::Range range = simd::range_of(line_.data(), static_cast<std::int64_t>(line_.size()));
        panel.lsb = std::min(panel.lsb, range.lsb);
        panel.fits = panel.fits && std::isfinite(range.largest);
      } else {
        std::fill(line_.begin(), line_.end(), 0.0);
      }
      float* to = panel.values.data() + lane;
      for (std::int64_t i = 0; i < k; ++i, to += lanes) {
        const double value = line_[static_cast<std::size_t>(i)];
        *to = static_cast<float>(value);
        panel.fits = panel.fits && static_cast<double>(*to) == value;
      }
    }
  }

  void multiply(const RowsA& rows) override {
    pe_.begin(command_);
    for (std::int64_t i = 0; i < rows.m; i += rows_) {
      const std::int64_t m = std::min<std::int64_t>(rows_, rows.m - i);
      pack_lanes(a_panel_, *rows.rows, rows.m0 + i, rows_, m);
      if (!a_panel_.fits || !strip(rows, i, m)) fall_back(rows, i, m);
    }
    stats_ += pe_.stats();
  }

  /// A tile row; false, and nothing counted, where it is not one for binary32 alone.
  bool strip(const RowsA& rows, std::int64_t i, std::int64_t m) {
    const auto tile = static_cast<std::size_t>(rows_ * cols_);
    sums_.resize(b_panels_.size() * tile);
    for (std::size_t j = 0; j < b_panels_.size(); ++j) {
      // Every sum is a multiple of the product of the two LSBs: unless it is zero, it rounds to something.
      if (a_panel_.lsb * b_panels_[j].lsb < kLeast) return false;
      if (!simd::sum_fp32(a_panel_.values.data(), b_panels_[j].values.data(), command_.k, sums_.data() + j * tile)) return false;
    }
    paths_[KernelPath::Fp32] += static_cast<std::uint64_t>(m * b_.n * command_.k);
    datapath::LaneInput lane;
    lane.relu = command_.relu;
    lane.bias = rows.bias != nullptr;
    for (std::int64_t r = 0; r < m; ++r) {
      for (std::int64_t column = 0; column < b_.n; ++column) {
        if (lane.bias) lane.bias_code = rows.bias[column];
        if (config_.accumulate.rounding == numerics::Rounding::Sr)
          lane.random = datapath::lane_random(command_, rows.m0 + i + r, b_.n0 + column);
        const auto at = static_cast<std::size_t>(column / cols_ * rows_ * cols_ + r * cols_ + column % cols_);
        rows.out[(i + r) * rows.out_stride + column] = pe_.finish(sums_[at], lane);
      }
    }
    return true;
  }

  datapath::Fp32Pe pe_;
  int rows_ = 0, cols_ = 0;
  AlignedVector<double> line_;
  Packed a_panel_;
  std::vector<Packed> b_panels_;
  AlignedVector<float> sums_;
};

}  // namespace

std::unique_ptr<TileKernel> make_packed_fp32_kernel(const datapath::CoreConfig& config, std::unique_ptr<TileKernel> fallback) {
  return std::make_unique<PackedFp32>(config, std::move(fallback));
}

}  // namespace binade::kernels
