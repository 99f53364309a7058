// SPDX-License-Identifier: Apache-2.0
// Windows records read pixel by pixel and window by window, without grids, groups or vectors: the judge of window_arithmetic.cpp.
#include <array>
#include <cstring>
#include <optional>
#include <vector>

#include "models/numerics/arithmetic.h"
#include "models/operations/vector_literal.h"
#include "models/operations/window_arithmetic.h"
#include "models/operations/window_rounding.h"
#include "models/operations/window_sums.h"

namespace binade::operations {

using numerics::Code;
using numerics::Unpacked;

namespace {

class LiteralWindows {
 public:
  LiteralWindows(const VectorFormats& formats, const spec::Windows& d, const WindowBytes& bytes, datapath::TileStats& stats)
      : d_(d),
        bytes_(bytes),
        vertical_(spec::unpack_geometry(d.h_geometry)),
        horizontal_(spec::unpack_geometry(d.w_geometry)),
        rounding_(vector_, formats, d, stats) {}

  void maxima() {
    for (std::int64_t window = 0; window < d_.planes * d_.rows * d_.columns; ++window) {
      std::optional<Unpacked> largest;
      std::int64_t place = 0;
      for (std::int64_t position = 0; position < d_.kernel_h * d_.kernel_w; ++position) {
        const std::int64_t pixel = pixel_of(window, position);
        if (pixel < 0) continue;
        const Unpacked candidate = x(pixel);
        if (largest && (largest->is_nan() || (!candidate.is_nan() && numerics::compare(candidate, *largest) <= 0))) continue;
        largest = candidate;
        place = position;
      }
      put(window, rounded(window, *largest, rounding_.result()));
      std::memcpy(bytes_.places.data() + window * d_.index_bytes, &place, static_cast<std::size_t>(d_.index_bytes));
    }
  }

  std::int64_t gradient() {
    struct Gifts {
      std::vector<Unpacked> terms;
      std::vector<std::int64_t> divisors;
    };
    std::vector<Gifts> to(static_cast<std::size_t>(d_.planes * d_.height * d_.width));
    std::int64_t strays = 0;
    for (std::int64_t window = 0; window < d_.planes * d_.rows * d_.columns; ++window) {
      const auto give = [&](std::int64_t pixel) {
        to[static_cast<std::size_t>(pixel)].terms.push_back(x(window));
        to[static_cast<std::size_t>(pixel)].divisors.push_back(divisor(window));
      };
      if (chosen()) {
        const std::int64_t position = index(window), pixel = position < d_.kernel_h * d_.kernel_w ? pixel_of(window, position) : -1;
        pixel < 0 ? static_cast<void>(++strays) : give(pixel);
        continue;
      }
      for (std::int64_t position = 0; position < d_.kernel_h * d_.kernel_w; ++position)
        if (const std::int64_t pixel = pixel_of(window, position); pixel >= 0) give(pixel);
    }
    for (std::size_t i = 0; i < to.size(); ++i) {
      const auto pixel = static_cast<std::int64_t>(i);
      if (to[i].terms.empty())
        put(pixel, rounded(pixel, {}, rounding_.result()));
      else if (d_.sums != 0 && to[i].terms.size() > 1)
        put(pixel, added_up(pixel, to[i].terms, to[i].divisors));
      else
        put(pixel, rounded(pixel, sum_of_shares(to[i].terms, to[i].divisors), rounding_.result()));
    }
    return strays;
  }

 private:
  bool chosen() const { return op_of(d_) == spec::WindowOp::ToChosen; }

