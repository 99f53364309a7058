// SPDX-License-Identifier: Apache-2.0
// `serial` for posits, to nearest even codes. One side lies in vectors, of the other one element is broadcast at a time; zeros of
// that one are left out: they add nothing and count nothing. B lies in vectors, or, where it would fill less than half of one and
// it takes fewer steps, rows of A do. The bias is one more product, the first or the last, with a factor of 1. Rows with a NaR run
// on the element.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

#include "models/kernels/packed/aligned.h"
#include "models/kernels/packed/packed_kernel.h"
#include "models/kernels/simd/lanes.h"
#include "models/kernels/simd/posit_serial.h"
#include "models/numerics/accumulators.h"
#include "models/numerics/vector_codec.h"

namespace binade::kernels {
namespace {

using numerics::FormatSpec;

template <class T>
constexpr int kPrecision = std::numeric_limits<T>::digits;

/// Whether T serves the steps of products of a and b that are rounded to `out` (simd/posit_serial.h).
template <class T>
bool serves(const numerics::OperandFormats& formats) {
  const FormatSpec& out = formats.out;
  const numerics::ValueSpan a = numerics::value_span(formats.a), b = numerics::value_span(formats.b),
                            sum = numerics::value_span(out);
  constexpr int kTop = std::numeric_limits<T>::max_exponent - 1, kLeast = std::numeric_limits<T>::min_exponent - 1;
  const bool in_range = std::max(a.top_exponent + b.top_exponent, sum.top_exponent + 1) <= kTop &&
                        std::min({a.lsb_exponent + b.lsb_exponent, sum.lsb_exponent, out.zero_scale()}) >= kLeast;
  const bool holds =
      numerics::significand_bits(formats.a) <= kPrecision<T> && numerics::significand_bits(formats.b) <= kPrecision<T>;
  // Word bits below the code string: for the shortest regime, and for zero, whose exponent field is the word's bias below.
  const int shortest = kPrecision<T> - 1 + out.exponent_bits - (out.bits - 3);
  const int of_zero = shortest + (std::numeric_limits<T>::max_exponent >> out.exponent_bits) - 1 - (1 >> out.exponent_bits);
  return in_range && holds && shortest >= 2 && of_zero >= static_cast<int>(8 * sizeof(T));
}

template <class T>
bool near_steps_serve(const numerics::OperandFormats& formats) {
  return numerics::significand_bits(formats.a) + numerics::significand_bits(formats.b) <= kPrecision<T> &&
         2 * numerics::significand_bits(formats.out) + 2 <= kPrecision<T>;
}

template <class T>
class PackedPositSerial final : public PackedKernel {
 public:
  PackedPositSerial(const datapath::CoreConfig& config, std::unique_ptr<TileKernel> fallback)
      : PackedKernel(config, std::move(fallback)),
        fastest_(near_steps_serve<T>(config.format) ? simd::PositSteps::Near : simd::PositSteps::Odd) {}

  OperandForm form() const override { return OperandForm::Values; }
  bool can_share_b() const override { return true; }

 private:
  static constexpr bool kBinary32 = sizeof(T) == 4;
  static constexpr std::int64_t kRows = simd::kMostPositRows;  ///< of a tile
  using Panel = AlignedVector<T>;                              ///< [k][lane]
  /// kMostPositRows rows as lists of their elements that are not zero: of element i of row r at [i * kMostPositRows + r] the value,
  /// and where its k begins in a panel.
  struct Lists {
    AlignedVector<T> elements;
    AlignedVector<std::int32_t> places;
    std::int64_t steps = 0;  ///< the longest list
    bool finite = true;
  };

  bool accepts() override {
    steps_ = fastest_;
    return (command_.k + 1) * simd::kMostPositOutputs <= std::numeric_limits<std::int32_t>::max();
  }

  bool starts_from_bias() const override { return true; }

  bool pack(const PanelB& b, const numerics::Code* bias, const Divide& divide) override {
    k_ = command_.k + (bias != nullptr ? 1 : 0);
    shape_ = simd::posit_tile_shape(kBinary32, b.n);
    const std::int64_t cols = shape_.cols;
    own_panels_.resize(static_cast<std::size_t>((b.n + cols - 1) / cols));
    panels_ = &own_panels_;
    own_columns_.resize(static_cast<std::size_t>(2 * b.n > cols || cols < kRows ? 0 : (b.n + kRows - 1) / kRows));
    columns_ = &own_columns_;
    std::atomic<bool> finite = true;
    divide(std::ssize(own_panels_), [&](std::int64_t first, std::int64_t count) {
      Panel columns(static_cast<std::size_t>((cols + 1) * k_));
      const T* lanes[simd::kMostPositOutputs];
      std::fill_n(columns.begin(), k_, T{});
      for (std::int64_t j = first; j < first + count; ++j) {
        for (std::int64_t lane = 0; lane < cols; ++lane) {
          const std::int64_t column = j * cols + lane;
          lanes[lane] = columns.data();
          if (column >= b.n) continue;
          T* const values = columns.data() + (lane + 1) * k_;
          b.columns->values(b.n0 + column, values);
          if (bias != nullptr) decode_values(config_.format.out, bias + column, 1, 1, values + command_.k);
          if (std::any_of(values, values + k_, [](T value) { return std::isnan(value); })) finite = false;
          lanes[lane] = values;
        }
        Panel& panel = own_panels_[static_cast<std::size_t>(j)];
        panel.resize(static_cast<std::size_t>(k_ * cols));
        simd::lay_lanes(lanes, static_cast<int>(cols), k_, panel.data());
        for (std::int64_t i = 0; i < std::ssize(own_columns_); ++i)  // then there is no other panel
          list(lanes + i * kRows, std::min(kRows, b.n - i * kRows), own_columns_[static_cast<std::size_t>(i)]);
      }
    });
    return finite;
  }

