// SPDX-License-Identifier: Apache-2.0
#include "models/operations/window_sums.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <numeric>
#include <vector>

#include "models/numerics/arithmetic.h"
#include "models/numerics/wide_integer.h"
#include "models/operations/vector_literal.h"
#include "models/operations/vector_loops.h"
#include "models/operations/window_grid.h"

namespace binade::operations {

using numerics::Code;
using numerics::Unpacked;

namespace {

/// What windows give to pixels, pixel by pixel; windows ascend.
class Gifts {
 public:
  struct Gift {
    std::int64_t window = 0, divisor = 1;
  };

  Gifts(const spec::Windows& record, std::span<const Code> indices)
      : grid_(record), divisors_(record), begin_(static_cast<std::size_t>(pixel_count(record)) + 1, 0) {
    const bool chosen = op_of(record) == spec::WindowOp::ToChosen;
    const auto each = [&](auto use) {
      grid_.each_window([&](const WindowGrid::Window& window) {
        if (!chosen) return grid_.each_pixel(window, [&](std::int64_t, std::int64_t pixel) { use(window, pixel); });
        const std::int64_t pixel = grid_.pixel(window, indices[static_cast<std::size_t>(window.index)]);
        if (pixel >= 0) use(window, pixel);
      });
    };
    each([&](const WindowGrid::Window&, std::int64_t pixel) { ++begin_[at(pixel) + 1]; });
    std::partial_sum(begin_.begin(), begin_.end(), begin_.begin());
    gifts_.resize(begin_.back());
    std::vector<std::size_t> next(begin_.begin(), begin_.end() - 1);
    each([&](const WindowGrid::Window& window, std::int64_t pixel) {
      gifts_[next[at(pixel)]++] = {window.index, divisors_.of(window)};
    });
    if (chosen) strays_ = static_cast<std::int64_t>(indices.size() - gifts_.size());
  }

  std::span<const Gift> to(std::int64_t pixel) const {
    return std::span(gifts_).subspan(begin_[at(pixel)], begin_[at(pixel) + 1] - begin_[at(pixel)]);
  }
  std::int64_t strays() const { return strays_; }

 private:
  static std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }
  const WindowGrid grid_;
  const WindowDivisors divisors_;
  std::vector<std::size_t> begin_;
  std::vector<Gift> gifts_;
  std::int64_t strays_ = 0;
};

/// Pixels whose sums are alike: as many gifts, each over the same divisor.
struct Group {
  std::int64_t gifts = 0, divisor = 1;
  auto operator<=>(const Group&) const = default;
};

class Sums {
 public:
  Sums(WindowRounding& rounding, const Gifts& gifts, std::span<const Code> x, std::span<std::byte> out)
      : rounding_(rounding),
        gifts_(gifts),
        x_(x),
        out_(out),
        out_size_(out.size() / static_cast<std::size_t>(pixel_count(rounding.record()))) {}

  void run() {
    std::map<Group, std::vector<std::int64_t>> groups;
    for (std::int64_t pixel = 0; pixel < pixel_count(rounding_.record()); ++pixel) {
      const auto given = gifts_.to(pixel);
      const bool same = std::all_of(given.begin(), given.end(), [&](const auto& gift) { return gift.divisor == given[0].divisor; });
      if (same)
        groups[{static_cast<std::int64_t>(given.size()), given.empty() ? 1 : given[0].divisor}].push_back(pixel);
      else
        mixed(pixel);
    }
    // Stochastic rounding draws by a pixel's place.
    const bool one_by_one = rounding_.result().rounding == numerics::Rounding::Sr;
    for (const auto& [group, pixels] : groups)
      for (std::size_t first = 0; first < pixels.size(); first += one_by_one ? 1 : pixels.size())
        alike(group, std::span(pixels).subspan(first, one_by_one ? 1 : pixels.size()));
  }

 private:
  using Pixels = std::span<const std::int64_t>;

  bool in_steps() const { return rounding_.record().sums != 0; }
  void take(std::int64_t window) { codes_.push_back(x_[static_cast<std::size_t>(window)]); }
  /// The codes taken, as stored.
  std::span<const std::byte> taken() {
    const int size = rounding_.formats().x.storage_bytes();
    stored_.resize(codes_.size() * static_cast<std::size_t>(size));
    loops::narrow(codes_.data(), size, codes_.size(), stored_.data());
    return stored_;
  }
  /// Results of pixels that are together here, to where they belong.
  void put(Pixels pixels) {
    for (std::size_t i = 0; i < pixels.size(); ++i)
      std::memcpy(out_.data() + static_cast<std::size_t>(pixels[i]) * out_size_, results_.data() + i * out_size_, out_size_);
  }

