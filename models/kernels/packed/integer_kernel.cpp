// SPDX-License-Identifier: Apache-2.0
// `exact` for factors of at most 16 bits: int16 tiles with int32 sums, widened before they could wrap.
#include <algorithm>
#include <cmath>

#include "models/datapath/pe/float_step.h"
#include "models/datapath/pe/integer_pe.h"
#include "models/kernels/packed/int16_panels.h"
#include "models/kernels/packed/packed_kernel.h"
#include "models/kernels/simd/dot.h"
#include "models/kernels/simd/integer.h"
#include "models/numerics/vector_codec.h"

namespace binade::kernels {
namespace {

constexpr double kInt32Limit = 0x1p31 - 1;
constexpr double kDoubleLimit = 0x1p53;
constexpr std::int64_t kSegment = 32;

class PackedInteger final : public PackedKernel {
 public:
  PackedInteger(const datapath::CoreConfig& config, std::unique_ptr<TileKernel> fallback)
      : PackedKernel(config, std::move(fallback)), pe_(config), raw_(datapath::stores_raw(config)) {
    const int bits = numerics::accumulator_bits(config.format, config.accumulate);
    limit_ = std::min(std::ldexp(1.0, bits - 1) - 1, kDoubleLimit);
  }

  OperandForm form() const override { return OperandForm::Mantissas; }
  bool can_share_b() const override { return true; }

 private:
  /// Of a product.
  double greatest() const { return std::ldexp(1.0, config_.format.a.bits + config_.format.b.bits - 2); }

  bool accepts() override {
    const double sum = static_cast<double>(command_.k) * greatest();
    norms_ = sum > kInt32Limit || sum > limit_;
    return sum < kDoubleLimit;
  }

  bool pack(const PanelB& b, const numerics::Code* /*bias*/, const Divide& divide) override {
    shape_ = simd::tile_shape(b.n);
    own_b_.begin(shape_.cols, b.n, Int16Layout(command_.k, kSegment));
    b_operand_ = &own_b_;
    divide(own_b_.panels(), [&](std::int64_t first, std::int64_t count) {
      Int16Rows scratch;
      for (std::int64_t j = first; j < first + count; ++j) own_b_.pack_mantissas(j, *b.columns, b.n0, norms_, scratch);
    });
    return true;
  }

  void adopt(const PackedKernel& owner) override {
    const auto& packed = static_cast<const PackedInteger&>(owner);
    b_operand_ = packed.b_operand_;
    shape_ = packed.shape_;
  }

  void multiply(const RowsA& rows) override {
    a_operand_.begin(rows.m, Int16Layout(command_.k, kSegment), norms_);
    a_operand_.write_mantissas(*rows.rows, rows.m0, rows.m);
    const std::int64_t step = shape_.rows;
    a_tiles_.clear();
    for (std::int64_t first = 0; first < rows.m; first += step) a_tiles_.push_back(a_operand_.tile(first, shape_.rows));
    const auto tiles = static_cast<std::int64_t>(a_tiles_.size());
    decode_bias(rows);
    leading_bits_ = {};
    pe_.begin(command_);
    clamps_.assign(a_tiles_.size(), false);
    for (std::int64_t i = 0; i < tiles; ++i) {
      const bool clamps = may_clamp(i);
      clamps_[static_cast<std::size_t>(i)] = clamps;
      if (clamps) fall_back(rows, i * step, std::min(step, rows.m - i * step));
    }
    for (std::int64_t j = 0; j < b_operand_->panels(); ++j) {
      for (std::int64_t i = 0; i < tiles; ++i) {
        if (!clamps_[static_cast<std::size_t>(i)]) tile(rows, i, j);
      }
    }
    stats_ += pe_.stats();
    for (std::size_t bit = 1; bit < leading_bits_.size(); ++bit) {
      for (const std::uint64_t count : leading_bits_[bit]) {
        if (count != 0) stats_.leading_bit[bit - 1] += count;
      }
    }
  }

  void decode_bias(const RowsA& rows) {
    bias_.clear();
    bias_limit_ = 0;
    finite_bias_ = true;
    if (rows.bias == nullptr) return;
    if (config_.format.integers_to_float()) {
      bias_.resize(static_cast<std::size_t>(b_.n));
      decode_reals(config_.format.out, rows.bias, 1, b_.n, bias_.data());
      finite_bias_ = std::all_of(bias_.begin(), bias_.end(), [](double bias) { return std::isfinite(bias); });
      return;
    }
    const int offset = raw_ ? -command_.bias_shift : command_.product_shift - command_.bias_shift;
    constexpr int kFarthest = 30;
    exact_bias_ = offset >= 0 && offset <= kFarthest;
    if (!exact_bias_) return;
    for (std::int64_t j = 0; j < b_.n; ++j) {
      const double bias = std::ldexp(static_cast<double>(numerics::mantissa_of(config_.format.out, rows.bias[j])), offset);
      bias_.push_back(bias);
      bias_limit_ = std::max(bias_limit_, std::fabs(bias));
    }
  }

  /// Whether a sum of the tile's rows could leave the accumulator.
  bool may_clamp(std::int64_t i) const {
    if (!norms_) return bias_limit_ + static_cast<double>(command_.k) * greatest() > limit_;
    constexpr int kAll = StretchNorms::kAll;
    double norm = 0;
    for (std::int64_t j = 0; j < b_operand_->panels(); ++j) norm = std::max(norm, b_operand_->norms(j)[kAll]);
    return a_tile(i).norms[kAll] * norm + bias_limit_ >= limit_;
  }
  const Int16Tile& a_tile(std::int64_t i) const { return a_tiles_[static_cast<std::size_t>(i)]; }

