// SPDX-License-Identifier: Apache-2.0
#include "models/programs/touched.h"

#include <algorithm>
#include <map>
#include <vector>

#include "models/numerics/error.h"

namespace binade::programs {

using operations::Axis;
using operations::Extent;
using operations::Place;
using operations::Source;
using operations::Walk;

namespace {

/// Which elements of each operand have been read.
class Touched {
 public:
  explicit Touched(const Work& work) : work_(work) {}

  void add(const Place& place, std::int64_t count) {
    std::vector<bool>& read = marks(place);
    const auto first = static_cast<std::size_t>(place.element);
    std::fill_n(read.begin() + static_cast<std::ptrdiff_t>(first), count, true);
  }

  /// Rows from `row` on of a source whose rows are `length` long.
  void add(const Source& source, std::int64_t row, std::int64_t rows, std::int64_t length) {
    std::array<Axis, 6> axes{source.walk.x0, source.walk.x1, source.walk.x2, source.walk.k0, source.walk.k1, source.walk.k2};
    axes[3].size = length / (axes[4].size * axes[5].size);
    const std::int64_t inner = axes[1].size * axes[2].size;
    if (row % inner != 0 || rows % inner != 0 || !separable(axes)) {
      add_each(source, axes, row, rows);
      return;
    }
    axes[0].size = rows / inner;
    const std::int64_t from = row / inner;
    const auto sums = [&](std::int64_t Axis::*step, std::int64_t offset) {
      std::vector<std::int64_t> all{offset + from * axes[0].*step};
      for (const Axis& axis : axes) {
        if (axis.*step == 0) continue;
        std::vector<std::int64_t> longer;
        for (const std::int64_t sum : all)
          for (std::int64_t i = 0; i < axis.size; ++i) longer.push_back(sum + i * (axis.*step));
        std::sort(longer.begin(), longer.end());
        longer.erase(std::unique(longer.begin(), longer.end()), longer.end());
        all = std::move(longer);
      }
      return all;
    };
    const auto inside = [](std::vector<std::int64_t> all, const Extent& side) {
      std::vector<std::int64_t> positions;
      for (const std::int64_t at : all)
        if (at >= 0 && at % side.divisor == 0 && at / side.divisor < side.size) positions.push_back(at / side.divisor);
      return positions;
    };
    const Walk& walk = source.walk;
    const std::vector<std::int64_t> planes = sums(&Axis::plane, 0);
    const std::vector<std::int64_t> lines = inside(sums(&Axis::h, walk.height.offset), walk.height);
    const std::vector<std::int64_t> columns = inside(sums(&Axis::w, walk.width.offset), walk.width);
    std::vector<bool>& read = marks(source.at);
    for (const std::int64_t plane : planes)
      for (const std::int64_t line : lines)
        for (const std::int64_t column : columns)
          read[static_cast<std::size_t>(source.at.element + plane + line * walk.width.size + column)] = true;
  }

  std::int64_t bytes() const {
    std::int64_t sum = 0;
    for (const auto& [address, tensor] : tensors_) sum += std::count(tensor.read.begin(), tensor.read.end(), true) * tensor.bytes;
    return sum;
  }

 private:
  struct Tensor {
    std::int64_t bytes = 1;  ///< of an element
    std::vector<bool> read;
  };

  /// Whether an index steps along planes, rows or columns alone: places are then all combinations of theirs.
  static bool separable(const std::array<Axis, 6>& axes) {
    return std::all_of(axes.begin(), axes.end(), [](const Axis& axis) {
      return (axis.plane != 0 ? 1 : 0) + (axis.h != 0 ? 1 : 0) + (axis.w != 0 ? 1 : 0) <= 1;
    });
  }

  void add_each(const Source& source, const std::array<Axis, 6>& axes, std::int64_t row, std::int64_t rows) {
    std::vector<bool>& read = marks(source.at);
    const Walk& walk = source.walk;
    const auto each = [&](std::int64_t index, std::size_t outer, std::int64_t& plane, std::int64_t& h, std::int64_t& w) {
      for (std::size_t axis = outer + 2;; --axis) {
        const std::int64_t i = axis == outer ? index : index % axes[axis].size;
        plane += i * axes[axis].plane, h += i * axes[axis].h, w += i * axes[axis].w;
        if (axis == outer) return;
        index /= axes[axis].size;
      }
    };
    const std::int64_t length = axes[3].size * axes[4].size * axes[5].size;
    for (std::int64_t x = row; x < row + rows; ++x)
      for (std::int64_t k = 0; k < length; ++k) {
        std::int64_t plane = 0, h = walk.height.offset, w = walk.width.offset;
        each(x, 0, plane, h, w);
        each(k, 3, plane, h, w);
        if (h < 0 || w < 0 || h % walk.height.divisor != 0 || w % walk.width.divisor != 0) continue;
        h /= walk.height.divisor, w /= walk.width.divisor;
        if (h < walk.height.size && w < walk.width.size)
          read[static_cast<std::size_t>(source.at.element + plane + h * walk.width.size + w)] = true;
      }
  }

  std::vector<bool>& marks(const Place& place) {
    const StoredTensor& tensor = work_.of(place);
    Tensor& known = tensors_[tensor.address];
    known.bytes = tensor.element_bytes();
    known.read.resize(static_cast<std::size_t>(tensor.elements));
    return known.read;
  }

  const Work& work_;
  std::map<std::int64_t, Tensor> tensors_;  ///< by address
};

void add(const operations::GemmForm& form, Touched& touched) {
  for (const operations::GemmPart& part : form.parts) {
    touched.add(part.a, 0, form.shape.m, form.shape.k);
    touched.add(part.b, 0, form.shape.n, form.shape.k);
    if (form.shape.bias) touched.add(part.bias, form.shape.n);
  }
}

void add(const std::vector<operations::VectorForm>& forms, Touched& touched) {
  for (const operations::VectorForm& form : forms) {
    if (form.windows)
      touched.add(form.x, form.x_first, form.outputs, form.window);
    else
      touched.add(form.x.at, form.outputs * form.window);
    if (form.y) touched.add(*form.y, form.outputs);
    if (form.s) touched.add(*form.s, form.constants);
    if (form.t) touched.add(*form.t, form.constants);
  }
}

void add(const operations::ChainForm& form, Touched& touched) {
  for (const operations::ChainOperand& operand : form.operands)
    if (operand.phase == 0) touched.add(operand.at, operand_end(operand, form.outputs) - operand.at.element);
}

void add(const operations::MaximumForm& form, Touched& touched) { touched.add(form.x, 0, form.outputs, form.window); }

void add(const operations::WindowGradientForm& form, Touched& touched) {
  touched.add(Place{.role = operations::Role::Input, .input = 0, .element = 0}, form.count);
  if (form.chosen) touched.add(Place{.role = operations::Role::Input, .input = 1, .element = 0}, form.count);
}

}  // namespace

std::int64_t touched_bytes(const StepForm& form, const Work& work) {
  Touched touched(work);
  std::visit([&](const auto& known) { add(known, touched); }, form);
  return touched.bytes();
}

}  // namespace binade::programs
