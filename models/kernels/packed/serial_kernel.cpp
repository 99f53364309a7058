// SPDX-License-Identifier: Apache-2.0
// `serial` for one float format in their default roundings (HillFloat rtz, IeeeFloat rne). Tile rows that hold, or run into, a
// value beyond the finite range are done again by steps that limit it, or carry infinities and NaN.
#include <algorithm>
#include <cmath>
#include <limits>

#include "models/datapath/pe/float_step.h"
#include "models/kernels/packed/aligned.h"
#include "models/kernels/packed/packed_kernel.h"
#include "models/kernels/simd/lanes.h"
#include "models/kernels/simd/real.h"
#include "models/kernels/simd/serial.h"
#include "models/numerics/vector_codec.h"

namespace binade::kernels {
namespace {

using numerics::Family;

/// binary32 steps: M <= 10, and a binary32 that reaches as far as products do.
constexpr int kFractionBits32 = 10;
constexpr int kExponentBits32 = 7;

template <class T>
class PackedSerial final : public PackedKernel {
 public:
  PackedSerial(const datapath::CoreConfig& config, std::unique_ptr<TileKernel> fallback)
      : PackedKernel(config, std::move(fallback)), format_(config.format.out), step_(format_, config.accumulate.rounding) {}

  OperandForm form() const override { return OperandForm::Values; }

 private:
  static constexpr KernelPath kPath = sizeof(T) == 4 ? KernelPath::Serial32 : KernelPath::Serial64;

  /// Operands packed [k][lane], and the zeros among them at each k.
  struct Packed {
    AlignedVector<T> values;
    std::vector<std::uint32_t> zeros;                           ///< k of them, and some that mean nothing
    double smallest = std::numeric_limits<double>::infinity();  ///< non-zero magnitude
    bool finite = true;
  };

  bool accepts() override {
    saturates_ = false;
    line_.assign(static_cast<std::size_t>((command_.k + simd::kScanStep - 1) / simd::kScanStep * simd::kScanStep), 0.0);
    return true;
  }

  bool pack(const PanelB& b, const numerics::Code* bias, const Divide& /*divide*/) override {
    bias_.resize(bias == nullptr ? 0 : static_cast<std::size_t>(b.n));
    if (bias != nullptr) numerics::decode_reals(format_, bias, 1, b.n, bias_.data());
    shape_ = simd::serial_tile_shape(sizeof(T) == 4, b.n);
    rows_ = shape_.rows;
    cols_ = shape_.cols;
    specials_ = false;
    b_panels_.assign(static_cast<std::size_t>((b.n + cols_ - 1) / cols_), {});
    for (std::int64_t j = 0; j < static_cast<std::int64_t>(b_panels_.size()); ++j) {
      Packed& panel = b_panels_[static_cast<std::size_t>(j)];
      pack_lanes(panel, *b.columns, b.n0 + j * cols_, cols_, std::min<std::int64_t>(cols_, b.n - j * cols_));
      specials_ = specials_ || !panel.finite;
    }
    return !specials_ || serves_specials();
  }

  /// Whether sum_specials() has the range of the format, and what lies beyond it is infinity or NaN.
  bool serves_specials() const {
    return format_.family == Family::IeeeFloat && !format_.saturates &&
           (sizeof(T) == 8 || format_.exponent_bits <= kExponentBits32);
  }

  /// Rows first .. first+used-1 of an operand; lanes beyond them are zero.
  void pack_lanes(Packed& panel, const OperandRows& rows, std::int64_t first, int lanes, std::int64_t used) {
    const std::int64_t k = command_.k;
    panel.values.resize(static_cast<std::size_t>(k * lanes));
    panel.zeros.assign(line_.size(), 0);
    panel.finite = true;
    panel.smallest = std::numeric_limits<double>::infinity();
    for (int lane = 0; lane < lanes; ++lane) {
      if (lane < used) {
        rows.values(first + lane, line_.data());
      } else {
        std::fill_n(line_.begin(), k, 0.0);
      }
      simd::lay_lane(line_.data(), k, lanes, panel.values.data() + lane);
      const simd::LaneScan scan = simd::scan_lane(line_.data(), static_cast<std::int64_t>(line_.size()), panel.zeros.data());
      panel.finite = panel.finite && scan.finite;
      panel.smallest = std::min(panel.smallest, scan.smallest);
    }
  }

  void multiply(const RowsA& rows) override {
    for (std::int64_t i = 0; i < rows.m; i += rows_) {
      const std::int64_t m = std::min<std::int64_t>(rows_, rows.m - i);
      pack_lanes(a_panel_, *rows.rows, rows.m0 + i, rows_, m);
      if (a_panel_.finite && !specials_ && strip(rows, i, m)) continue;
      // Rows beyond the matrix would count what zeros make of infinities.
      if (!serves_specials() || m < rows_ || !strip_of_specials(rows, i)) fall_back(rows, i, m);
    }
  }

  /// A full tile row with whatever values.
  bool strip_of_specials(const RowsA& rows, std::int64_t i) {
    sums_.resize(b_panels_.size() * static_cast<std::size_t>(rows_ * cols_));
    numerics::Events events;
    for (std::size_t j = 0; j < b_panels_.size(); ++j) {
      const Packed& b = b_panels_[j];
      if (!exact_products(b)) return false;
      const auto cols = std::min<std::int64_t>(cols_, b_.n - static_cast<std::int64_t>(j) * cols_);
      const simd::SerialTile tile =
          simd::sum_specials(format_, static_cast<int>(cols), a_panel_.values.data(), b.values.data(), command_.k, shape_.vectors,
                             sums_.data() + j * static_cast<std::size_t>(rows_ * cols_));
      events.underflow += tile.lost_sums;
      events.overflow += tile.overflows;
      events.nar += tile.nans;
    }
    stats_.events += events;
    store(rows, i, rows_);
    return true;
  }

