// SPDX-License-Identifier: Apache-2.0
// `exact` for posits and floats. Every value is an integer multiple of its row's least bit, so an exact sum is integer arithmetic
// in any order: in int16 where rows span at most 15 bits, else over slices of the operands in int16 or, where no sum needs more
// than 53 bits, in binary64. The bias is one more product, with a factor of 1. T: what holds every value.
#include <algorithm>
#include <cmath>
#include <limits>

#include "models/datapath/pe/lane.h"
#include "models/kernels/packed/fixed_sum.h"
#include "models/kernels/packed/packed_kernel.h"
#include "models/kernels/packed/real_operands.h"
#include "models/kernels/simd/dot.h"
#include "models/kernels/simd/real.h"
#include "models/numerics/accumulators.h"
#include "models/numerics/bound.h"
#include "models/numerics/vector_codec.h"

namespace binade::kernels {
namespace {

constexpr double kInt32Limit = 0x1p31 - 1;
constexpr double kDoubleLimit = 0x1p53;
constexpr double kDigit = static_cast<double>(1 << kDigitBits);
/// Products of slices that cost no more than one of binary64, where there are so many panels that cutting does not count.
constexpr int kCheapSlices = 3;
constexpr std::int64_t kManyPanels = 3;
/// A register's bits above its largest product, the sign apart.
constexpr int kCarryBits = 31;
/// Products a sum, the bias included.
constexpr std::int64_t kLongest = std::int64_t{1} << 21;
// A group is made of rows of at most kWidestSpan bits, whatever rows fall back, so both sides of a tile have at most
// kMostSlices slices and their products 2 kMostSlices - 1 diagonals.
static_assert(2 * kMostSlices - 1 <= kMostDigits);

template <class T>
class PackedReal final : public PackedKernel {
 public:
  PackedReal(const datapath::CoreConfig& config, std::unique_ptr<TileKernel> fallback) : PackedKernel(config, std::move(fallback)) {
    const auto exact = numerics::exact_register(config.format);
    const int bits = config.accumulate.acc_bits;
    // The full register holds every sum of products, though not every bias of a wider output.
    const bool all_bits = bits == 0 || bits >= exact.full_bits;
    const bool all_biases =
        numerics::value_span(config.format.out).top_exponent < exact.lsb_exponent + exact.full_bits - kCarryBits;
    limit_ = all_bits && all_biases ? std::numeric_limits<double>::infinity()
                                    : std::ldexp(1.0, (all_bits ? exact.full_bits : bits) - 1 + exact.lsb_exponent);
  }

  OperandForm form() const override { return OperandForm::Values; }
  bool can_share_b() const override { return true; }

 private:
  bool accepts() override { return command_.k < kLongest; }

  bool pack(const PanelB& b, const numerics::Code* bias, const Divide& divide) override {
    k_ = command_.k + (bias != nullptr ? 1 : 0);
    shape_ = simd::tile_shape(b.n);
    own_b_.begin(shape_.cols, shape_.cols_fp64, b.n, k_);
    b_operand_ = &own_b_;
    RealRows<T>& columns = own_b_.columns();
    divide(b.n, [&](std::int64_t first, std::int64_t count) {
      for (std::int64_t j = first; j < first + count; ++j) {
        T* const row = columns.row(j);
        b.columns->values(b.n0 + j, row);
        if (bias != nullptr) decode_values(config_.format.out, bias + j, 1, 1, row + command_.k);
        columns.finish_row(j);
      }
    });
    b_norm_ = 0;
    b_nan_ = false;
    for (std::int64_t j = 0; j < b.n; ++j) {
      if (!columns.cuttable(j)) return false;
      b_nan_ = b_nan_ || columns.is_nan(j);
      b_norm_ = std::max(b_norm_, columns.norm(j));
    }
    if (b_nan_ && std::isfinite(limit_)) return false;  // clamps before the NaN count
    columns.order(std::vector<bool>(static_cast<std::size_t>(b.n), false));
    own_b_.make_panels();
    divide(columns.groups(), [&](std::int64_t first, std::int64_t count) {
      for (std::int64_t j = first; j < first + count; ++j)
        if (columns.narrow(j)) own_b_.int16(j);
    });
    return true;
  }

  void adopt(const PackedKernel& owner) override {
    const auto& packed = static_cast<const PackedReal&>(owner);
    b_operand_ = packed.b_operand_;
    shape_ = packed.shape_;
    b_norm_ = packed.b_norm_;
    b_nan_ = packed.b_nan_;
    k_ = packed.k_;
  }

