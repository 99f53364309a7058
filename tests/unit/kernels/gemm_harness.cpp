// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/kernels/gemm_harness.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <ostream>

#include "models/kernels/element/element_kernels.h"
#include "models/kernels/simd/target.h"
#include "models/kernels/tile_kernel.h"
#include "models/numerics/codec.h"
#include "tests/support/operand_words.h"

namespace binade::kernels::test {

using numerics::Code;

std::ostream& operator<<(std::ostream& os, const Gemm& gemm) {
  const auto& spec = gemm.config.accumulate;
  const auto& t = gemm.command;
  return os << numerics::to_string(gemm.config.format) << ' ' << numerics::to_string(spec.policy) << " acc_bits " << spec.acc_bits
            << " block " << spec.block << ' ' << numerics::to_string(spec.rounding) << " m " << t.m << " n " << t.n << " k " << t.k
            << (t.bias ? " bias" : "") << (t.relu ? " relu" : "") << " shifts " << t.product_shift << '/' << t.bias_shift;
}

Gemm make_gemm(const std::string& format, const numerics::AccumulateSpec& accumulate, std::int64_t m, std::int64_t n,
               std::int64_t k, Random& random, const Draw& draw_a, const Draw& draw_b) {
  Gemm gemm;
  gemm.config.format = binade::test::operand_formats(format);
  gemm.config.accumulate = accumulate;
  gemm.command.m = m;
  gemm.command.n = n;
  gemm.command.k = k;
  gemm.command.logical_cols = n + 3;
  gemm.command.seed = static_cast<std::uint32_t>(random());
  gemm.a.resize(static_cast<std::size_t>(m * k));
  gemm.b_t.resize(static_cast<std::size_t>(n * k));
  for (Code& code : gemm.a) code = draw_a(random);
  for (Code& code : gemm.b_t) code = draw_b(random);
  return gemm;
}

Draw normal(const std::string& format, double deviation) {
  return [spec = numerics::parse_format(format), deviation](Random& random) {
    numerics::Events ignored;
    std::normal_distribution<double> draw(0, deviation);
    numerics::FormatSpec target = spec;
    if (target.family == numerics::Family::Fixed) target = {numerics::Family::Dfp, spec.bits, 0, 0, numerics::Specials::None};
    return numerics::encode(target, numerics::from_double(draw(random)), {}, ignored);
  };
}

Draw any_code(const std::string& format) {
  const int bits = numerics::parse_format(format).bits;
  return [bits](Random& random) { return static_cast<Code>(random() & ((std::uint64_t{1} << bits) - 1)); };
}

Outcome literal(const Gemm& gemm) {
  const auto& t = gemm.command;
  const auto& operands = gemm.config.format;
  const auto& format = operands.out;
  const bool raw = datapath::stores_raw(gemm.config);
  Outcome outcome;
  const auto accumulator = numerics::make_accumulator(operands, gemm.config.accumulate, t.product_shift, t.bias_shift);
  numerics::Events raw_events;
  for (std::int64_t m = 0; m < t.m; ++m) {
    for (std::int64_t n = 0; n < t.n; ++n) {
      const Code* const a = gemm.a.data() + m * t.k;
      const Code* const b = gemm.b_t.data() + n * t.k;
      if (raw) {  // sums that no test lets clamp
        std::int64_t sum = 0;
        for (std::int64_t k = 0; k < t.k; ++k)
          sum += numerics::mantissa_of(operands.a, a[k]) * numerics::mantissa_of(operands.b, b[k]);
        if (t.bias)
          sum += numerics::mantissa_of(format, gemm.bias[static_cast<std::size_t>(n)]) * (std::int64_t{1} << -t.bias_shift);
        if (t.relu) sum = std::max<std::int64_t>(sum, 0);
        outcome.out.push_back(static_cast<std::uint64_t>(sum));
        const auto magnitude = static_cast<std::uint64_t>(sum < 0 ? -sum : sum);
        outcome.stats.max_abs = std::max(outcome.stats.max_abs, magnitude);
        if (magnitude != 0) ++outcome.stats.leading_bit[static_cast<std::size_t>(std::bit_width(magnitude) - 1)];
        continue;
      }
      accumulator->clear();
      const bool bias_first = t.bias && numerics::bias_starts_sums(gemm.config.accumulate);
      if (bias_first) accumulator->add_bias(gemm.bias[static_cast<std::size_t>(n)]);
      for (std::int64_t k = 0; k < t.k; ++k) accumulator->mac(a[k], b[k]);
      const std::uint64_t before_lane = accumulator->events().saturation;
      if (t.bias && !bias_first) accumulator->add_bias(gemm.bias[static_cast<std::size_t>(n)]);
      const auto index = static_cast<std::uint64_t>((t.m_base + m) * t.logical_cols + t.n_base + n);
      const Code code = accumulator->result(t.relu, numerics::random_bits(t.seed, t.tensor, index));
      outcome.out.push_back(code);
      if (!format.shared_exponent()) continue;
      const std::int64_t stored = numerics::mantissa_of(format, code);
      const auto magnitude = static_cast<std::uint64_t>(stored < 0 ? -stored : stored);
      outcome.stats.max_abs = std::max(outcome.stats.max_abs, magnitude);
      outcome.stats.mantissa_overflows += format.family == numerics::Family::Flex
                                              ? magnitude >= static_cast<std::uint64_t>(format.max_mantissa())
                                              : accumulator->events().saturation != before_lane;
    }
  }
  outcome.stats.events = accumulator->events();
  return outcome;
}

Outcome run(const Gemm& gemm, PathMacs& paths) {
  Outcome outcome;
  outcome.out.resize(static_cast<std::size_t>(gemm.command.m * gemm.command.n));
  paths +=
      kernels::gemm(gemm.config, gemm.command,
                    GemmOperands::of(gemm.config.format, gemm.a, gemm.b_t, gemm.command.bias ? gemm.bias : std::vector<Code>{}),
                    outcome.out, outcome.stats);
  return outcome;
}

/// By the processing element's own arithmetic.
Outcome run_pe(const Gemm& gemm) {
  const auto& t = gemm.command;
  Outcome outcome;
  outcome.out.resize(static_cast<std::size_t>(t.m * t.n));
  const auto kernel = make_element_kernel(gemm.config);
  kernel->begin(t);
  const CodeRows columns(gemm.config.format.b, gemm.b_t.data(), 0, t.k), rows(gemm.config.format.a, gemm.a.data(), 0, t.k);
  kernel->load_b(columns, 0, t.n);
  kernel->rows(rows, 0, t.m, t.bias ? gemm.bias.data() : nullptr, outcome.out.data(), t.n);
  outcome.stats = kernel->stats();
  return outcome;
}

PathMacs expect_literal(const Gemm& gemm) {
  const Outcome pe = run_pe(gemm);
  Outcome expected = literal(gemm);
  // An accumulator does not tell a running sum that clamped from a stored integer that did; the processing element does.
  if (gemm.config.accumulate.policy == numerics::Accumulate::Blocked)
    expected.stats.mantissa_overflows = pe.stats.mantissa_overflows;
  PathMacs best;
  const auto targets = simd_targets();
  for (auto target = targets.rbegin(); target != targets.rend(); ++target) {
    force_simd_target(*target);
    best = {};
    const Outcome outcome = run(gemm, best);
    EXPECT_EQ(outcome.out, expected.out) << *target << ": " << gemm;
    EXPECT_EQ(outcome.stats.max_abs, expected.stats.max_abs) << *target << ": " << gemm;
    EXPECT_EQ(outcome.stats.mantissa_overflows, expected.stats.mantissa_overflows) << *target << ": " << gemm;
    EXPECT_EQ(outcome.stats, pe.stats) << *target << ": " << gemm;
    EXPECT_EQ(outcome.stats.leading_bit, expected.stats.leading_bit) << *target << ": " << gemm;
    const auto &got = outcome.stats.events, &want = expected.stats.events;
    EXPECT_EQ(got, want) << *target << ": " << gemm << "\n  saturation " << got.saturation << '/' << want.saturation
                         << " underflow " << got.underflow << '/' << want.underflow << " overflow " << got.overflow << '/'
                         << want.overflow << " nar " << got.nar << '/' << want.nar << " inexact " << got.inexact << '/'
                         << want.inexact;
    std::uint64_t macs = 0;
    for (std::size_t path = 0; path < kKernelPaths; ++path) macs += best[static_cast<KernelPath>(path)];
    EXPECT_EQ(macs, static_cast<std::uint64_t>(gemm.command.m * gemm.command.n * gemm.command.k)) << *target << ": " << gemm;
  }
  force_simd_target("");
  return best;
}

}  // namespace binade::kernels::test