  /// Whether binary32 holds the products of the panel and A's.
  bool exact_products(const Packed& b) const { return sizeof(T) == 8 || a_panel_.smallest * b.smallest >= 0x1p-126; }

  /// A tile row; false, and nothing counted, where a sum leaves the finite range.
  bool strip(const RowsA& rows, std::int64_t i, std::int64_t m) {
    sums_.resize(b_panels_.size() * static_cast<std::size_t>(rows_ * cols_));
    std::uint64_t underflows = 0, saturations = 0;
    for (std::size_t j = 0; j < b_panels_.size(); ++j) {
      const Packed& b = b_panels_[j];
      if (!exact_products(b)) return false;
      const auto sum = [&](bool saturates) {
        return simd::sum_serially(format_, saturates, a_panel_.values.data(), b.values.data(), command_.k, shape_.vectors,
                                  sums_.data() + j * static_cast<std::size_t>(rows_ * cols_));
      };
      simd::SerialTile tile = sum(saturates_);
      if (!tile.in_range && format_.family == Family::HillFloat) {
        saturates_ = true;
        tile = sum(saturates_);
      }
      if (!tile.in_range) return false;
      underflows += tile.zero_products - zero_products(b) + tile.lost_sums;
      saturations += tile.saturations;
    }
    stats_.events.underflow += underflows;
    stats_.events.saturation += saturations;
    store(rows, i, m);
    return true;
  }

  void store(const RowsA& rows, std::int64_t i, std::int64_t m) {
    paths_[kPath] += static_cast<std::uint64_t>(m * b_.n * command_.k);
    const auto n = static_cast<std::size_t>(b_.n);
    results_.resize(n);
    codes_.resize(n);
    random_.resize(n);
    for (std::int64_t r = 0; r < m; ++r) {
      for (std::int64_t column = 0; column < b_.n; ++column) {
        const auto at = static_cast<std::size_t>(column / cols_ * rows_ * cols_ + r * cols_ + column % cols_);
        results_[static_cast<std::size_t>(column)] = finish(static_cast<double>(sums_[at]), column);
      }
      numerics::Events of_no_rounding;  // they are values of the format
      numerics::encode_values(format_, {.rounding = config_.accumulate.rounding}, results_.data(), random_.data(), n, codes_.data(),
                              of_no_rounding);
      std::copy(codes_.begin(), codes_.end(), rows.out + (i + r) * rows.out_stride);
    }
  }

  /// Products with a zero factor, lanes outside the matrices included.
  std::uint64_t zero_products(const Packed& b) const {
    std::uint64_t zeros = 0;
    for (std::size_t k = 0; k < static_cast<std::size_t>(command_.k); ++k) {
      const std::uint64_t in_a = a_panel_.zeros[k], in_b = b.zeros[k];
      zeros += in_a * static_cast<std::uint64_t>(cols_) + in_b * static_cast<std::uint64_t>(rows_) - in_a * in_b;
    }
    return zeros;
  }

  /// A value of the format.
  double finish(double sum, std::int64_t column) {
    if (!bias_.empty()) sum = step_(datapath::add_to_odd(sum, bias_[static_cast<std::size_t>(column)]), stats_.events);
    return command_.relu && std::signbit(sum) && !std::isnan(sum) ? 0.0 : sum;
  }

  const numerics::FormatSpec format_;
  datapath::FloatStep step_;
  simd::SerialTileShape shape_{};
  int rows_ = 0, cols_ = 0;
  bool specials_ = false;   ///< the panel of B has a value that is not finite
  bool saturates_ = false;  ///< a HillFloat sum of this command has left the finite range
  AlignedVector<double> line_;
  Packed a_panel_;
  std::vector<Packed> b_panels_;
  AlignedVector<T> sums_;
  std::vector<double> bias_, results_;
  std::vector<numerics::Code> codes_;
  std::vector<std::uint32_t> random_;  ///< not looked at: the roundings draw nothing
};

}  // namespace

std::unique_ptr<TileKernel> make_packed_serial_kernel(const datapath::CoreConfig& config, std::unique_ptr<TileKernel> fallback) {
  const numerics::FormatSpec& format = config.format.out;
  const bool hill = format.family == Family::HillFloat;
  if (config.accumulate.rounding != (hill ? numerics::Rounding::Rtz : numerics::Rounding::Rne)) return fallback;
  const int exponent_bits = hill ? kExponentBits32 : kExponentBits32 + 1;
  const bool narrow = format.fraction_bits <= kFractionBits32 && format.exponent_bits <= exponent_bits;
  if (!narrow) return std::make_unique<PackedSerial<double>>(config, std::move(fallback));
  // What leaves binary32's range has room in binary64's.
  if (format.exponent_bits > kExponentBits32) fallback = std::make_unique<PackedSerial<double>>(config, std::move(fallback));
  return std::make_unique<PackedSerial<float>>(config, std::move(fallback));
}

}  // namespace binade::kernels
