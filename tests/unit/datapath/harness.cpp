// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/datapath/harness.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <ostream>

#include "models/numerics/uint128.h"
#include "models/spec/ranges.h"
#include "tests/support/operand_words.h"

namespace binade::datapath::test {
namespace {

using numerics::Code;
using numerics::Family;

constexpr Code kOutside = 0xdeadbeef;  ///< on lanes outside the tile

}  // namespace

std::ostream& operator<<(std::ostream& os, const Problem& p) {
  const auto& c = p.config;
  const auto& t = p.command;
  return os << numerics::to_string(c.format) << ' ' << numerics::to_string(c.accumulate.policy) << " acc_bits "
            << c.accumulate.acc_bits << " block " << c.accumulate.block << ' ' << numerics::to_string(c.accumulate.rounding) << ' '
            << c.rows << 'x' << c.cols << ' ' << to_string(c.dataflow) << ' ' << to_string(c.overlap) << ' ' << to_string(c.edge)
            << " P " << c.pe_latency << " lane " << c.lane_interval << '/' << c.lane_latency << " m " << t.m << " n " << t.n
            << " k " << t.k << " base " << t.k_base << (t.first_k ? " first" : "") << (t.last_k ? " last" : "")
            << (t.bias ? " bias" : "") << (t.relu ? " relu" : "") << " shifts " << t.product_shift << '/' << t.bias_shift
            << " intervals " << p.a_interval << '/' << p.b_interval << '/' << p.out_interval;
}

MatrixStreams::MatrixStreams(const Problem& problem) : problem_(problem) {
  const CoreCommand& t = problem.command;
  const std::int64_t rows = problem.config.rows, cols = problem.config.cols;
  out_.assign(static_cast<std::size_t>(t.last_k ? t.m * t.n : 0), 0);
  if (t.bias) {
    for (std::int64_t n0 = 0; n0 < t.n; n0 += cols) b_places_.push_back({-1, n0});
  }
  if (problem.config.dataflow == Dataflow::OutputStationary) {
    for (std::int64_t m0 = 0; m0 < t.m; m0 += rows) {
      for (std::int64_t n0 = 0; n0 < t.n; n0 += cols) {
        for (std::int64_t k = 0; k < t.k; ++k) {
          a_places_.push_back({k, m0});
          b_places_.push_back({k, n0});
        }
        for (std::int64_t m = std::min(m0 + rows, t.m) - 1; m >= m0; --m) out_places_.push_back({m, n0});
      }
    }
    return;
  }
  for (std::int64_t n0 = 0; n0 < t.n; n0 += cols) {
    for (std::int64_t k0 = 0; k0 < t.k; k0 += rows) {
      for (std::int64_t m = 0; m < t.m; ++m) a_places_.push_back({m, k0});
      for (std::int64_t k = std::min(k0 + rows, t.k) - 1; k >= k0; --k) b_places_.push_back({k, n0});
    }
    for (std::int64_t m = 0; m < t.m; ++m) out_places_.push_back({m, n0});
  }
}

int MatrixStreams::interval(Stream stream, int lanes) const {
  const bool a = stream == Stream::A;
  const int full = a ? problem_.a_interval : stream == Stream::B ? problem_.b_interval : problem_.out_interval;
  const int side = a ? problem_.config.rows : problem_.config.cols;
  return (full * lanes + side - 1) / side;
}

void MatrixStreams::read_a(std::uint64_t vector, std::span<Code> lanes) {
  const CoreCommand& t = problem_.command;
  const Place place = a_places_.at(vector);
  const bool os = problem_.config.dataflow == Dataflow::OutputStationary;
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    const auto m = os ? place.first + static_cast<std::int64_t>(i) : place.row;
    const auto k = os ? place.row : place.first + static_cast<std::int64_t>(i);
    lanes[i] = m < t.m && k < t.k ? problem_.a[static_cast<std::size_t>(m * t.k + k)] : kOutside;
  }
}

void MatrixStreams::read_b(std::uint64_t vector, std::span<Code> lanes) {
  const CoreCommand& t = problem_.command;
  const Place place = b_places_.at(vector);
  for (std::size_t j = 0; j < lanes.size(); ++j) {
    const auto n = place.first + static_cast<std::int64_t>(j);
    if (n >= t.n) {
      lanes[j] = kOutside;
    } else if (place.row < 0) {
      lanes[j] = problem_.bias[static_cast<std::size_t>(n)];
    } else {
      lanes[j] = problem_.b[static_cast<std::size_t>(place.row * t.n + n)];
    }
  }
}

