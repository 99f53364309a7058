// SPDX-License-Identifier: Apache-2.0
// `fp32` for operands that binary32 holds. A tile broadcasts a few lanes of one operand and has many of the other in vectors; which
// operand has the many depends on the shape alone. Rows in which a step could underflow to zero, or left the finite range, are left
// to the fallback.
#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "models/datapath/pe/fp32_pe.h"
#include "models/kernels/packed/aligned.h"
#include "models/kernels/packed/packed_kernel.h"
#include "models/kernels/simd/fp32.h"
#include "models/kernels/simd/lanes.h"
#include "models/kernels/simd/real.h"
#include "models/numerics/bound.h"
#include "models/numerics/vector_codec.h"

namespace binade::kernels {
namespace {

/// Least magnitude of a binary32.
constexpr double kLeast = 0x1p-149;
/// Elements of a strip of A that are laid out at a time.
constexpr std::int64_t kLaidOut = 1 << 12;

class PackedFp32 final : public PackedKernel {
 public:
  PackedFp32(const datapath::CoreConfig& config, std::unique_ptr<TileKernel> fallback)
      : PackedKernel(config, std::move(fallback)),
        pe_(config),
        a_fits_(fits_binary32(config.format.a)),
        b_fits_(fits_binary32(config.format.b)) {}

  OperandForm form() const override { return OperandForm::Values; }

 private:
  /// Of a row (column, of B).
  struct Scan {
    double lsb = std::numeric_limits<double>::infinity();  ///< least set bit of its values; infinite where all are zero
    bool fits = true;                                      ///< all are finite and binary32
  };

  bool accepts() override {
    stride_ = (command_.k + simd::kScanStep - 1) / simd::kScanStep * simd::kScanStep;
    line_.assign(static_cast<std::size_t>(stride_), 0.0);
    return true;
  }

  /// Instructions of a step of k for `few` columns against `many`, in tiles of the shape for `many`.
  static std::int64_t step_cost(std::int64_t few, std::int64_t many) {
    const simd::Fp32TileShape shape = simd::fp32_tile_shape(many);
    const std::int64_t tiles = ((few + shape.rows - 1) / shape.rows) * ((many + shape.cols - 1) / shape.cols);
    return tiles * (shape.rows + shape.vectors + std::int64_t{shape.rows} * shape.vectors);
  }

  bool pack(const PanelB& b, const numerics::Code* bias, const Divide& /*divide*/) override {
    if (bias != nullptr && !config_.format.integers()) {
      bias_.resize(static_cast<std::size_t>(b.n));
      numerics::decode_reals(config_.format.out, bias, 1, b.n, bias_.data());
    }
    rows_in_vectors_ = step_cost(b.n, command_.m) < step_cost(command_.m, b.n);
    shape_ = simd::fp32_tile_shape(rows_in_vectors_ ? command_.m : b.n);
    a_lanes_ = rows_in_vectors_ ? shape_.cols : shape_.rows;
    b_lanes_ = rows_in_vectors_ ? shape_.rows : shape_.cols;
    b_panels_.resize(static_cast<std::size_t>((b.n + b_lanes_ - 1) / b_lanes_));
    b_lsb_ = std::numeric_limits<double>::infinity();
    for (std::int64_t j = 0; j < static_cast<std::int64_t>(b_panels_.size()); ++j) {
      read_lines(*b.columns, b.n0 + j * b_lanes_, b_lanes_, std::min<std::int64_t>(b_lanes_, b.n - j * b_lanes_), b_fits_);
      for (const Scan& lane : scans_) {
        if (!lane.fits) return false;
        b_lsb_ = std::min(b_lsb_, lane.lsb);
      }
      AlignedVector<float>& panel = b_panels_[static_cast<std::size_t>(j)];
      panel.resize(static_cast<std::size_t>(command_.k * b_lanes_));
      lay_lines(b_lanes_, 0, command_.k, panel.data());
    }
    return true;
  }

  static bool is_binary32(std::span<const double> values) {
    return std::all_of(values.begin(), values.end(),
                       [](double value) { return static_cast<double>(static_cast<float>(value)) == value; });
  }

  /// Rows first .. first+used-1 of an operand; lanes beyond them are zero. `fits`: its format has no other values than binary32's.
  void read_lines(const OperandRows& rows, std::int64_t first, int lanes, std::int64_t used, bool fits) {
    const std::int64_t k = command_.k;
    scans_.assign(static_cast<std::size_t>(lanes), {});
    lines_.resize(static_cast<std::size_t>(stride_ * (used + 1)));
    std::fill_n(lines_.end() - stride_, stride_, 0.0F);
    BINADE_BOUND(lanes <= simd::kMostFp32Outputs && used <= lanes);
    used_ = used;
    for (std::int64_t lane = 0; lane < used; ++lane) {
      float* const line = lines_.data() + lane * stride_;
      Scan& scan = scans_[static_cast<std::size_t>(lane)];
      if (fits) {
        rows.values(first + lane, line);
      } else {
        rows.values(first + lane, line_.data());
        scan.fits = is_binary32(line_);
        std::transform(line_.begin(), line_.end(), line, [](double value) { return static_cast<float>(value); });
      }
      std::fill(line + k, line + stride_, 0.0F);
      const simd::Range range = simd::range_of(line, stride_);
      scan.lsb = range.lsb;
      scan.fits = scan.fits && std::isfinite(range.largest);
    }
  }