  void tile(const RowsA& rows, std::int64_t i, std::int64_t j) {
    double sums[simd::kMostTileOutputs];
    const int m = static_cast<int>(std::min<std::int64_t>(shape_.rows, rows.m - i * shape_.rows));
    const int n = static_cast<int>(std::min<std::int64_t>(shape_.cols, b_.n - j * shape_.cols));
    std::fill_n(sums, shape_.rows * shape_.cols, 0.0);
    const KernelPath path = dot(i, j, sums);
    paths_[path] += static_cast<std::uint64_t>(m * n * command_.k);
    if (config_.format.integers_to_float() && finite_bias_)
      return finish_floats(rows, i * shape_.rows, m, j * shape_.cols, n, sums);
    for (int r = 0; r < m; ++r) finish(rows, i * shape_.rows + r, j * shape_.cols, sums + r * shape_.cols, n);
  }

  KernelPath dot(std::int64_t i, std::int64_t j, double* sums) {
    const Int16Layout& layout = a_operand_.layout();
    const std::int16_t* const b = b_operand_->panel(j);
    const int stretch = norms_ ? longest_stretch(a_tile(i).norms, b_operand_->norms(j)) : StretchNorms::kAll;
    if (stretch >= 0) {
      simd::dot_int16(a_tile(i).rows, b, layout.pairs(), layout.pairs_of(stretch), 1.0, shape_.vectors, sums);
      return KernelPath::Int16;
    }
    // A byte is at most 2^7, so its norm over a segment is at most 2^7 sqrt(32) and that of B 2^15 sqrt(32).
    constexpr int kSplitStretch = 2;
    const std::int64_t chunk = layout.pairs_of(kSplitStretch);
    const Int16Rows::Bytes bytes = a_operand_.bytes(i * shape_.rows, shape_.rows);
    simd::dot_int16(bytes.high, b, layout.pairs(), chunk, 256.0, shape_.vectors, sums);
    simd::dot_int16(bytes.low, b, layout.pairs(), chunk, 1.0, shape_.vectors, sums);
    return KernelPath::Int16Split;
  }

  void finish(const RowsA& rows, std::int64_t row, std::int64_t column, double* sums, int n) {
    std::uint64_t* const out = rows.out + row * rows.out_stride + column;
    const bool bias = rows.bias != nullptr;
    if (raw_ && (!bias || exact_bias_)) {
      if (bias) {
        for (int j = 0; j < n; ++j) sums[j] += bias_[static_cast<std::size_t>(column + j)];
      }
      const auto largest = static_cast<std::uint64_t>(simd::store_raw(sums, n, command_.relu, out, leading_bits_));
      stats_.max_abs = std::max(stats_.max_abs, largest);
      return;
    }
    datapath::LaneInput lane;
    lane.relu = command_.relu;
    lane.bias = bias;
    for (int j = 0; j < n; ++j) {
      if (bias) lane.bias_code = rows.bias[column + j];
      if (config_.accumulate.rounding == numerics::Rounding::Sr)
        lane.random = datapath::lane_random(command_, rows.m0 + row, b_.n0 + column + j);
      out[j] = pe_.finish(static_cast<std::int64_t>(sums[j]), lane);
    }
  }

  /// Sums of a tile that leave as floats: IntegerPe's one rounding of the exact sum and bias, in vectors.
  void finish_floats(const RowsA& rows, std::int64_t row, int m, std::int64_t column, int n, const double* sums) {
    BINADE_BOUND(m <= shape_.rows && n <= shape_.cols);
    const double lsb = std::ldexp(1.0, -command_.product_shift);
    const bool stochastic = config_.accumulate.rounding == numerics::Rounding::Sr;
    double values[simd::kMostTileOutputs];
    std::uint32_t random[simd::kMostTileOutputs];
    for (int r = 0; r < m; ++r) {
      for (int j = 0; j < n; ++j) {
        double value = sums[r * shape_.cols + j] * lsb;
        if (!bias_.empty()) value = datapath::add_to_odd(value, bias_[static_cast<std::size_t>(column + j)]);
        values[r * n + j] = command_.relu && value <= 0 ? 0.0 : value;
        if (stochastic) random[r * n + j] = datapath::lane_random(command_, rows.m0 + row + r, b_.n0 + column + j);
      }
    }
    numerics::Code codes[simd::kMostTileOutputs];
    encode_values(config_.format.out, {.rounding = config_.accumulate.rounding}, values, stochastic ? random : nullptr,
                  static_cast<std::size_t>(m * n), codes, stats_.events);
    for (int r = 0; r < m; ++r) std::copy_n(codes + r * n, n, rows.out + (row + r) * rows.out_stride + column);
  }

  datapath::IntegerPe pe_;
  bool raw_;
  double limit_;  ///< of the accumulator
  simd::TileShape shape_{};
  bool norms_ = false;  ///< the format's range alone does not bound the sums
  Int16Rows a_operand_;
  std::vector<Int16Tile> a_tiles_;
  Int16Panels own_b_;
  const Int16Panels* b_operand_ = &own_b_;  ///< its own, or that of the kernel which packed for all
  std::vector<bool> clamps_;
  std::vector<double> bias_;
  double bias_limit_ = 0;
  bool exact_bias_ = false;   ///< bias_ is in units of the sums
  bool finite_bias_ = false;  ///< of floats: bias_ is their values
  simd::LeadingBits leading_bits_{};
};

}  // namespace

std::unique_ptr<TileKernel> make_packed_integer_kernel(const datapath::CoreConfig& config, std::unique_ptr<TileKernel> fallback) {
  return std::make_unique<PackedInteger>(config, std::move(fallback));
}

}  // namespace binade::kernels