void MatrixStreams::write_out(std::uint64_t vector, std::span<const std::uint64_t> lanes) {
  const CoreCommand& t = problem_.command;
  const Place place = out_places_.at(vector);
  ++writes_;
  for (std::size_t j = 0; j < lanes.size(); ++j) {
    const auto n = place.first + static_cast<std::int64_t>(j);
    if (n < t.n) out_[static_cast<std::size_t>(place.row * t.n + n)] = lanes[j];
  }
}

Problem part_of(const Problem& whole, std::int64_t k0, std::int64_t k) {
  Problem part = whole;
  CoreCommand& t = part.command;
  t.k = k;
  t.k_base = k0;
  t.first_k = k0 == 0;
  t.last_k = k0 + k == whole.command.k;
  t.bias = whole.command.bias && numerics::bias_joins(whole.config.accumulate, t.first_k, t.last_k);
  part.a.clear();
  for (std::int64_t m = 0; m < t.m; ++m) {
    const auto row = whole.a.begin() + m * whole.command.k + k0;
    part.a.insert(part.a.end(), row, row + k);
  }
  part.b.assign(whole.b.begin() + k0 * t.n, whole.b.begin() + (k0 + k) * t.n);
  return part;
}

Outcome run_tile(Core& core, const Problem& problem) {
  MatrixStreams streams(problem);
  core.start(problem.command, streams);
  std::uint64_t clocks = 0;
  for (bool done = false; !done;) {
    const std::uint64_t step = core.clocks_to_event();
    if (step == 0 || clocks > 10'000'000) {
      ADD_FAILURE() << "the core stopped before the tile was complete: " << problem;
      break;
    }
    done = core.advance(step);
    clocks += step;
  }
  EXPECT_EQ(clocks, core.clocks().clocks()) << problem;
  EXPECT_EQ(core.clocks_to_event(), 0U) << problem;
  EXPECT_EQ(streams.writes(), core.clocks().out_vectors) << problem;
  return {streams.out(), core.clocks(), core.stats()};
}

namespace {

/// Exact sums stored as they are: integers of 128 bits, limited to the accumulator after every term.
Outcome literal_raw(const Problem& problem) {
  using numerics::Int128;
  const CoreCommand& t = problem.command;
  const auto& format = problem.config.format;
  const Int128 limit = Int128{1} << (numerics::accumulator_bits(format, problem.config.accumulate) - 1);
  Outcome outcome;
  Int128 sum = 0;
  const auto add = [&](Int128 term) {
    const Int128 wide = sum + term;
    sum = std::clamp(wide, -limit, limit - 1);
    outcome.stats.events.saturation += sum != wide;
    return sum != wide;
  };
  const auto mantissa = [](const numerics::FormatSpec& of, const std::vector<Code>& codes, std::int64_t at) {
    return Int128{numerics::mantissa_of(of, codes[static_cast<std::size_t>(at)])};
  };
  for (std::int64_t m = 0; m < t.m; ++m)
    for (std::int64_t n = 0; n < t.n; ++n) {
      sum = 0;
      for (std::int64_t k = 0; k < t.k; ++k)
        add(mantissa(format.a, problem.a, m * t.k + k) * mantissa(format.b, problem.b, k * t.n + n));
      // A mantissa of 32 bits times 2^90 is beyond any accumulator already.
      const bool clamped = t.bias && add(mantissa(format.out, problem.bias, n) * (Int128{1} << std::min(-t.bias_shift, 90)));
      if (t.relu && sum < 0) sum = 0;
      const auto stored = static_cast<std::int64_t>(sum);
      const auto magnitude = static_cast<std::uint64_t>(sum < 0 ? -sum : sum);
      outcome.out.push_back(static_cast<std::uint64_t>(stored));
      outcome.stats.max_abs = std::max(outcome.stats.max_abs, magnitude);
      outcome.stats.mantissa_overflows += clamped;
      if (magnitude != 0) ++outcome.stats.leading_bit[static_cast<std::size_t>(std::bit_width(magnitude) - 1)];
    }
  return outcome;
}

/// Binary32 sums stored as the integers that they are: what the literal accumulator's state says before the output's rounding.
Outcome literal_raw_binary32(const Problem& problem) {
  const CoreCommand& t = problem.command;
  const auto& spec = problem.config.accumulate;
  const int bits = numerics::state_bits(problem.config.format, spec);
  const auto accumulator = numerics::make_accumulator(problem.config.format, spec, 0, t.bias_shift);
  const bool bias_first = numerics::bias_starts_sums(spec);
  Outcome outcome;
  for (std::int64_t m = 0; m < t.m; ++m)
    for (std::int64_t n = 0; n < t.n; ++n) {
      const Code bias = t.bias ? problem.bias[static_cast<std::size_t>(n)] : 0;
      accumulator->clear();
      if (t.bias && bias_first) accumulator->add_bias(bias);
      for (std::int64_t k = 0; k < t.k; ++k)
        accumulator->mac(problem.a[static_cast<std::size_t>(m * t.k + k)], problem.b[static_cast<std::size_t>(k * t.n + n)]);
      accumulator->close_block();
      if (t.bias && !bias_first) accumulator->add_bias(bias);
      std::array<std::uint64_t, 2> words{};
      accumulator->state(std::span(words).first(static_cast<std::size_t>(bits + 63) / 64));
      const int first = bits - 32;  // the running sum's code is on top
      auto code = static_cast<Code>(words[static_cast<std::size_t>(first / 64)] >> (first % 64));
      if (first % 64 > 32) code |= static_cast<Code>(words[1] << (64 - first % 64));
      float sum = std::bit_cast<float>(code);
      if (t.relu) sum = std::max(sum, 0.0F);
      const bool clamped = std::abs(sum) >= 0x1p63F;
      outcome.stats.events.saturation += clamped;
      outcome.stats.mantissa_overflows += clamped;
      constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
      const std::int64_t stored = clamped ? (sum < 0 ? -kMost : kMost) : static_cast<std::int64_t>(sum);
      const auto magnitude = static_cast<std::uint64_t>(stored < 0 ? -stored : stored);
      outcome.out.push_back(static_cast<std::uint64_t>(stored));
      outcome.stats.max_abs = std::max(outcome.stats.max_abs, magnitude);
      if (magnitude != 0) ++outcome.stats.leading_bit[static_cast<std::size_t>(std::bit_width(magnitude) - 1)];
    }
  outcome.stats.events += accumulator->events();
  return outcome;
}

}  // namespace