  /// Elements first .. first+count-1 of the lines that were read, [k][lane]. Precondition: `first` is aligned as lines are.
  void lay_lines(int lanes, std::int64_t first, std::int64_t count, float* to) const {
    const float* from[simd::kMostFp32Outputs];
    for (std::int64_t lane = 0; lane < lanes; ++lane) from[lane] = lines_.data() + std::min(lane, used_) * stride_ + first;
    simd::lay_lanes(from, lanes, count, to);
  }

  void multiply(const RowsA& rows) override {
    pe_.begin(command_);
    for (std::int64_t i = 0; i < rows.m; i += a_lanes_) strip(rows, i, std::min<std::int64_t>(a_lanes_, rows.m - i));
    stats_ += pe_.stats();
  }

  /// Rows i .. i+m-1 against all columns.
  void strip(const RowsA& rows, std::int64_t i, std::int64_t m) {
    read_lines(*rows.rows, rows.m0 + i, a_lanes_, m, a_fits_);
    const auto tile = static_cast<std::size_t>(shape_.rows * shape_.cols);
    sums_.resize(b_panels_.size() * tile);
    const auto binary32 = [&](std::int64_t r) {
      // Every sum is a multiple of the product of the two LSBs: unless it is zero, it rounds to something.
      const Scan& lane = scans_[static_cast<std::size_t>(r)];
      return lane.fits && lane.lsb * b_lsb_ >= kLeast;
    };
    bool any = false, finite = true;
    for (std::int64_t r = 0; r < m; ++r) any = any || binary32(r);
    if (!any) return fall_back(rows, i, m);
    // A part of k at a time: the strip is laid out in the first-level cache. What left the finite range does not return to it.
    const std::int64_t part = std::max(kLaidOut / a_lanes_ / simd::kScanStep, std::int64_t{1}) * simd::kScanStep;
    a_part_.resize(static_cast<std::size_t>(part * a_lanes_));
    for (std::int64_t first = 0; first < command_.k; first += part) {
      const std::int64_t count = std::min(part, command_.k - first);
      lay_lines(a_lanes_, first, count, a_part_.data());
      finite = true;
      for (std::size_t j = 0; j < b_panels_.size(); ++j) {
        const float* const b = b_panels_[j].data() + first * b_lanes_;
        const float* const a = a_part_.data();
        const bool all = simd::sum_fp32(rows_in_vectors_ ? b : a, rows_in_vectors_ ? a : b, count, shape_.vectors, first > 0,
                                        sums_.data() + j * tile);
        finite = finite && all;
      }
    }
    for (std::int64_t r = 0; r < m; ++r) {
      if (!binary32(r) || !(finite || is_finite(r))) {
        fall_back(rows, i + r, 1);
        continue;
      }
      paths_[KernelPath::Fp32] += static_cast<std::uint64_t>(b_.n * command_.k);
      config_.format.integers() ? finish_integers(rows, i, r) : finish_reals(rows, i, r);
    }
  }

  std::size_t sum_at(std::int64_t r, std::int64_t column) const {
    const std::int64_t panel = column / b_lanes_, lane = column % b_lanes_;
    const std::int64_t in_tile = rows_in_vectors_ ? lane * shape_.cols + r : r * shape_.cols + lane;
    return static_cast<std::size_t>(panel * shape_.rows * shape_.cols + in_tile);
  }

  bool is_finite(std::int64_t r) const {
    for (std::int64_t column = 0; column < b_.n; ++column)
      if (!std::isfinite(sums_[sum_at(r, column)])) return false;
    return true;
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

  void finish_integers(const RowsA& rows, std::int64_t i, std::int64_t r) {
    datapath::LaneInput lane;
    lane.relu = command_.relu;
    lane.bias = rows.bias != nullptr;
    for (std::int64_t column = 0; column < b_.n; ++column) {
      if (lane.bias) lane.bias_code = rows.bias[column];
      if (config_.accumulate.rounding == numerics::Rounding::Sr)
        lane.random = datapath::lane_random(command_, rows.m0 + i + r, b_.n0 + column);
      rows.out[(i + r) * rows.out_stride + column] = pe_.finish(sums_[sum_at(r, column)], lane);
    }
  }

  datapath::Fp32Pe pe_;
  const bool a_fits_, b_fits_;
  simd::Fp32TileShape shape_{};
  bool rows_in_vectors_ = false;                ///< columns of B are broadcast
  int a_lanes_ = 0, b_lanes_ = 0;               ///< of a strip of A, of a panel of B
  std::int64_t stride_ = 0;                     ///< of a line: k in whole steps of a scan
  double b_lsb_ = 0;                            ///< least of all columns
  AlignedVector<double> line_;                  ///< of a format with values beyond binary32
  AlignedVector<float> lines_;                  ///< of the lanes of a strip or a panel, and one of zeros
  std::int64_t used_ = 0;                       ///< lines but that
  std::vector<Scan> scans_;                     ///< of the lines' lanes
  AlignedVector<float> a_part_;                 ///< of a strip, [k][lane]
  std::vector<AlignedVector<float>> b_panels_;  ///< [k][lane]
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
