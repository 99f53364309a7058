// SPDX-License-Identifier: Apache-2.0
// `serial` for posits, to nearest even codes. Zeros of A are left out: they add nothing and count nothing. The bias is one more
// product, the first or the last, with a factor of 1. Rows with a NaR run on the element.
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
  using Panel = AlignedVector<T>;  ///< [k][lane]
  /// A row's elements that are not zero, and the k of each.
  struct List {
    void add(T element, std::int64_t k) {
      elements[static_cast<std::size_t>(count)] = element;
      places[static_cast<std::size_t>(count++)] = static_cast<std::int32_t>(k);
    }
    AlignedVector<T> elements;
    AlignedVector<std::int32_t> places;
    std::int64_t count = 0;
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
      }
    });
    return finite;
  }

  void adopt(const PackedKernel& owner) override {
    const auto& packed = static_cast<const PackedPositSerial&>(owner);
    panels_ = packed.panels_;
    shape_ = packed.shape_;
    k_ = packed.k_;
  }

  void multiply(const RowsA& rows) override {
    for (std::int64_t i = 0; i < rows.m; i += shape_.rows) {
      const std::int64_t m = std::min<std::int64_t>(shape_.rows, rows.m - i);
      if (!list(rows, i, m)) {
        fall_back(rows, i, m);
        continue;
      }
      values_.resize(static_cast<std::size_t>(m * b_.n));
      for (std::int64_t j = 0; j < std::ssize(*panels_); ++j) tile(m, j);
      store(rows, i, m);
    }
  }

  /// Lists the elements of m rows that are not zero; false where one is NaR.
  bool list(const RowsA& rows, std::int64_t first, std::int64_t m) {
    const std::int64_t lanes = shape_.rows;
    const std::size_t room = static_cast<std::size_t>(k_ + simd::kListRoom);
    row_.resize(static_cast<std::size_t>(command_.k));
    const bool bias = k_ > command_.k, bias_first = bias && numerics::bias_starts_sums(config_.accumulate);
    longest_ = 0;
    for (std::int64_t lane = 0; lane < lanes; ++lane) {
      List& list = lists_[lane];
      list.elements.resize(room);
      list.places.resize(room);
      list.count = 0;
      if (lane >= m) continue;
      rows.rows->values(rows.m0 + first + lane, row_.data());
      if (bias_first) list.add(1, command_.k);
      const simd::Listed listed =
          simd::list_nonzero(row_.data(), command_.k, list.elements.data() + list.count, list.places.data() + list.count);
      if (listed.nan) return false;
      list.count += listed.count;
      if (bias && !bias_first) list.add(1, command_.k);
      longest_ = std::max(longest_, list.count);
    }
    elements_.resize(static_cast<std::size_t>(longest_ * lanes));
    places_.resize(elements_.size());
    for (std::int64_t lane = 0; lane < lanes; ++lane) {
      const List& list = lists_[lane];
      T* element = elements_.data() + lane;
      std::int32_t* place = places_.data() + lane;
      for (std::int64_t i = 0; i < longest_; ++i, element += lanes, place += lanes) {
        const bool listed = i < list.count;
        *element = listed ? list.elements[static_cast<std::size_t>(i)] : T{};
        *place = listed ? list.places[static_cast<std::size_t>(i)] * shape_.cols : 0;
      }
    }
    return true;
  }

  void tile(std::int64_t m, std::int64_t j) {
    alignas(64) T sums[simd::kMostPositOutputs];
    const auto sum = [&] {
      return simd::sum_posits(config_.format.out, steps_, elements_.data(), places_.data(),
                              (*panels_)[static_cast<std::size_t>(j)].data(), longest_, shape_.vectors, sums);
    };
    simd::PositTile tile = sum();
    while (!tile.in_range) {
      steps_ = steps_ == simd::PositSteps::Near ? simd::PositSteps::Odd : simd::PositSteps::Saturate;
      tile = sum();
    }
    stats_.events.underflow += tile.underflows;
    stats_.events.saturation += tile.saturations;
    const std::int64_t first = j * shape_.cols, n = std::min<std::int64_t>(shape_.cols, b_.n - first);
    for (std::int64_t r = 0; r < m; ++r) std::copy_n(sums + r * shape_.cols, n, values_.data() + r * b_.n + first);
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
  AlignedVector<T> row_, elements_;
  AlignedVector<std::int32_t> places_;
  List lists_[simd::kMostPositRows];
  std::int64_t longest_ = 0;  ///< list of a tile
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