Outcome literal_outcome(const Problem& problem) {
  const numerics::Accumulate policy = problem.config.accumulate.policy;
  const bool binary32 = policy == numerics::Accumulate::Fp32 || policy == numerics::Accumulate::Chained;
  if (stores_raw(problem.config)) return binary32 ? literal_raw_binary32(problem) : literal_raw(problem);
  const CoreCommand& t = problem.command;
  const auto& format = problem.config.format.out;
  Outcome outcome;
  const auto accumulator =
      numerics::make_accumulator(problem.config.format, problem.config.accumulate, t.product_shift, t.bias_shift);
  for (std::int64_t m = 0; m < t.m; ++m) {
    for (std::int64_t n = 0; n < t.n; ++n) {
      accumulator->clear();
      const bool bias_first = numerics::bias_starts_sums(problem.config.accumulate);
      if (t.bias && bias_first) accumulator->add_bias(problem.bias[static_cast<std::size_t>(n)]);
      for (std::int64_t k = 0; k < t.k; ++k) {
        accumulator->mac(problem.a[static_cast<std::size_t>(m * t.k + k)], problem.b[static_cast<std::size_t>(k * t.n + n)]);
      }
      std::uint64_t before_lane = accumulator->events().saturation;
      if (t.bias && !bias_first) accumulator->add_bias(problem.bias[static_cast<std::size_t>(n)]);
      if (problem.config.accumulate.policy ==
          numerics::Accumulate::Blocked) {  // a clamp of the running sum is none of the stored integer
        accumulator->close_block();
        before_lane = accumulator->events().saturation;
      }
      const auto index = static_cast<std::uint64_t>((t.m_base + m) * t.logical_cols + t.n_base + n);
      const Code code = accumulator->result(t.relu, numerics::random_bits(t.seed, t.tensor, index));
      outcome.out.push_back(code);
      if (!format.shared_exponent()) continue;
      const std::int64_t stored = numerics::mantissa_of(format, code);
      const auto magnitude = static_cast<std::uint64_t>(stored < 0 ? -stored : stored);
      outcome.stats.max_abs = std::max(outcome.stats.max_abs, magnitude);
      const bool overflow = format.family == Family::Flex ? magnitude >= static_cast<std::uint64_t>(format.max_mantissa())
                                                          : accumulator->events().saturation != before_lane;
      outcome.stats.mantissa_overflows += overflow;
    }
  }
  outcome.stats.events = accumulator->events();
  return outcome;
}

std::int64_t pick(std::mt19937_64& random, std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low + 1));
}

