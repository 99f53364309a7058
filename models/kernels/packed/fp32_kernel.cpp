// SPDX-License-Identifier: Apache-2.0
// `fp32` for operands that binary32 holds. Tile rows in which a step could underflow to zero, or left the finite range, are left to
// the fallback.
#include <algorithm>
#include <cmath>
#include <span>

#include "models/datapath/pe/fp32_pe.h"
#include "models/kernels/packed/aligned.h"
#include "models/kernels/packed/packed_kernel.h"
#include "models/kernels/simd/fp32.h"
#include "models/kernels/simd/lanes.h"
#include "models/kernels/simd/real.h"
#include "models/numerics/vector_codec.h"

namespace binade::kernels {
namespace {

/// Least magnitude of a binary32.
constexpr double kLeast = 0x1p-149;

class PackedFp32 final : public PackedKernel {
 public:
  PackedFp32(const datapath::CoreConfig& config, std::unique_ptr<TileKernel> fallback)
      : PackedKernel(config, std::move(fallback)),
        pe_(config),
        a_fits_(fits_binary32(config.format.a)),
        b_fits_(fits_binary32(config.format.b)) {}

  OperandForm form() const override { return OperandForm::Values; }

 private:
  /// Rows (columns, of B) packed [k][lane].
  struct Packed {
    AlignedVector<float> values;
    double lsb = 0;    ///< least set bit of all values; infinite where all are zero
    bool fits = true;  ///< all are finite and binary32
  };

  bool accepts() override {
    line_.assign(static_cast<std::size_t>((command_.k + simd::kScanStep - 1) / simd::kScanStep * simd::kScanStep), 0.0);
    return true;
  }

  bool pack(const PanelB& b, const numerics::Code* bias, const Divide& /*divide*/) override {
    if (bias != nullptr && !config_.format.integers()) {
      bias_.resize(static_cast<std::size_t>(b.n));
      numerics::decode_reals(config_.format.out, bias, 1, b.n, bias_.data());
    }
    shape_ = simd::fp32_tile_shape(b.n);
    rows_ = shape_.rows;
    cols_ = shape_.cols;
    b_panels_.resize(static_cast<std::size_t>((b.n + cols_ - 1) / cols_));
    for (std::int64_t j = 0; j < static_cast<std::int64_t>(b_panels_.size()); ++j) {
      Packed& panel = b_panels_[static_cast<std::size_t>(j)];
      pack_lanes(panel, *b.columns, b.n0 + j * cols_, cols_, std::min<std::int64_t>(cols_, b.n - j * cols_), b_fits_);
      if (!panel.fits) return false;
    }
    return true;
  }

  static bool is_binary32(std::span<const double> values) {
    return std::all_of(values.begin(), values.end(),
                       [](double value) { return static_cast<double>(static_cast<float>(value)) == value; });
  }

  /// Rows first .. first+used-1 of an operand; lanes beyond them are zero. `fits`: its format has no other values than binary32's.
  void pack_lanes(Packed& panel, const OperandRows& rows, std::int64_t first, int lanes, std::int64_t used, bool fits) {
    const std::int64_t k = command_.k;
    panel.values.resize(static_cast<std::size_t>(k * lanes));
    panel.lsb = HUGE_VAL;
    panel.fits = true;
    for (int lane = 0; lane < lanes; ++lane) {
      if (lane < used) {
        rows.values(first + lane, line_.data());
        const simd::Range range = simd::range_of(line_.data(), static_cast<std::int64_t>(line_.size()));
        panel.lsb = std::min(panel.lsb, range.lsb);
        panel.fits = panel.fits && std::isfinite(range.largest) && (fits || is_binary32(line_));
      } else {
        std::fill(line_.begin(), line_.end(), 0.0);
      }
      simd::lay_lane(line_.data(), k, lanes, panel.values.data() + lane);
    }
  }

  void multiply(const RowsA& rows) override {
    pe_.begin(command_);
    for (std::int64_t i = 0; i < rows.m; i += rows_) {
      const std::int64_t m = std::min<std::int64_t>(rows_, rows.m - i);
      pack_lanes(a_panel_, *rows.rows, rows.m0 + i, rows_, m, a_fits_);
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
      if (!simd::sum_fp32(a_panel_.values.data(), b_panels_[j].values.data(), command_.k, shape_.vectors, sums_.data() + j * tile))
        return false;
    }
    paths_[KernelPath::Fp32] += static_cast<std::uint64_t>(m * b_.n * command_.k);
    if (config_.format.integers()) {
      finish_integers(rows, i, m);
    } else {
      for (std::int64_t r = 0; r < m; ++r) finish_reals(rows, i, r);
    }
    return true;
  }

  std::size_t sum_at(std::int64_t r, std::int64_t column) const {
    return static_cast<std::size_t>(column / cols_ * rows_ * cols_ + r * cols_ + column % cols_);
  }

  /// Row i + r of `rows`, row r of the strip.
  void finish_reals(const RowsA& rows, std::int64_t i, std::int64_t r) {
    const auto n = static_cast<std::size_t>(b_.n);
    results_.resize(n);
    codes_.resize(n);
    random_.resize(n);
    for (std::int64_t column = 0; column < b_.n; ++column) {
      float sum = sums_[sum_at(r, column)];
      if (rows.bias != nullptr) sum = pe_.add(sum, bias_[static_cast<std::size_t>(column)]);
      const bool rectified = command_.relu && std::signbit(sum) && !std::isnan(sum);
      results_[static_cast<std::size_t>(column)] = rectified ? 0.0 : static_cast<double>(sum);
    }
    const numerics::Quantisation how{.rounding = config_.accumulate.rounding};
    if (how.rounding == numerics::Rounding::Sr) {
      for (std::size_t j = 0; j < n; ++j)
        random_[j] = datapath::lane_random(command_, rows.m0 + i + r, b_.n0 + static_cast<std::int64_t>(j));
    }
    numerics::encode_values(config_.format.out, how, results_.data(), random_.data(), n, codes_.data(), stats_.events);
    std::copy(codes_.begin(), codes_.end(), rows.out + (i + r) * rows.out_stride);
  }

  void finish_integers(const RowsA& rows, std::int64_t i, std::int64_t m) {
    datapath::LaneInput lane;
    lane.relu = command_.relu;
    lane.bias = rows.bias != nullptr;
    for (std::int64_t r = 0; r < m; ++r) {
      for (std::int64_t column = 0; column < b_.n; ++column) {
        if (lane.bias) lane.bias_code = rows.bias[column];
        if (config_.accumulate.rounding == numerics::Rounding::Sr)
          lane.random = datapath::lane_random(command_, rows.m0 + i + r, b_.n0 + column);
        rows.out[(i + r) * rows.out_stride + column] = pe_.finish(sums_[sum_at(r, column)], lane);
      }
    }
  }

  datapath::Fp32Pe pe_;
  const bool a_fits_, b_fits_;
  simd::Fp32TileShape shape_{};
  int rows_ = 0, cols_ = 0;
  AlignedVector<double> line_;
  Packed a_panel_;
  std::vector<Packed> b_panels_;
  AlignedVector<float> sums_;
  std::vector<double> bias_, results_;
  std::vector<std::uint32_t> random_;
  std::vector<numerics::Code> codes_;
};

}  // namespace

std::unique_ptr<TileKernel> make_packed_fp32_kernel(const datapath::CoreConfig& config, std::unique_ptr<TileKernel> fallback) {
  return std::make_unique<PackedFp32>(config, std::move(fallback));
}

}  // namespace binade::kernels
