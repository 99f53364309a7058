// SPDX-License-Identifier: Apache-2.0
#include "tests/soak/checker.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <sstream>

#include "models/datapath/pe/dispatch.h"
#include "models/datapath/timing.h"
#include "models/kernels/element/element_kernels.h"
#include "models/kernels/gemm.h"
#include "models/numerics/error.h"
#include "models/numerics/uint128.h"

namespace binade::soak {
namespace {

using datapath::CoreCommand;
using datapath::TileStats;
using datapath::test::Problem;
using numerics::Accumulate;
using numerics::Code;
using numerics::Family;

/// A wide integer of acc_bits that clamps after every addition, stored as it is: `exact` sums of dfp and sdfp.
void judge_raw_sum(const Problem& p, std::int64_t m, std::int64_t n, Judgement& judgement) {
  using numerics::Int128;
  const CoreCommand& t = p.command;
  const auto& format = p.config.format;
  const Int128 most = (Int128{1} << (numerics::accumulator_bits(format, p.config.accumulate) - 1)) - 1;
  Int128 sum = 0;
  const auto add = [&](Int128 term) {
    const Int128 exact = sum + term;
    sum = std::clamp<Int128>(exact, -most - 1, most);
    judgement.stats.events.saturation += sum != exact;
    return sum != exact;
  };
  for (std::int64_t k = 0; k < t.k; ++k)
    add(Int128{numerics::mantissa_of(format.a, p.a[static_cast<std::size_t>(m * t.k + k)])} *
        numerics::mantissa_of(format.b, p.b[static_cast<std::size_t>(k * t.n + n)]));
  if (t.bias)
    judgement.stats.mantissa_overflows +=
        add(numerics::mantissa_of(format.out, p.bias[static_cast<std::size_t>(n)]) * (Int128{1} << -t.bias_shift));
  if (t.relu) sum = std::max<Int128>(sum, 0);
  judgement.out.push_back(static_cast<std::uint64_t>(sum));
}

/// The element kernel, or the one of kernels::gemm: whole problems at once.
struct Whole {
  std::vector<std::uint64_t> out;
  TileStats stats;
};

Whole run_element_kernel(const Problem& p) {
  const CoreCommand& t = p.command;
  Whole whole;
  whole.out.resize(static_cast<std::size_t>(t.m * t.n));
  const auto kernel = kernels::make_element_kernel(p.config);
  kernel->begin(t);
  const kernels::CodeRows columns(p.config.format.b, p.b.data(), 0, t.k, 1, t.n), rows(p.config.format.a, p.a.data(), 0, t.k);
  kernel->load_b(columns, 0, t.n);
  kernel->rows(rows, 0, t.m, t.bias ? p.bias.data() : nullptr, whole.out.data(), t.n);
  whole.stats = kernel->stats();
  return whole;
}

Whole run_gemm(const Problem& p, int threads, kernels::PathMacs& paths) {
  const CoreCommand& t = p.command;
  std::vector<Code> b_t(p.b.size());
  for (std::int64_t k = 0; k < t.k; ++k)
    for (std::int64_t j = 0; j < t.n; ++j) b_t[static_cast<std::size_t>(j * t.k + k)] = p.b[static_cast<std::size_t>(k * t.n + j)];
  Whole whole;
  whole.out.resize(static_cast<std::size_t>(t.m * t.n));
  const std::vector<Code> none;
  paths += kernels::gemm(p.config, t, kernels::GemmOperands::of(p.config.format, p.a, b_t, t.bias ? p.bias : none), whole.out,
                         whole.stats, threads);
  return whole;
}

struct Ran {
  datapath::test::Outcome outcome;
  std::string problem;  ///< empty, or why the core did not run as it should
};

Ran run_core(datapath::Core& core, const Problem& problem) {
  constexpr std::uint64_t kMostClocks = 100'000'000;
  datapath::test::MatrixStreams streams(problem);
  core.start(problem.command, streams);
  std::uint64_t clocks = 0;
  for (bool done = false; !done;) {
    const std::uint64_t step = core.clocks_to_event();
    if (step == 0 || clocks > kMostClocks) return {{}, "stopped before the tile was complete"};
    done = core.advance(step);
    clocks += step;
  }
  Ran ran{{streams.out(), core.clocks(), core.stats()}, {}};
  if (clocks != core.clocks().clocks()) ran.problem = "took other clocks than it counted";
  if (streams.writes() != core.clocks().out_vectors) ran.problem = "wrote other output vectors than it counted";
  return ran;
}

std::string say(const TileStats& stats) {
  std::ostringstream text;
  const auto& e = stats.events;
  text << "saturation " << e.saturation << " underflow " << e.underflow << " overflow " << e.overflow << " nar " << e.nar
       << " inexact " << e.inexact << " max_abs " << stats.max_abs << " mantissa_overflows " << stats.mantissa_overflows;
  for (std::size_t bit = 0; bit < stats.leading_bit.size(); ++bit)
    if (stats.leading_bit[bit] != 0) text << " bit" << bit << ':' << stats.leading_bit[bit];
  return text.str();
}

std::string say(const datapath::TileClocks& c) {
  std::ostringstream text;
  text << "beats " << c.beats << " stalls " << c.stall_a << '/' << c.stall_b << '/' << c.stall_out << " overhead " << c.overhead
       << " macs " << c.macs << " vectors " << c.a_vectors << '/' << c.b_vectors << '/' << c.out_vectors << " psums "
       << c.psum_reads << '/' << c.psum_writes;
  return text.str();
}

std::optional<std::string> differing_outputs(const std::string& names, const std::vector<std::uint64_t>& one,
                                             const std::vector<std::uint64_t>& other, std::int64_t n) {
  if (one == other) return std::nullopt;
  if (one.size() != other.size()) return names + ": different numbers of outputs";
  const auto at = std::mismatch(one.begin(), one.end(), other.begin()).first - one.begin();
  std::ostringstream text;
  text << names << ": output (" << at / n << ", " << at % n << ") is 0x" << std::hex << one[static_cast<std::size_t>(at)]
       << " against 0x" << other[static_cast<std::size_t>(at)];
  return text.str();
}

std::optional<std::string> differing_stats(const std::string& names, const TileStats& one, const TileStats& other) {
  if (one == other) return std::nullopt;
  return names + ": " + say(one) + " against " + say(other);
}

std::optional<std::string> differing_judgement(const std::string& name, const Case& c, const Judgement& judgement,
                                               const Whole& whole) {
  if (!judgement.of_outputs) return std::nullopt;
  const std::string names = name + " and accumulator";
  if (auto text = differing_outputs(names, whole.out, judgement.out, c.whole.command.n)) return text;
  TileStats judged = judgement.stats;
  if (!judgement.of_overflows) judged.mantissa_overflows = whole.stats.mantissa_overflows;
  return differing_stats(names, whole.stats, judged);
}

}  // namespace

Judgement judge(const Case& c) {
  const Problem& p = c.whole;
  const CoreCommand& t = p.command;
  const auto& format = p.config.format.out;
  const auto& spec = p.config.accumulate;
  const bool raw = stores_raw(p.config);
  Judgement judgement;
  // A raw binary32 sum leaves as the integer that it is, which no accumulator gives.
  if (raw && (spec.policy == Accumulate::Fp32 || spec.policy == Accumulate::Chained)) return judgement;
  judgement.of_outputs = true;
  // An accumulator does not tell a running sum that clamped from a stored integer that did.
  judgement.of_overflows = spec.policy != Accumulate::Blocked;
  const bool raw_sum = raw && spec.policy == Accumulate::Exact;
  const auto accumulator = numerics::make_accumulator(p.config.format, spec, t.product_shift, t.bias_shift);
  for (std::int64_t m = 0; m < t.m; ++m) {
    for (std::int64_t n = 0; n < t.n; ++n) {
      std::int64_t stored = 0;
      if (raw_sum) {
        judge_raw_sum(p, m, n, judgement);
        stored = static_cast<std::int64_t>(judgement.out.back());
      } else {
        accumulator->clear();
        const bool bias_first = numerics::bias_starts_sums(spec);
        if (t.bias && bias_first) accumulator->add_bias(p.bias[static_cast<std::size_t>(n)]);
        for (std::int64_t k = 0; k < t.k; ++k)
          accumulator->mac(p.a[static_cast<std::size_t>(m * t.k + k)], p.b[static_cast<std::size_t>(k * t.n + n)]);
        const std::uint64_t before_lane = accumulator->events().saturation;
        if (t.bias && !bias_first) accumulator->add_bias(p.bias[static_cast<std::size_t>(n)]);
        const auto index = static_cast<std::uint64_t>((t.m_base + m) * t.logical_cols + t.n_base + n);
        const Code code = accumulator->result(t.relu, numerics::random_bits(t.seed, t.tensor, index));
        if (!format.shared_exponent()) {
          judgement.out.push_back(code);
          continue;
        }
        stored = numerics::mantissa_of(format, code);
        judgement.out.push_back(raw ? static_cast<std::uint64_t>(stored) : code);
        const bool clamped = accumulator->events().saturation != before_lane;
        const bool at_limit = std::abs(stored) >= format.max_mantissa();
        judgement.stats.mantissa_overflows += format.family == Family::Flex ? at_limit : clamped;
      }
      const std::uint64_t magnitude = stored < 0 ? 0 - static_cast<std::uint64_t>(stored) : static_cast<std::uint64_t>(stored);
      judgement.stats.max_abs = std::max(judgement.stats.max_abs, magnitude);
      if (raw && magnitude != 0) ++judgement.stats.leading_bit[static_cast<std::size_t>(std::bit_width(magnitude) - 1)];
    }
  }
  judgement.stats.events += accumulator->events();
  return judgement;
}

std::optional<std::string> difference(const Case& c, const Judgement& judgement, const MakeCore& make,
                                      kernels::PathMacs& paths) try {
  const Problem& p = c.whole;
  const std::int64_t n = p.command.n;
  const Whole element = run_element_kernel(p);
  if (auto text = differing_judgement("element kernel", c, judgement, element)) return text;
  const Whole gemm = run_gemm(p, c.threads, paths);
  if (auto text = differing_outputs("gemm and element kernel", gemm.out, element.out, n)) return text;
  if (auto text = differing_stats("gemm and element kernel", gemm.stats, element.stats)) return text;

  const auto cycle = datapath::make_stepped_tile(datapath::make_cycle_core(p.config));
  const auto fast = make(p.config, c.threads);
  TileStats stats;
  std::int64_t k0 = 0;
  for (const std::int64_t k : c.parts) {
    const Problem part = datapath::test::part_of(p, k0, k);
    const std::string at = k == p.command.k ? "" : " at k " + std::to_string(k0) + ".." + std::to_string(k0 + k - 1);
    const Ran stepped = run_core(*cycle, part), computed = run_core(*fast, part);
    if (!stepped.problem.empty()) return "cycle core" + at + " " + stepped.problem;
    if (!computed.problem.empty()) return "fast core" + at + " " + computed.problem;
    const std::string names = "fast core and cycle core" + at;
    const auto &one = computed.outcome, &other = stepped.outcome;
    if (auto text = differing_outputs(names, one.out, other.out, n)) return text;
    if (auto text = differing_stats(names, one.stats, other.stats)) return text;
    if (one.clocks != other.clocks) return names + ": " + say(one.clocks) + " against " + say(other.clocks);
    if (other.clocks.beats != datapath::tile_beats(p.config, part.command) ||
        other.clocks.overhead != datapath::tile_overhead(p.config, part.command))
      return "cycle core" + at + " and the timing function: " + say(other.clocks);
    stats += other.stats;
    k0 += k;
    if (k0 != p.command.k) continue;
    if (auto text = differing_outputs("cycle core and element kernel", other.out, element.out, n)) return text;
  }
  return differing_stats("cycle core and element kernel", stats, element.stats);
} catch (const InvariantError& error) {
  return std::string("broken invariant: ") + error.what();
}

std::string operands_of(const Case& c) {
  const Problem& p = c.whole;
  const CoreCommand& t = p.command;
  std::ostringstream text;
  text << std::hex;
  for (std::int64_t m = 0; m < t.m; ++m) {
    text << "  A row " << std::dec << m << ':' << std::hex;
    for (std::int64_t k = 0; k < t.k; ++k) text << " 0x" << p.a[static_cast<std::size_t>(m * t.k + k)];
    text << '\n';
  }
  for (std::int64_t n = 0; n < t.n; ++n) {
    text << "  B column " << std::dec << n << ':' << std::hex;
    for (std::int64_t k = 0; k < t.k; ++k) text << " 0x" << p.b[static_cast<std::size_t>(k * t.n + n)];
    text << '\n';
  }
  if (t.bias) {
    text << "  bias:";
    for (const Code code : p.bias) text << " 0x" << code;
    text << '\n';
  }
  return text.str();
}

}  // namespace binade::soak
