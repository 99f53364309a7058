// SPDX-License-Identifier: Apache-2.0
#include "models/programs/window_arithmetic.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <map>
#include <numeric>
#include <optional>

#include "models/numerics/error.h"
#include "models/programs/stored_elements.h"

namespace binade::programs {
namespace {

using numerics::Accumulate;
using operations::ElementFormat;
using operations::MaximumForm;
using operations::Walk;
using operations::WindowGradientForm;
using spec::VectorOp;

/// A window of a walk over planes of an image (operation_rows.h, image_walk).
struct Window {
  std::int64_t index, row, column;  ///< among all; of its plane
  std::int64_t plane, top, left;    ///< the plane's first element; corner in the image, or in the padding
};

/// Windows 0 .. count-1 in order.
template <class Use>
void each_window(const Walk& walk, std::int64_t first, std::int64_t count, Use use) {
  Window window{.index = 0, .row = 0, .column = 0, .plane = first, .top = 0, .left = 0};
  for (; window.index < count; window.plane += walk.x0.plane)
    for (window.row = 0; window.row < walk.x1.size; ++window.row) {
      window.top = walk.height.offset + window.row * walk.x1.h;
      for (window.column = 0; window.column < walk.x2.size; ++window.column, ++window.index) {
        window.left = walk.width.offset + window.column * walk.x2.w;
        use(window);
      }
    }
}

std::int64_t element_of(const Walk& walk, const Window& window, std::int64_t k1, std::int64_t k2) {
  return window.plane + (window.top + k1 * walk.k1.h) * walk.width.size + window.left + k2 * walk.k2.w;
}

/// The elements of a window that lie in the image, in row-major order: use(position in the window, element).
template <class Use>
void each_element(const Walk& walk, const Window& window, Use use) {
  for (std::int64_t k1 = 0; k1 < walk.k1.size; ++k1) {
    const std::int64_t h = window.top + k1 * walk.k1.h;
    if (h < 0 || h >= walk.height.size) continue;
    for (std::int64_t k2 = 0; k2 < walk.k2.size; ++k2) {
      const std::int64_t w = window.left + k2 * walk.k2.w;
      if (w >= 0 && w < walk.width.size) use(k1 * walk.k2.size + k2, element_of(walk, window, k1, k2));
    }
  }
}

/// Windows and what they give to: use(window, element), windows ascending.
template <class Use>
void each_gift(const WindowGradientForm& form, std::span<const std::byte> indices, int size_of_index, Use use) {
  if (!form.chosen) {
    each_window(form.windows, 0, form.count, [&](const Window& window) {
      each_element(form.windows, window, [&](std::int64_t, std::int64_t element) { use(window, element); });
    });
    return;
  }
  with_code(size_of_index, [&](auto index) {
    const auto chosen = as<decltype(index)>(indices);
    each_window(form.windows, 0, form.count, [&](const Window& window) {
      const std::int64_t at = chosen[static_cast<std::size_t>(window.index)];
      const std::int64_t element = element_of(form.windows, window, at / form.windows.k2.size, at % form.windows.k2.size);
      if (at >= form.window || element < 0 || element >= form.outputs)
        throw InvariantError("golden: a window's index leads out of it");
      use(window, element);
    });
  });
}

bool overlap(const Walk& walk) {
  return walk.k1.size * walk.k1.h > std::max(walk.x1.h, walk.k1.h) || walk.k2.size * walk.k2.w > std::max(walk.x2.w, walk.k2.w);
}

/// Rounds runs of elements by the vector unit.
class Rounder {
 public:
  Rounder(operations::VectorArithmetic& vector, const Work& work, datapath::TileStats& stats)
      : vector_(vector), work_(work), stats_(stats), result_{work.output.format, work.mode.accumulate.rounding} {}

  const ElementFormat& result() const { return result_; }

