// SPDX-License-Identifier: Apache-2.0
#include "sim/train/batch_order.h"

#include <fmt/format.h>

#include <numeric>
#include <utility>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "sim/host/draws.h"

namespace binade::sim {

std::string_view to_string(OrderKind kind) { return kind == OrderKind::Shuffled ? "shuffled" : "sequential"; }

OrderKind parse_order(std::string_view word, std::string_view where) {
  for (const auto kind : {OrderKind::Shuffled, OrderKind::Sequential})
    if (word == to_string(kind)) return kind;
  throw InputError(fmt::format("{} '{}': no such order; allowed: shuffled, sequential", where, printable(word)));
}

std::vector<std::int64_t> epoch_order(OrderKind kind, std::int64_t samples, std::uint64_t seed, std::int64_t epoch) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(samples));
  std::iota(order.begin(), order.end(), 0);
  if (kind == OrderKind::Sequential || samples < 2) return order;
  std::vector<double> draws(order.size());
  draw_uniform(stream_of(seed, fmt::format("order of epoch {}", epoch)), 0, draws);
  for (std::size_t last = order.size() - 1; last > 0; --last)
    std::swap(order[last], order[static_cast<std::size_t>(draws[last] * static_cast<double>(last + 1))]);
  return order;
}

}  // namespace binade::sim
