// SPDX-License-Identifier: Apache-2.0
#include "sim/import/onnx/reshape.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace binade::sim::onnx_import {
namespace {

constexpr std::size_t kHighestRank = 16;

Dims target_of_reshape(const Node& node, const Dims& dims) {
  auto target = *node.list(1, "shape");
  const auto count = elements_of(dims, node.where());
  std::int64_t known = 1;
  std::optional<std::size_t> open;
  if (target.size() > kHighestRank) node.refuse(fmt::format("rank {}; allowed: up to {}", target.size(), kHighestRank));
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (target[i] == 0 && node.integer("allowzero", 0) == 0) {
      if (i >= dims.size()) node.refuse("copies an extent that its operand has not");
      target[i] = dims[i];
    }
    if (target[i] == -1 && !open) {
      open = i;
    } else if (target[i] < 0 || (target[i] > 0 && known > count / target[i])) {
      node.refuse(fmt::format("cannot view {} as {}", text(dims), text(target)));
    } else {
      known *= target[i];
    }
  }
  if (open && known > 0) target[*open] = count / known;
  if (elements_of(target, node.where()) != count) node.refuse(fmt::format("cannot view {} as {}", text(dims), text(target)));
  return target;
}

Dims flattened(const Node& node, const Dims& dims) {
  const auto rank = static_cast<std::int64_t>(dims.size());
  auto axis = node.integer("axis", 1);
  if (axis < -rank || axis > rank) node.refuse(fmt::format("axis {} of a tensor of rank {}", axis, rank));
  if (axis < 0) axis += rank;
  const auto product = [](auto first, auto last) { return std::accumulate(first, last, std::int64_t{1}, std::multiplies<>()); };
  return {product(dims.begin(), dims.begin() + axis), product(dims.begin() + axis, dims.end())};
}

Dims squeezed(const Node& node, const Dims& dims) {
  const auto axes = node.list(1, "axes");
  std::vector<bool> gone(dims.size(), false);
  if (axes) {
    for (const auto value : *axes) {
      const auto axis = node.axis(value, dims.size());
      if (dims[axis] != 1) node.refuse(fmt::format("axis {} of {} is not of extent 1", value, text(dims)));
      gone[axis] = true;
    }
  } else {
    for (std::size_t i = 0; i < dims.size(); ++i) gone[i] = dims[i] == 1;
  }
  Dims result;
  for (std::size_t i = 0; i < dims.size(); ++i)
    if (!gone[i]) result.push_back(dims[i]);
  return result;
}

Dims unsqueezed(const Node& node, const Dims& dims) {
  const auto axes = node.list(1, "axes");
  if (!axes) node.refuse("axes are missing");
  const std::size_t rank = dims.size() + axes->size();
  if (rank > kHighestRank) node.refuse(fmt::format("rank {}; allowed: up to {}", rank, kHighestRank));
  std::vector<bool> added(rank, false);
  for (const auto value : *axes) {
    const auto axis = node.axis(value, rank);
    if (added[axis]) node.refuse(fmt::format("axis {} comes twice", value));
    added[axis] = true;
  }
  Dims result;
  auto next = dims.begin();
  for (std::size_t i = 0; i < rank; ++i) result.push_back(added[i] ? 1 : *next++);
  return result;
}

}  // namespace

bool reshapes(const Node& node) {
  const auto& op = node.op();
  return op == "Reshape" || op == "Flatten" || op == "Squeeze" || op == "Unsqueeze";
}

Dims reshaped(const Node& node, const Dims& dims) {
  if (node.op() == "Flatten") return flattened(node, dims);
  if (node.op() == "Squeeze") return squeezed(node, dims);
  if (node.op() == "Unsqueeze") return unsqueezed(node, dims);
  if (!node.has(1)) node.refuse("the extents are missing");
  return target_of_reshape(node, dims);
}

Dims expanded(const Node& node, const Dims& dims) {
  const auto wanted = node.list(1, "shape").value_or(Dims{});
  if (wanted.size() > kHighestRank) node.refuse(fmt::format("rank {}; allowed: up to {}", wanted.size(), kHighestRank));
  Dims result(std::max(dims.size(), wanted.size()), 1);
  for (std::size_t i = 0; i < result.size(); ++i) {
    const auto at = [&](const Dims& list) { return i < list.size() ? list[list.size() - 1 - i] : 1; };
    const auto have = at(dims), want = at(wanted);
    if (want < 0 || (have != want && have != 1 && want != 1))
      node.refuse(fmt::format("cannot expand {} to {}", text(dims), text(wanted)));
    result[result.size() - 1 - i] = have == 1 ? want : have;
  }
  return result;
}

std::vector<std::size_t> permutation(const Node& node, std::size_t rank) {
  const auto given = node.list("perm");
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < rank; ++i) order.push_back(rank - 1 - i);
  if (!given) return order;
  if (given->size() != rank) node.refuse(fmt::format("permutes {} axes of {}", given->size(), rank));
  std::vector<bool> seen(rank, false);
  for (std::size_t i = 0; i < rank; ++i) {
    order[i] = node.axis((*given)[i], rank);
    if (seen[order[i]]) node.refuse("perm is no permutation");
    seen[order[i]] = true;
  }
  return order;
}

std::vector<Range> slice_ranges(const Node& node, const Dims& dims) {
  const auto starts = node.list(1, "starts"), ends = node.list(2, "ends");
  if (!starts || !ends) node.refuse("starts or ends are missing");
  auto axes = node.list(3, "axes");
  if (!axes) {
    axes.emplace(starts->size());
    std::iota(axes->begin(), axes->end(), std::int64_t{0});
  }
  const auto step_list = node.has(4) ? node.constant(4).ints : std::vector<std::int64_t>(starts->size(), 1);
  if (ends->size() != starts->size() || axes->size() != starts->size() || step_list.size() != starts->size())
    node.refuse("starts, ends, axes and steps differ in number");
  std::vector<Range> ranges;
  for (std::size_t i = 0; i < starts->size(); ++i) {
    const auto axis = node.axis((*axes)[i], dims.size());
    const auto extent = dims[axis], step = step_list[i];
    if (step == 0 || step < -extent - 1 ||
        std::any_of(ranges.begin(), ranges.end(), [&](const Range& r) { return r.axis == axis; }))
      node.refuse("a step of 0, a step beyond the extent backwards, or an axis that comes twice");
    if (extent == 0) {
      ranges.push_back({axis, 0, 1, 0});
      continue;
    }
    const std::int64_t low = step > 0 ? 0 : -1, high = step > 0 ? extent : extent - 1;
    const auto clamp = [&](std::int64_t value, std::int64_t lowest) {
      return std::clamp(value < 0 ? value + extent : value, lowest, high);
    };
    const auto first = clamp((*starts)[i], 0), last = clamp((*ends)[i], low);
    const auto distance = step > 0 ? last - first : first - last, stride = step > 0 ? step : -step;
    ranges.push_back({axis, first, step, distance <= 0 ? 0 : (distance - 1) / stride + 1});
  }
  return ranges;
}

}  // namespace binade::sim::onnx_import