  void multiply(const RowsA& rows) override {
    a_operand_.begin(shape_.rows, rows.m, k_);
    left_out_.assign(static_cast<std::size_t>(rows.m), false);
    for (std::int64_t i = 0; i < rows.m; ++i) {
      T* const row = a_operand_.row(i);
      rows.rows->values(rows.m0 + i, row);
      if (k_ > command_.k) row[command_.k] = 1;
      a_operand_.finish_row(i);
      const bool fits = std::isinf(limit_) || (!a().is_nan(i) && a().norm(i) * b_norm_ < limit_);
      if (a().cuttable(i) && fits) continue;
      left_out_[static_cast<std::size_t>(i)] = true;
      fall_back(rows, i, 1);
    }
    a_operand_.order(left_out_);
    // Blocks of rows begin at panels of their own: threads side by side do not wait for one another to pack the same one.
    const std::int64_t panels = b().groups(), first = rows.m0 * panels / command_.m;
    for (std::int64_t place = 0; place < panels; ++place) {
      const std::int64_t j = (first + place) % panels;
      for (std::int64_t i = 0; i < a().groups(); ++i) tile(rows, i, j);
    }
  }
  const RealRows<T>& a() const { return a_operand_.rows(); }
  const RealRows<T>& b() const { return b_operand_->columns(); }

  void tile(const RowsA& rows, std::int64_t i, std::int64_t j) {
    double sums[simd::kMostTileOutputs];
    const auto m = static_cast<int>(std::min<std::int64_t>(shape_.rows, a().ordered() - i * shape_.rows));
    const auto n = static_cast<int>(std::min<std::int64_t>(shape_.cols, b_.n - j * shape_.cols));
    const KernelPath path = dot(i, j, n, sums);
    paths_[path] += static_cast<std::uint64_t>(m * n * command_.k);
    finish(rows, i, j, m, n, sums);
  }

  KernelPath dot(std::int64_t i, std::int64_t j, int n, double* sums) {
    const double bound = a().group_norm(i) * b().group_norm(j);  // of every sum, in LSBs
    if constexpr (sizeof(T) == sizeof(float)) {
      if (bound < kDoubleLimit && a_operand_.sparse(i)) {
        const auto& lists = a_operand_.lists(i);
        fp64_tiles(b_operand_->fp64(j), n, sums, [&](const T* columns, double* part) {
          simd::dot_fp64_of_lists(lists.elements.data(), lists.places.data(), columns, lists.steps, shape_.vectors, part);
        });
        return KernelPath::Fp64;
      }
    }
    if (a().narrow(i) && b().narrow(j)) {
      const typename RealPanels<T>::Packed columns = b_operand_->int16(j);
      const int stretch = bound < kInt32Limit ? StretchNorms::kAll : longest_stretch(a_operand_.int16_norms(i), *columns.norms);
      if (stretch >= 0) {
        std::fill_n(sums, shape_.rows * shape_.cols, 0.0);
        const Int16Layout layout = b_operand_->int16_layout();
        simd::dot_int16(a_operand_.int16(i), columns.values, layout.pairs(), layout.pairs_of(stretch), 1.0, shape_.vectors, sums);
        scale(i, j, sums);
        return KernelPath::Int16;
      }
    }
    const int cheap = b().groups() >= kManyPanels ? kCheapSlices : 1;
    if (bound < kDoubleLimit && a().slice_count(i) * b().slice_count(j) > cheap) {
      const double* const* const rows = a_operand_.fp64(i);
      fp64_tiles(b_operand_->fp64(j), n, sums,
                 [&](const T* columns, double* part) { simd::dot_fp64(rows, columns, k_, shape_.vectors, part); });
      return KernelPath::Fp64;
    }
    dot_sliced(i, j, sums);
    return KernelPath::Int16Sliced;
  }

  /// From LSBs to values.
  void scale(std::int64_t i, std::int64_t j, double* sums) const {
    double columns[simd::kMostTileCols];
    for (std::int64_t c = 0; c < shape_.cols; ++c) columns[c] = lsb_of(b(), j * shape_.cols + c);
    for (std::int64_t r = 0; r < shape_.rows; ++r) {
      const double lsb = lsb_of(a(), i * shape_.rows + r);
      double* const sum = sums + r * shape_.cols;
      for (std::int64_t c = 0; c < shape_.cols; ++c) sum[c] = sum[c] * lsb * columns[c];
    }
  }

  /// tile(columns, part) for each binary64 tile of the first n columns of a panel.
  template <class Tile>
  void fp64_tiles(const T* panel, int n, double* sums, Tile tile) const {
    double part[simd::kMostTileOutputs];
    for (int first = 0; first < n; first += shape_.cols_fp64) {
      tile(panel + first * k_, part);
      for (int r = 0; r < shape_.rows; ++r)
        std::copy_n(part + r * shape_.cols_fp64, shape_.cols_fp64, sums + r * shape_.cols + first);
    }
  }