  void adopt(const PackedKernel& owner) override {
    const auto& packed = static_cast<const PackedPositSerial&>(owner);
    panels_ = packed.panels_;
    columns_ = packed.columns_;
    shape_ = packed.shape_;
    k_ = packed.k_;
  }

  void multiply(const RowsA& rows) override {
    const std::int64_t together = columns_->empty() ? kRows : shape_.cols;
    lists_.resize(static_cast<std::size_t>((together + kRows - 1) / kRows));
    for (std::int64_t i = 0; i < rows.m; i += together) {
      const std::int64_t m = std::min(together, rows.m - i);
      read(rows, i, m);
      if (fewer_steps_across(m)) {
        across(m);
        store(rows, i, m);
        continue;
      }
      for (std::int64_t r = 0; r < m; r += kRows) {
        const std::int64_t count = std::min(kRows, m - r);
        const Lists& lists = lists_[static_cast<std::size_t>(r / kRows)];
        if (!lists.finite) {
          fall_back(rows, i + r, count);
          continue;
        }
        values_.resize(static_cast<std::size_t>(count * b_.n));
        for (std::int64_t j = 0; j < std::ssize(*panels_); ++j) along(lists, count, j);
        store(rows, i + r, count);
      }
    }
  }

  /// m rows of A, each with the bias's factor behind it, and their lists.
  void read(const RowsA& rows, std::int64_t first, std::int64_t m) {
    rows_.resize(static_cast<std::size_t>(m * k_));
    const T* tile[kRows];
    for (std::int64_t r = 0; r < m; ++r) {
      T* const row = rows_.data() + r * k_;
      rows.rows->values(rows.m0 + first + r, row);
      std::fill(row + command_.k, row + k_, T{1});
      tile[r % kRows] = row;
      if (r % kRows == kRows - 1 || r == m - 1) list(tile, r % kRows + 1, lists_[static_cast<std::size_t>(r / kRows)]);
    }
  }

  /// Of rows of k_ elements, the bias's last.
  void list(const T* const* rows, std::int64_t count, Lists& lists) {
    std::int64_t listed[kRows] = {};
    const std::int64_t biases = k_ - command_.k, first = numerics::bias_starts_sums(config_.accumulate) ? biases : 0;
    lists.finite = true;
    lists.steps = 0;
    for (std::int64_t r = 0; r < count; ++r) {
      const T* const row = rows[r];
      auto& elements = elements_[r];
      auto& places = places_[r];
      elements.resize(static_cast<std::size_t>(k_ + simd::kListRoom));
      places.resize(elements.size());
      const simd::Listed some = simd::list_nonzero(row, command_.k, elements.data() + first, places.data() + first);
      lists.finite = lists.finite && !some.nan;
      listed[r] = some.count + biases;
      if (biases != 0) {
        const std::int64_t at = first != 0 ? 0 : some.count;
        elements[static_cast<std::size_t>(at)] = row[command_.k];
        places[static_cast<std::size_t>(at)] = static_cast<std::int32_t>(command_.k);
      }
      lists.steps = std::max(lists.steps, listed[r]);
    }
    lists.elements.resize(static_cast<std::size_t>(lists.steps * kRows));
    lists.places.resize(lists.elements.size());
    for (std::int64_t r = 0; r < kRows; ++r) {
      T* element = lists.elements.data() + r;
      std::int32_t* place = lists.places.data() + r;
      for (std::int64_t i = 0; i < lists.steps; ++i, element += kRows, place += kRows) {
        const bool is_listed = i < listed[r];
        *element = is_listed ? elements_[r][static_cast<std::size_t>(i)] : T{};
        *place = is_listed ? places_[r][static_cast<std::size_t>(i)] * shape_.cols : 0;
      }
    }
  }