  /// isa.def, Windows; -1 in the padding.
  std::int64_t pixel_of(std::int64_t window, std::int64_t position) const {
    const std::int64_t i = window / d_.columns % d_.rows, j = window % d_.columns, plane = window / d_.columns / d_.rows;
    const std::int64_t r = position / d_.kernel_w, s = position % d_.kernel_w;
    const std::int64_t h = i * vertical_.stride + r * vertical_.dilation - vertical_.pad;
    const std::int64_t w = j * horizontal_.stride + s * horizontal_.dilation - horizontal_.pad;
    return h < 0 || h >= d_.height || w < 0 || w >= d_.width ? -1 : (plane * d_.height + h) * d_.width + w;
  }
  std::int64_t divisor(std::int64_t window) const {
    if (chosen()) return 1;
    const std::int64_t i = window / d_.columns % d_.rows, j = window % d_.columns;
    std::int64_t count = 0;
    for (std::int64_t position = 0; position < d_.kernel_h * d_.kernel_w; ++position) {
      const std::int64_t h = i * vertical_.stride + position / d_.kernel_w * vertical_.dilation - vertical_.pad;
      const std::int64_t w = j * horizontal_.stride + position % d_.kernel_w * horizontal_.dilation - horizontal_.pad;
      if (h >= d_.count_top && h < d_.count_bottom && w >= d_.count_left && w < d_.count_right) ++count;
    }
    return count;
  }

  Unpacked x(std::int64_t element) const {
    const numerics::FormatSpec& format = rounding_.formats().x;
    return decoded(format, bytes_.x.data() + element * format.storage_bytes(), d_.x_exponent);
  }
  std::int64_t index(std::int64_t window) const {
    std::uint32_t word = 0;
    std::memcpy(&word, bytes_.indices.data() + window * d_.index_bytes, static_cast<std::size_t>(d_.index_bytes));
    return word;
  }
  static Unpacked decoded(const numerics::FormatSpec& format, const std::byte* at, std::int64_t exponent) {
    Code code = 0;
    std::memcpy(&code, at, static_cast<std::size_t>(format.storage_bytes()));
    return numerics::decode(format, code, static_cast<int>(exponent));
  }

  /// What a rounding to `to` stores of output `element`.
  using Word = std::array<std::byte, 8>;
  Word rounded(std::int64_t element, const Unpacked& value, const ElementFormat& to) {
    const spec::Vector vector = rounding_.of(spec::VectorOp::Copy, to, element, 1);
    const LiteralVector::Operand none{to.format, {}, {}};
    Word word{};
    LiteralVector(vector, none, none, to.format, to.rounding, word, rounding_.stats()).put(0, value);
    return word;
  }
  void put(std::int64_t element, const Word& word) {
    const auto size = static_cast<std::size_t>(d_.raw_bytes != 0 ? d_.raw_bytes : rounding_.result().format.storage_bytes());
    std::memcpy(bytes_.out.data() + static_cast<std::size_t>(element) * size, word.data(), size);
  }

  Word added_up(std::int64_t pixel, const std::vector<Unpacked>& terms, const std::vector<std::int64_t>& divisors) {
    const ElementFormat to = d_.sums == 2 ? ElementFormat{numerics::kBinary32} : rounding_.result();
    Word total{};
    for (std::size_t i = 0; i < terms.size(); ++i) {
      const Word share = rounded(pixel, numerics::div(terms[i], numerics::from_integer(divisors[i], 0)), to);
      total = i == 0 ? share
                     : rounded(pixel, numerics::add(decoded(to.format, total.data(), 0), decoded(to.format, share.data(), 0)), to);
    }
    return d_.sums == 2 ? rounded(pixel, decoded(to.format, total.data(), 0), rounding_.result()) : total;
  }

  const spec::Windows& d_;
  const WindowBytes& bytes_;
  const spec::Geometry vertical_, horizontal_;
  VectorArithmetic vector_;  // of rounding_, which asks it for nothing here
  WindowRounding rounding_;
};

}  // namespace

std::int64_t WindowArithmetic::run_literally(const VectorFormats& formats, const spec::Windows& record, const WindowBytes& bytes,
                                             datapath::TileStats& stats) {
  LiteralWindows windows(formats, record, bytes, stats);
  if (op_of(record) != spec::WindowOp::Maximum) return windows.gradient();
  windows.maxima();
  return 0;
}

}  // namespace binade::operations
