// SPDX-License-Identifier: Apache-2.0
#include "tests/soak/minimise.h"

#include <algorithm>
#include <utility>

namespace binade::soak {
namespace {

using datapath::test::Problem;
using numerics::Code;

/// Elements of a row-major rows x cols matrix without rows [r0, r0 + r) and columns [c0, c0 + c).
std::vector<Code> without(const std::vector<Code>& matrix, std::int64_t rows, std::int64_t cols,
                          std::pair<std::int64_t, std::int64_t> r, std::pair<std::int64_t, std::int64_t> c) {
  std::vector<Code> kept;
  for (std::int64_t i = 0; i < rows; ++i) {
    if (i >= r.first && i < r.first + r.second) continue;
    for (std::int64_t j = 0; j < cols; ++j)
      if (j < c.first || j >= c.first + c.second) kept.push_back(matrix[static_cast<std::size_t>(i * cols + j)]);
  }
  return kept;
}

enum class Extent : std::uint8_t { M, N, K };

std::int64_t extent_of(const Case& c, Extent extent) {
  const auto& t = c.whole.command;
  return extent == Extent::M ? t.m : extent == Extent::N ? t.n : t.k;
}

Case cut(const Case& whole, Extent extent, std::int64_t first, std::int64_t count) {
  Case c = whole;
  Problem& p = c.whole;
  auto& t = p.command;
  constexpr std::pair<std::int64_t, std::int64_t> kNone{0, 0};
  const std::pair range{first, count};
  switch (extent) {
    case Extent::M:
      p.a = without(p.a, t.m, t.k, range, kNone);
      t.m -= count;
      break;
    case Extent::N:
      p.b = without(p.b, t.k, t.n, kNone, range);
      p.bias = without(p.bias, 1, t.n, kNone, range);
      t.n -= count;
      break;
    case Extent::K: {
      p.a = without(p.a, t.m, t.k, kNone, range);
      p.b = without(p.b, t.k, t.n, range, kNone);
      std::int64_t k0 = 0;
      for (std::int64_t& part : c.parts) {
        const std::int64_t overlap = std::min(k0 + part, first + count) - std::max(k0, first);
        k0 += part;
        part -= std::max<std::int64_t>(overlap, 0);
      }
      std::erase(c.parts, 0);
      t.k -= count;
      break;
    }
  }
  return c;
}

class Minimiser {
 public:
  Minimiser(Case failing, const std::function<bool(const Case&)>& fails, int tries)
      : best_(std::move(failing)), fails_(fails), tries_(tries) {}

  Case run() {
    for (bool smaller = true; smaller && tries_ > 0;) {
      smaller = false;
      smaller |= simplify();
      for (const Extent extent : {Extent::M, Extent::N, Extent::K}) smaller |= shrink(extent);
      smaller |= zero(
          best_.whole.a, [](Case & c) -> auto& { return c.whole.a; });
      smaller |= zero(
          best_.whole.b, [](Case & c) -> auto& { return c.whole.b; });
      if (best_.whole.command.bias)
        smaller |= zero(
            best_.whole.bias, [](Case & c) -> auto& { return c.whole.bias; });
    }
    return best_;
  }

 private:
  bool accept(Case candidate) {
    if (tries_ <= 0 || !candidate.whole.config.validate().empty()) return false;
    --tries_;
    if (!fails_(candidate)) return false;
    best_ = std::move(candidate);
    return true;
  }

  /// One setting at a time to its plainest value.
  bool simplify() {
    bool any = false;
    const auto set = [&](auto member, auto value) {
      Case candidate = best_;
      if (member(candidate) == value) return;
      member(candidate) = value;
      any |= accept(std::move(candidate));
    };
    set(
        [](Case & c) -> auto& { return c.parts; }, std::vector<std::int64_t>{best_.whole.command.k});
    set(
        [](Case & c) -> auto& { return c.threads; }, 1);
    set(
        [](Case & c) -> auto& { return c.whole.command.bias; }, false);
    set(
        [](Case & c) -> auto& { return c.whole.command.relu; }, false);
    set(
        [](Case & c) -> auto& { return c.whole.command.bias_shift; }, 0);
    set(
        [](Case & c) -> auto& { return c.whole.command.product_shift; }, 0);
    set(
        [](Case & c) -> auto& { return c.whole.command.m_base; }, std::int64_t{0});
    set(
        [](Case & c) -> auto& { return c.whole.command.n_base; }, std::int64_t{0});
    set(
        [](Case & c) -> auto& { return c.whole.a_interval; }, 1);
    set(
        [](Case & c) -> auto& { return c.whole.b_interval; }, 1);
    set(
        [](Case & c) -> auto& { return c.whole.out_interval; }, 1);
    set(
        [](Case & c) -> auto& { return c.whole.config.pe_latency; }, 1);
    set(
        [](Case & c) -> auto& { return c.whole.config.lane_interval; }, 1);
    set(
        [](Case & c) -> auto& { return c.whole.config.lane_latency; }, 0);
    set(
        [](Case & c) -> auto& { return c.whole.config.edge; }, datapath::Edge::Ragged);
    set(
        [](Case & c) -> auto& { return c.whole.config.overlap; }, datapath::Overlap::None);
    set(
        [](Case & c) -> auto& { return c.whole.config.dataflow; }, datapath::Dataflow::OutputStationary);
    return any;
  }

  /// Removes halves, then quarters, ... of an extent, where they are not needed.
  bool shrink(Extent extent) {
    bool any = false;
    for (std::int64_t count = std::max<std::int64_t>(extent_of(best_, extent) / 2, 1); count >= 1; count /= 2) {
      for (std::int64_t first = 0; extent_of(best_, extent) > count && first + count <= extent_of(best_, extent);) {
        if (accept(cut(best_, extent, first, count))) {
          any = true;
        } else {
          first += count;
        }
      }
    }
    return any;
  }

  template <class Member>
  bool zero(const std::vector<Code>& codes, Member member) {
    bool any = false;
    for (std::size_t i = 0; i < codes.size() && tries_ > 0; ++i) {
      if (codes[i] == 0) continue;
      Case candidate = best_;
      member(candidate)[i] = 0;
      any |= accept(std::move(candidate));
    }
    return any;
  }

  Case best_;
  const std::function<bool(const Case&)>& fails_;
  int tries_;
};

}  // namespace

Case minimised(Case failing, const std::function<bool(const Case&)>& fails, int tries) {
  return Minimiser(std::move(failing), fails, tries).run();
}

}  // namespace binade::soak