  /// Whether m rows, finite ones, meet the columns in fewer steps where the rows lie in vectors.
  bool fewer_steps_across(std::int64_t m) const {
    if (columns_->empty()) return false;
    std::int64_t along = 0, across = 0;
    for (std::int64_t i = 0; i < (m + kRows - 1) / kRows; ++i) {
      if (!lists_[static_cast<std::size_t>(i)].finite) return false;
      along += lists_[static_cast<std::size_t>(i)].steps;
    }
    for (const Lists& columns : *columns_) across += columns.steps;
    return across < along;
  }

  /// Sums of `lists` with a panel: sums[r * cols + lane].
  void sum(const Lists& lists, const Panel& panel, T* sums) {
    const auto tile = [&] {
      return simd::sum_posits(config_.format.out, steps_, lists.elements.data(), lists.places.data(), panel.data(), lists.steps,
                              shape_.vectors, sums);
    };
    simd::PositTile summed = tile();
    while (!summed.in_range) {
      steps_ = steps_ == simd::PositSteps::Near ? simd::PositSteps::Odd : simd::PositSteps::Saturate;
      summed = tile();
    }
    stats_.events.underflow += summed.underflows;
    stats_.events.saturation += summed.saturations;
  }

  void along(const Lists& lists, std::int64_t m, std::int64_t j) {
    alignas(64) T sums[simd::kMostPositOutputs];
    sum(lists, (*panels_)[static_cast<std::size_t>(j)], sums);
    const std::int64_t first = j * shape_.cols, n = std::min<std::int64_t>(shape_.cols, b_.n - first);
    for (std::int64_t r = 0; r < m; ++r) std::copy_n(sums + r * shape_.cols, n, values_.data() + r * b_.n + first);
  }

  void across(std::int64_t m) {
    alignas(64) T sums[simd::kMostPositOutputs];
    const T* lanes[simd::kMostPositOutputs];
    none_.assign(static_cast<std::size_t>(k_), T{});
    for (std::int64_t lane = 0; lane < shape_.cols; ++lane) lanes[lane] = lane < m ? rows_.data() + lane * k_ : none_.data();
    across_.resize(static_cast<std::size_t>(k_ * shape_.cols));
    simd::lay_lanes(lanes, shape_.cols, k_, across_.data());
    values_.resize(static_cast<std::size_t>(m * b_.n));
    for (std::int64_t i = 0; i < std::ssize(*columns_); ++i) {
      sum((*columns_)[static_cast<std::size_t>(i)], across_, sums);
      for (std::int64_t c = i * kRows; c < std::min((i + 1) * kRows, b_.n); ++c)
        for (std::int64_t r = 0; r < m; ++r) values_[static_cast<std::size_t>(r * b_.n + c)] = sums[c % kRows * shape_.cols + r];
    }
  }

  void store(const RowsA& rows, std::int64_t first, std::int64_t m) {
    paths_[kBinary32 ? KernelPath::Serial32 : KernelPath::Serial64] += static_cast<std::uint64_t>(m * b_.n * command_.k);
    if (command_.relu) {
      for (double& value : values_) value = value < 0 ? 0.0 : value;
    }
    codes_.resize(values_.size());
    numerics::Events of_no_rounding;  // they are values of the format
    numerics::encode_values(config_.format.out, {}, values_.data(), nullptr, values_.size(), codes_.data(), of_no_rounding);
    for (std::int64_t r = 0; r < m; ++r) std::copy_n(codes_.data() + r * b_.n, b_.n, rows.out + (first + r) * rows.out_stride);
  }

  const simd::PositSteps fastest_;
  simd::PositSteps steps_{};  ///< that have served all tiles of this command
  simd::PositTileShape shape_{};
  std::int64_t k_ = 0;  ///< products an output, the bias included
  std::vector<Panel> own_panels_;
  const std::vector<Panel>* panels_ = &own_panels_;  ///< its own, or those of the kernel which packed for all
  std::vector<Lists> own_columns_;                   ///< of B, where they may be broadcast
  const std::vector<Lists>* columns_ = &own_columns_;
  std::vector<Lists> lists_;          ///< of the rows read
  AlignedVector<T> elements_[kRows];  ///< of the lists in the making
  AlignedVector<std::int32_t> places_[kRows];
  AlignedVector<T> rows_, none_;
  Panel across_;  ///< of the rows read
  AlignedVector<double> values_;
  std::vector<numerics::Code> codes_;
};

}  // namespace

std::unique_ptr<TileKernel> make_packed_posit_serial_kernel(const datapath::CoreConfig& config,
                                                            std::unique_ptr<TileKernel> fallback) {
  if (config.accumulate.rounding != numerics::Rounding::Rne) return fallback;
  if (serves<float>(config.format)) return std::make_unique<PackedPositSerial<float>>(config, std::move(fallback));
  if (serves<double>(config.format)) return std::make_unique<PackedPositSerial<double>>(config, std::move(fallback));
  return fallback;
}

}  // namespace binade::kernels