  struct Operand {
    numerics::FormatSpec format;
    int exponent = 0;
    std::span<const std::byte> bytes;
  };
  /// count elements of `op`, the first of them element `first` of the run's whole tensor, to `to`.
  void run(VectorOp op, std::int64_t length, std::int64_t divisor, const Operand& x, const Operand& y, const ElementFormat& to,
           std::int64_t first, std::int64_t count, std::span<std::byte> out) {
    spec::Vector record;
    record.op = static_cast<std::int64_t>(op);
    record.count = count;
    record.length = length;
    record.divisor = divisor;
    record.first = first;
    record.inner = record.channels = 1;
    record.x_exponent = x.exponent;
    record.y_exponent = y.exponent;
    record.o_exponent = to.format.shared_exponent() ? work_.output.magnitude.exponent : 0;
    record.relu = work_.relu ? 1 : 0;
    record.raw_bytes = work_.output.raw_bytes;
    record.seed = work_.seed;
    record.tensor = work_.tensor;
    vector_.run(operations::VectorFormats(x.format, y.format, to), record, x.bytes, y.bytes, out, stats_);
  }

 private:
  operations::VectorArithmetic& vector_;
  const Work& work_;
  datapath::TileStats& stats_;
  const ElementFormat result_;
};

/// What windows give to elements, element by element.
class Gifts {
 public:
  Gifts(const WindowGradientForm& form, std::span<const std::byte> indices, int size_of_index)
      : begin_(static_cast<std::size_t>(form.outputs) + 1, 0) {
    each_gift(form, indices, size_of_index, [&](const Window&, std::int64_t element) { ++begin_[at(element) + 1]; });
    std::partial_sum(begin_.begin(), begin_.end(), begin_.begin());
    gifts_.resize(begin_.back());
    std::vector<std::size_t> next(begin_.begin(), begin_.end() - 1);
    each_gift(form, indices, size_of_index, [&](const Window& window, std::int64_t element) {
      gifts_[next[at(element)]++] = {window.index, form.divisor(window.row, window.column)};
    });
  }
  struct Gift {
    std::int64_t window = 0, divisor = 1;
  };
  std::span<const Gift> to(std::int64_t element) const {
    return std::span(gifts_).subspan(begin_[at(element)], begin_[at(element) + 1] - begin_[at(element)]);
  }

 private:
  static std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }
  std::vector<std::size_t> begin_;
  std::vector<Gift> gifts_;
};

/// Elements whose sums are alike: as many gifts, each over the same divisor, or an element of gifts over several.
struct Group {
  std::int64_t gifts = 0, divisor = 1;
  auto operator<=>(const Group&) const = default;
};

class GradientSums {
 public:
  GradientSums(const WindowGradientForm& form, const Work& work, std::span<const std::byte> delta, std::span<std::byte> out,
               Rounder& rounder)
      : form_(form), work_(work), delta_(delta), out_(out), rounder_(rounder) {}

  void run(const Gifts& gifts) {
    std::map<Group, std::vector<std::int64_t>> groups;
    for (std::int64_t e = 0; e < form_.outputs; ++e) {
      const auto given = gifts.to(e);
      const bool alike =
          std::all_of(given.begin(), given.end(), [&](const auto& gift) { return gift.divisor == given[0].divisor; });
      if (!alike)
        mixed(given, e);
      else
        groups[{static_cast<std::int64_t>(given.size()), given.empty() ? 1 : given[0].divisor}].push_back(e);
    }
    // Stochastic rounding draws by an element's place.
    const bool one_by_one = work_.mode.accumulate.rounding == numerics::Rounding::Sr;
    for (const auto& [group, elements] : groups)
      for (std::size_t first = 0; first < elements.size(); first += one_by_one ? 1 : elements.size())
        alike(group, gifts, std::span(elements).subspan(first, one_by_one ? 1 : elements.size()));
  }

 private:
  using Elements = std::span<const std::int64_t>;

  bool in_steps() const {
    const Accumulate policy = work_.mode.accumulate.policy;
    return !work_.output.format.shared_exponent() && (policy == Accumulate::Serial || policy == Accumulate::Fp32);
  }
  const StoredTensor& delta() const { return work_.inputs.at(0); }
  Rounder::Operand operand(std::span<const std::byte> codes) const { return {delta().format, delta().magnitude.exponent, codes}; }
  void take(std::int64_t window) {
    const auto size = static_cast<std::size_t>(delta().element_bytes());
    const auto code = delta_.subspan(static_cast<std::size_t>(window) * size, size);
    codes_.insert(codes_.end(), code.begin(), code.end());
  }
  /// Results of elements that are together here, to where they belong.
  void put(Elements elements, std::span<const std::byte> results) {
    const auto size = static_cast<std::size_t>(work_.output.element_bytes());
    for (std::size_t i = 0; i < elements.size(); ++i)
      std::memcpy(out_.data() + static_cast<std::size_t>(elements[i]) * size, results.data() + i * size, size);
  }