Code random_code(std::mt19937_64& random, const numerics::FormatSpec& format) {
  const auto mask = static_cast<Code>((std::uint64_t{1} << format.bits) - 1);
  const std::int64_t kind = pick(random, 0, 15);
  if (kind == 0) return static_cast<Code>(random()) & mask;
  if (kind == 1) return 0;
  if (format.shared_exponent()) {
    const std::int64_t span = kind < 4 ? format.max_mantissa() : std::max<std::int64_t>(format.max_mantissa() / 16, 1);
    return numerics::code_of_mantissa(format, pick(random, -span, span));
  }
  numerics::Events ignored;
  const double value = (static_cast<double>(random() >> 11) * 0x1p-52 - 1.0) * (kind < 4 ? 64.0 : 2.0);
  return numerics::encode(format, numerics::from_double(value), {}, ignored);
}

Problem random_problem(std::mt19937_64& random, const std::string& format, const numerics::AccumulateSpec& accumulate) {
  static constexpr struct { int rows, cols; } kShapes[] = {{4, 4}, {3, 5}, {8, 2}, {1, 1}, {2, 7}};
  Problem p;
  CoreConfig& config = p.config;
  config.format = binade::test::operand_formats(format);
  config.accumulate = accumulate;
  const auto& shape = kShapes[pick(random, 0, 4)];
  config.rows = shape.rows;
  config.cols = shape.cols;
  config.dataflow = pick(random, 0, 1) == 0 ? Dataflow::OutputStationary : Dataflow::WeightStationary;
  config.overlap = static_cast<Overlap>(pick(random, 0, 2));
  if (config.dataflow == Dataflow::WeightStationary) {
    if (config.overlap == Overlap::Drain) config.overlap = Overlap::None;
    if (accumulate.policy == numerics::Accumulate::Blocked && config.rows % accumulate.block != 0 &&
        accumulate.block % config.rows != 0) {
      config.rows = accumulate.block;
    }
  }
  config.edge = pick(random, 0, 2) == 0 ? Edge::Full : Edge::Ragged;
  config.pe_latency = static_cast<int>(pick(random, 1, 3));
  config.lane_interval = pick(random, 0, 3) == 0 ? static_cast<int>(pick(random, 2, 3)) : 1;
  config.lane_latency = static_cast<int>(pick(random, 0, 4));
  const auto extent = [&](std::int64_t block) {
    const std::int64_t choices[] = {1, block - 1, block, block + 1, 2 * block, 2 * block + 3, 3 * block + 1};
    return std::max<std::int64_t>(choices[pick(random, 0, 6)], 1);
  };
  CoreCommand& t = p.command;
  t.m = extent(config.rows);
  t.n = extent(config.cols);
  t.k = pick(random, 0, 2) == 0 ? extent(config.rows) : pick(random, 1, 40);
  t.bias = pick(random, 0, 1) == 0;
  t.relu = pick(random, 0, 2) == 0;
  if (config.format.integers() && !stores_raw(config)) {
    const int bits = std::max(config.format.a.bits, config.format.b.bits);
    t.product_shift = static_cast<int>(pick(random, 0, 7) == 0 ? pick(random, -3, 3 * bits) : pick(random, bits - 3, bits + 2));
    t.bias_shift = static_cast<int>(pick(random, -2, 4));
  } else if (stores_raw(config)) {
    t.bias_shift = static_cast<int>(pick(random, -6, 0));
  }
  if (pick(random, 0, 5) == 0) {  // any that a command carries
    t.bias_shift = static_cast<int>(pick(random, spec::kLowestShift, stores_raw(config) ? 0 : spec::kHighestShift));
    if (!stores_raw(config) && pick(random, 0, 1) == 0)
      t.product_shift = static_cast<int>(pick(random, spec::kLowestShift, spec::kHighestShift));
  }
  t.seed = static_cast<std::uint32_t>(random());
  t.tensor = static_cast<std::uint32_t>(random() % 8);
  t.m_base = pick(random, 0, 100);
  t.n_base = pick(random, 0, 100);
  t.logical_cols = t.n_base + t.n + pick(random, 0, 9);
  const auto interval = [&] { return static_cast<int>(pick(random, 0, 2) == 0 ? pick(random, 2, 3) : 1); };
  p.a_interval = interval();
  p.b_interval = interval();
  p.out_interval = interval();
  p.a.resize(static_cast<std::size_t>(t.m * t.k));
  p.b.resize(static_cast<std::size_t>(t.k * t.n));
  p.bias.resize(static_cast<std::size_t>(t.n));
  if (config.format.integers_to_float()) t.bias_shift = 0;
  for (Code& code : p.a) code = random_code(random, config.format.a);
  for (Code& code : p.b) code = random_code(random, config.format.b);
  for (Code& code : p.bias) code = random_code(random, config.format.out);
  return p;
}

}  // namespace binade::datapath::test