  void alike(const Group& group, Pixels pixels) {
    results_.resize(pixels.size() * out_size_);
    codes_.clear();
    if (group.gifts > 1 && in_steps()) {
      add_up(pixels, group.gifts);
    } else {
      if (group.gifts == 0) codes_.resize(pixels.size(), 0);
      for (const std::int64_t pixel : pixels)
        for (const auto& gift : gifts_.to(pixel)) take(gift.window);
      rounding_.mean(std::max(group.gifts, std::int64_t{1}), group.divisor, rounding_.x(taken()), rounding_.result(),
                     pixels.front(), static_cast<std::int64_t>(pixels.size()), results_);
    }
    put(pixels);
  }

  /// Each gift and each sum rounded. As many gifts to every pixel; those of a step have one divisor.
  void add_up(Pixels pixels, std::int64_t steps) {
    const bool wide = rounding_.record().sums == 2;
    const ElementFormat sum = wide ? ElementFormat{numerics::kBinary32} : rounding_.result();
    const auto size = pixels.size() * static_cast<std::size_t>(sum.format.storage_bytes());
    const auto count = static_cast<std::int64_t>(pixels.size());
    const std::int64_t first = pixels.front();
    std::vector<std::byte> total(size), next(size), before(size);
    for (std::size_t step = 0; step < static_cast<std::size_t>(steps); ++step) {
      codes_.clear();
      for (const std::int64_t pixel : pixels) take(gifts_.to(pixel)[step].window);
      rounding_.mean(1, gifts_.to(first)[step].divisor, rounding_.x(taken()), sum, first, count, step == 0 ? total : next);
      if (step == 0) continue;
      before.swap(total);
      rounding_.add(before, next, sum, first, count, total);
    }
    if (wide)
      rounding_.mean(1, 1, {sum.format, 0, total}, rounding_.result(), first, count, results_);
    else
      std::copy(total.begin(), total.end(), results_.begin());
  }

  /// Gifts over several divisors.
  void mixed(std::int64_t pixel) {
    results_.resize(out_size_);
    if (in_steps()) {
      add_up(std::span(&pixel, 1), static_cast<std::int64_t>(gifts_.to(pixel).size()));
    } else {
      terms_.clear();
      divisors_.clear();
      const numerics::FormatSpec& format = rounding_.formats().x;
      for (const auto& gift : gifts_.to(pixel)) {
        terms_.push_back(
            numerics::decode(format, x_[static_cast<std::size_t>(gift.window)], static_cast<int>(rounding_.record().x_exponent)));
        divisors_.push_back(gift.divisor);
      }
      const ElementFormat to = rounding_.result();
      const spec::Vector vector = rounding_.of(spec::VectorOp::MeanReduce, to, pixel, 1);
      LiteralVector(vector, {format, {}, {}}, {format, {}, {}}, to.format, to.rounding, results_, rounding_.stats())
          .put(0, sum_of_shares(terms_, divisors_));
    }
    put(std::span(&pixel, 1));
  }

  WindowRounding& rounding_;
  const Gifts& gifts_;
  const std::span<const Code> x_;
  const std::span<std::byte> out_;
  const std::size_t out_size_;
  std::vector<Code> codes_;
  std::vector<std::byte> stored_, results_;
  std::vector<Unpacked> terms_;
  std::vector<std::int64_t> divisors_;
};

// A share's weight in the common multiple, up to 2^62, is added in two halves: a code has 32 significant bits at most, so that a
// half's product has 63. Codes reach from 2^-480 to 2^480 (posit32 of es 4), records' exponents from 2^-640 to 2^672.
constexpr int kSumLsbExponent = -768;
constexpr int kSumBits = 1728;

}  // namespace

Unpacked sum_of_shares(std::span<const Unpacked> terms, std::span<const std::int64_t> divisors) {
  std::int64_t common = 1;
  for (const std::int64_t divisor : divisors) common = std::lcm(common, divisor);
  numerics::WideInteger sum(kSumBits);
  Unpacked outside = terms.front();
  if (outside.is_finite()) outside = Unpacked{};
  for (std::size_t i = 0; i < terms.size(); ++i) {
    Unpacked term = terms[i];
    if (term.is_finite()) {
      constexpr int kHalf = 31;
      const std::uint64_t mantissa = term.significand >> 32;
      const auto weight = static_cast<std::uint64_t>(common / divisors[i]);
      const int shift = term.scale - kHalf - kSumLsbExponent;
      sum.add(term.negative, mantissa * (weight & ((std::uint64_t{1} << kHalf) - 1)), shift);
      sum.add(term.negative, mantissa * (weight >> kHalf), shift + kHalf);
      term = Unpacked{};
    }
    outside = numerics::add(outside, term);
  }
  const Unpacked total = outside.is_zero() && !sum.is_zero() ? sum.to_unpacked(kSumLsbExponent) : outside;
  return numerics::div(total, numerics::from_integer(common, 0));
}

std::int64_t sum_windows(WindowRounding& rounding, std::span<const Code> x, std::span<const Code> indices,
                         std::span<std::byte> out) {
  const Gifts gifts(rounding.record(), indices);
  Sums(rounding, gifts, x, out).run();
  return gifts.strays();
}

}  // namespace binade::operations