  void alike(const Group& group, const Gifts& gifts, Elements elements) {
    const auto count = static_cast<std::int64_t>(elements.size());
    const std::int64_t first = form_.first + elements.front();
    results_.resize(elements.size() * static_cast<std::size_t>(work_.output.element_bytes()));
    codes_.clear();
    if (group.gifts > 1 && in_steps()) {
      add_up(
          elements, [&](std::int64_t e, std::int64_t step) { return gifts.to(e)[static_cast<std::size_t>(step)]; }, group.gifts);
    } else if (group.gifts <= 1 && group.divisor == 1) {
      if (group.gifts == 0) codes_.resize(elements.size() * static_cast<std::size_t>(delta().element_bytes()));
      for (const std::int64_t e : elements)
        for (const auto& gift : gifts.to(e)) take(gift.window);
      rounder_.run(VectorOp::Copy, 1, 1, operand(codes_), operand({}), rounder_.result(), first, count, results_);
    } else {
      for (const std::int64_t e : elements)
        for (const auto& gift : gifts.to(e)) take(gift.window);
      rounder_.run(VectorOp::MeanReduce, group.gifts, group.divisor, operand(codes_), operand({}), rounder_.result(), first, count,
                   results_);
    }
    put(elements, results_);
  }

  /// Each gift and each sum rounded. gift(element, step): of as many steps for every element; all gifts of a step have one divisor.
  template <class Gift>
  void add_up(Elements elements, Gift gift, std::int64_t steps) {
    const bool wide = work_.mode.accumulate.policy == Accumulate::Fp32;
    const ElementFormat sum = wide ? ElementFormat{numerics::kBinary32} : rounder_.result();
    const auto size = elements.size() * static_cast<std::size_t>(sum.format.storage_bytes());
    const auto count = static_cast<std::int64_t>(elements.size());
    const std::int64_t first = form_.first + elements.front();
    std::vector<std::byte> total(size), next(size), before(size);
    for (std::int64_t step = 0; step < steps; ++step) {
      codes_.clear();
      for (const std::int64_t e : elements) take(gift(e, step).window);
      const std::int64_t divisor = gift(elements.front(), step).divisor;
      std::vector<std::byte>& to = step == 0 ? total : next;
      rounder_.run(divisor == 1 ? VectorOp::Copy : VectorOp::MeanReduce, 1, divisor, operand(codes_), operand({}), sum, first,
                   count, to);
      if (step == 0) continue;
      before.swap(total);
      rounder_.run(VectorOp::Add, 1, 1, {sum.format, 0, before}, {sum.format, 0, next}, sum, first, count, total);
    }
    if (wide)
      rounder_.run(VectorOp::Copy, 1, 1, {sum.format, 0, total}, {sum.format, 0, {}}, rounder_.result(), first, count, results_);
    else
      std::copy(total.begin(), total.end(), results_.begin());
  }

  /// Gifts over several divisors: of their common multiple, each as often as its own goes into it.
  void mixed(std::span<const Gifts::Gift> given, std::int64_t element) {
    results_.resize(static_cast<std::size_t>(work_.output.element_bytes()));
    const std::array one{element};
    if (in_steps()) {
      add_up(
          one, [&](std::int64_t, std::int64_t step) { return given[static_cast<std::size_t>(step)]; },
          static_cast<std::int64_t>(given.size()));
    } else {
      std::int64_t common = 1;
      for (const auto& gift : given) common = std::lcm(common, gift.divisor);
      codes_.clear();
      std::int64_t length = 0;
      for (const auto& gift : given)
        for (std::int64_t i = 0; i < common / gift.divisor; ++i, ++length) take(gift.window);
      rounder_.run(VectorOp::MeanReduce, length, common, operand(codes_), operand({}), rounder_.result(), form_.first + element, 1,
                   results_);
    }
    put(one, results_);
  }