  /// Diagonal d of the products of slices has a weight of 2^(14 d). At most 2^21 products of 2^26 from each of at most 9 pairs of
  /// slices: the sum of a diagonal, and every partial sum of it, is at most 9 * 2^47 < 2^50.2.
  void dot_sliced(std::int64_t i, std::int64_t j, double* sums) {
    const std::vector<Int16Tile>& a_slices = a_operand_.slices(i);
    const std::vector<Int16Panels>& b_slices = b_operand_->slices(j);
    const int outputs = shape_.rows * shape_.cols;
    const int a_count = static_cast<int>(a_slices.size()), b_count = static_cast<int>(b_slices.size());
    const int diagonals = a_count + b_count - 1;
    const auto add_diagonal = [&](int diagonal, double* to) {
      for (int s = std::max(diagonal - b_count + 1, 0); s <= std::min(diagonal, a_count - 1); ++s) {
        const Int16Tile& one = a_slices[static_cast<std::size_t>(s)];
        const Int16Panels& two = b_slices[static_cast<std::size_t>(diagonal - s)];
        if (one.norms[StretchNorms::kAll] == 0 || two.norms(0)[StretchNorms::kAll] == 0) continue;
        const Int16Layout& layout = two.layout();
        simd::dot_int16(one.rows, two.panel(0), layout.pairs(), layout.pairs_of(longest_stretch(one.norms, two.norms(0))), 1.0,
                        shape_.vectors, to);
      }
    };
    if (a().group_norm(i) * b().group_norm(j) < kDoubleLimit / 2) {
      // Horner. With a diagonal's sum D the result H is the whole, below 2^52, less the lower diagonals, below 2^37 of its units.
      // So what D is added to, H - D, and every sum on the way are below 2^52 + 2^37 + 2 * 2^50.2 < 2^53.
      std::fill_n(sums, outputs, 0.0);
      for (int diagonal = diagonals - 1; diagonal >= 0; --diagonal) {
        for (int output = 0; output < outputs; ++output) sums[output] *= kDigit;
        add_diagonal(diagonal, sums);
      }
      scale(i, j, sums);
      return;
    }
    digits_.assign(static_cast<std::size_t>(diagonals * outputs), 0.0);
    for (int diagonal = 0; diagonal < diagonals; ++diagonal) add_diagonal(diagonal, digits_.data() + diagonal * outputs);
    for (int r = 0; r < shape_.rows; ++r) {
      const int exponent = std::ilogb(lsb_of(a(), i * shape_.rows + r));
      for (int c = 0; c < shape_.cols; ++c) {
        const int output = r * shape_.cols + c;
        sums[output] =
            sum_to_odd(digits_.data() + output, outputs, diagonals, exponent + std::ilogb(lsb_of(b(), j * shape_.cols + c)));
      }
    }
  }
  static double lsb_of(const RealRows<T>& operand, std::int64_t place) {
    const std::int64_t row = operand.row_at(place);
    return row < 0 ? 1.0 : operand.lsb(row);
  }

  /// Rounds and stores m rows of n columns.
  void finish(const RowsA& rows, std::int64_t i, std::int64_t j, int m, int n, const double* sums) {
    BINADE_BOUND(m <= shape_.rows && n >= 1 && n <= shape_.cols);  // and simd::tile_shape(n) says the rest
    std::int64_t columns[simd::kMostTileCols];
    for (int c = 0; c < n; ++c) columns[c] = b().row_at(j * shape_.cols + c);
    double values[simd::kMostTileOutputs];
    std::uint32_t random[simd::kMostTileOutputs];
    const numerics::Quantisation how{.rounding = config_.accumulate.rounding};
    for (int r = 0; r < m; ++r) {
      const std::int64_t row = a().row_at(i * shape_.rows + r);
      double* const to = values + r * n;
      std::copy_n(sums + r * shape_.cols, n, to);
      if (command_.relu) {
        for (int c = 0; c < n; ++c) to[c] = to[c] < 0 ? 0.0 : to[c];
      }
      if (b_nan_ || a().is_nan(row)) {
        for (int c = 0; c < n; ++c)
          if (a().is_nan(row) || b().is_nan(columns[c])) to[c] = std::numeric_limits<double>::quiet_NaN();
      }
      if (how.rounding == numerics::Rounding::Sr) {
        for (int c = 0; c < n; ++c) random[r * n + c] = datapath::lane_random(command_, rows.m0 + row, b_.n0 + columns[c]);
      }
    }
    numerics::Code codes[simd::kMostTileOutputs];
    numerics::encode_values(config_.format.out, how, values, random, static_cast<std::size_t>(m * n), codes, stats_.events);
    for (int r = 0; r < m; ++r) {
      std::uint64_t* const out = rows.out + a().row_at(i * shape_.rows + r) * rows.out_stride;
      for (int c = 0; c < n; ++c) out[columns[c]] = codes[r * n + c];
    }
  }

  double limit_;  ///< magnitude that the register holds
  simd::TileShape shape_{};
  std::int64_t k_ = 0;  ///< products an output, the bias included
  RealTiles<T> a_operand_;
  RealPanels<T> own_b_;
  RealPanels<T>* b_operand_ = &own_b_;  ///< its own, or that of the kernel which packed for all
  double b_norm_ = 0;
  bool b_nan_ = false;
  std::vector<bool> left_out_;
  std::vector<double> digits_;
};

}  // namespace

std::unique_ptr<TileKernel> make_packed_real_kernel(const datapath::CoreConfig& config, std::unique_ptr<TileKernel> fallback) {
  const auto& formats = config.format;
  if (fits_binary32(formats.a) && fits_binary32(formats.b) && fits_binary32(formats.out))
    return std::make_unique<PackedReal<float>>(config, std::move(fallback));
  return std::make_unique<PackedReal<double>>(config, std::move(fallback));
}

}  // namespace binade::kernels