  const WindowGradientForm& form_;
  const Work& work_;
  std::span<const std::byte> delta_;
  std::span<std::byte> out_;
  Rounder& rounder_;
  std::vector<std::byte> codes_, results_;
};

/// The one divisor of all windows, if there is one.
std::optional<std::int64_t> common_divisor(const WindowGradientForm& form) {
  for (const auto* axis : {&form.rows, &form.columns})
    for (const std::int64_t size : *axis)
      if (size != axis->front()) return std::nullopt;
  return form.divisor(0, 0);
}

}  // namespace

void WindowArithmetic::run(const MaximumForm& form, const Work& work, std::span<const std::byte> x, std::span<std::byte> maxima,
                           std::span<std::byte> indices, datapath::TileStats& stats) {
  const StoredTensor& from = work.inputs.at(0);
  decoded_.decode({from.format, shared_exponents(from.format, from.magnitude.exponent), x, from.element_bytes()},
                  kernels::OperandForm::Values);
  codes_.resize(static_cast<std::size_t>(form.outputs * from.element_bytes()));
  const Walk& walk = form.x.walk;
  with_code(from.element_bytes(), [&](auto code) {
    using Code = decltype(code);
    const auto codes = as<Code>(x);
    auto* const chosen = reinterpret_cast<Code*>(codes_.data());
    with_code(work.further.at(0).tensor.element_bytes(), [&](auto index) {
      using Index = decltype(index);
      auto* const places = reinterpret_cast<Index*>(indices.data());
      std::visit(
          [&](const auto& values) {
            each_window(walk, form.x.at.element, form.outputs, [&](const Window& window) {
              std::int64_t best = -1, place = 0;
              each_element(walk, window, [&](std::int64_t position, std::int64_t element) {
                if (best >= 0) {
                  const double largest = static_cast<double>(values[static_cast<std::size_t>(best)]);
                  const double candidate = static_cast<double>(values[static_cast<std::size_t>(element)]);
                  if (std::isnan(largest) || !(std::isnan(candidate) || candidate > largest)) return;
                }
                best = element;
                place = position;
              });
              chosen[window.index] = codes[static_cast<std::size_t>(best)];
              places[window.index] = static_cast<Index>(place);
            });
          },
          decoded_.elements());
    });
  });
  Rounder rounder(vector_, work, stats);
  rounder.run(VectorOp::Copy, 1, 1, {from.format, from.magnitude.exponent, codes_}, {from.format, 0, {}}, rounder.result(),
              form.first, form.outputs, maxima);
}

void WindowArithmetic::run(const WindowGradientForm& form, const Work& work, std::span<const std::byte> delta,
                           std::span<const std::byte> indices, std::span<std::byte> out, datapath::TileStats& stats) {
  Rounder rounder(vector_, work, stats);
  const StoredTensor& from = work.inputs.at(0);
  const int size_of_index = form.chosen ? work.inputs.at(1).element_bytes() : 1;
  const std::optional<std::int64_t> divisor = common_divisor(form);
  if (overlap(form.windows) || !divisor) {
    GradientSums(form, work, delta, out, rounder).run(Gifts(form, indices, size_of_index));
    return;
  }
  codes_.assign(static_cast<std::size_t>(form.outputs * from.element_bytes()), std::byte{});
  with_code(from.element_bytes(), [&](auto code) {
    using Code = decltype(code);
    const auto codes = as<Code>(delta);
    auto* const to = reinterpret_cast<Code*>(codes_.data());
    each_gift(form, indices, size_of_index,
              [&](const Window& window, std::int64_t element) { to[element] = codes[static_cast<std::size_t>(window.index)]; });
  });
  rounder.run(*divisor == 1 ? VectorOp::Copy : VectorOp::MeanReduce, 1, *divisor, {from.format, from.magnitude.exponent, codes_},
              {from.format, 0, {}}, rounder.result(), form.first, form.outputs, out);
}

}  // namespace binade::programs
