// SPDX-License-Identifier: Apache-2.0
#include "tests/soak/cases.h"

#include <algorithm>
#include <array>
#include <sstream>

#include "models/kernels/packed/real_rows.h"
#include "models/numerics/accumulators.h"
#include "models/numerics/error.h"
#include "models/numerics/format_words.h"
#include "tests/soak/values.h"

namespace binade::soak {
namespace {

using datapath::Dataflow;
using datapath::Overlap;
using kernels::KernelPath;
using numerics::Accumulate;
using numerics::AccumulateSpec;
using numerics::Family;
using numerics::FormatSpec;
using numerics::OperandFormats;
using numerics::Rounding;

constexpr int kCuttable = kernels::kWidestSpan;
constexpr std::array<std::string_view, kGroups> kWords{"posit", "float", "flex", "integer"};

/// A problem that takes one path.
struct Recipe {
  KernelPath path;
  const char* format;
  AccumulateSpec accumulate;
  Draw a, b;
  std::int64_t m, n, k;
};

constexpr Draw normal(int exponent) { return {Values::Normal, exponent, exponent}; }
constexpr Draw spread(int low, int high) { return {Values::Spread, low, high}; }
constexpr AccumulateSpec policy(Accumulate accumulate, Rounding rounding = Rounding::Rne, int acc_bits = 0) {
  return {accumulate, acc_bits, 32, rounding};
}
constexpr AccumulateSpec kExact = policy(Accumulate::Exact), kBlocked = policy(Accumulate::Blocked);
constexpr AccumulateSpec kChained = policy(Accumulate::Chained);
constexpr AccumulateSpec kFp32 = policy(Accumulate::Fp32), kSerialRtz = policy(Accumulate::Serial, Rounding::Rtz),
                         kSerialRne = policy(Accumulate::Serial);
/// Beyond every mantissa, so that all are the largest or the smallest one and the norms of 32 leave 31 bits.
constexpr Draw kHuge{Values::Normal, 40, 40};

// Why each takes its path stands in the path's kernel: how many bits rows span, and what their norms bound.
const std::vector<Recipe>& recipes(Group group) {
  using enum KernelPath;
  static const std::array<std::vector<Recipe>, kGroups> kRecipes{{
      {{Element, "posit8", policy(Accumulate::Exact, Rounding::Rne, 8), normal(0), normal(0), 9, 20, 12},
       {Int16, "posit8es1", kExact, spread(-3, 3), spread(-5, 0), 21, 55, 40},
       {Fp64, "posit16es1", kExact, spread(-9, 9), spread(-9, 9), 18, 50, 80},
       {Int16Sliced, "posit16", kExact, spread(-48, 48), spread(-48, 48), 10, 30, 70},
       {Serial32, "posit16es1", kSerialRne, normal(0), spread(-20, 0), 13, 50, 30},
       {Serial64, "posit32", kSerialRne, normal(0), spread(-20, 0), 13, 50, 30},
       {Fp32, "posit16", kFp32, normal(0), normal(0), 10, 40, 30}},
      {{Element, "bf16", policy(Accumulate::Exact, Rounding::Rne, 20), normal(0), normal(0), 9, 20, 12},
       {Int16, "fp16", kExact, spread(-3, 3), spread(-5, 0), 21, 55, 40},
       {Fp64, "fp16", kExact, spread(-9, 9), spread(-9, 9), 18, 50, 80},
       {Int16Sliced, "bf16", kExact, spread(-48, 48), spread(-48, 48), 10, 30, 70},
       {Serial32, "e6m7", kSerialRtz, normal(0), normal(-2), 13, 50, 30},
       {Serial64, "e8m23", kSerialRtz, normal(0), normal(-2), 13, 50, 30},
       {Fp32, "fp32", kFp32, normal(0), normal(-2), 10, 40, 30}},
      {{Element, "flex32+8", kExact, normal(20), normal(20), 9, 20, 12},
       {Int16, "flex12+5", kExact, normal(6), normal(6), 21, 55, 40},
       {Int16Split, "flex16+5", kExact, kHuge, kHuge, 10, 50, 64},
       {Blocked, "flex16+5", kBlocked, normal(7), normal(7), 13, 50, 70},
       {BlockedWide, "flex16+5", kBlocked, kHuge, kHuge, 13, 50, 70},
       {Chained, "flex16+5", kChained, normal(7), normal(7), 13, 50, 70},
       {Fp32, "flex16+5", kFp32, normal(7), normal(7), 10, 40, 30}},
      {{Element, "dfp32", kExact, normal(20), normal(20), 9, 20, 12},
       {Int16, "dfp8", kExact, {Values::Codes}, {Values::Codes}, 21, 55, 40},
       {Int16Split, "dfp16", kExact, kHuge, kHuge, 10, 50, 64},
       {Blocked, "fixed16.8", kBlocked, normal(7), normal(7), 13, 50, 70},
       {BlockedWide, "fixed16.8", kBlocked, kHuge, kHuge, 13, 50, 70},
       {Chained, "fixed16.8", kChained, normal(7), normal(7), 13, 50, 70},
       {Fp32, "fixed16.8", kFp32, normal(7), normal(7), 10, 40, 30}},
  }};
  return kRecipes[static_cast<std::size_t>(group)];
}

FormatSpec random_format(Random& random, Group group) {
  const auto in = [&](numerics::Range range) { return static_cast<int>(pick(random, range.first, range.last)); };
  switch (group) {
    case Group::Posit: {
      const bool standard = random() % 3 == 0;
      static constexpr int kWidths[] = {8, 16, 32};
      const int bits = standard ? kWidths[random() % 3] : in(numerics::kPositBits);
      FormatSpec format{Family::Posit, bits, standard ? numerics::kStandardEs : in(numerics::kPositEs), 0,
                        numerics::Specials::None};
      format.underflows = random() % 4 == 0;
      return format;
    }
    case Group::Float:
      if (random() % 2 == 0) {
        const int e = random() % 3 == 0 ? 8 : in(numerics::kHillExponentBits), m = in(numerics::kHillFractionBits);
        return {Family::HillFloat, 1 + e + m, e, m, numerics::Specials::None};
      }
      for (;;) {
        const auto formats = numerics::named_formats();
        FormatSpec format = formats[random() % formats.size()].format;
        if (format.family != Family::IeeeFloat) continue;
        if (random() % 2 == 0) {
          const int e = in(numerics::kIeeeExponentBits), m = in(numerics::kIeeeFractionBits);
          format = {Family::IeeeFloat, 1 + e + m, e, m, numerics::Specials::InfNan};
        }
        format.saturates = random() % 4 == 0;
        return format;
      }
    case Group::Flex:
      return {Family::Flex, random() % 3 == 0 ? 16 : in(numerics::kFlexBits), in(numerics::kFlexExponentBits), 0,
              numerics::Specials::None};
    case Group::Integer: {
      static constexpr Family kFamilies[] = {Family::Dfp, Family::Sdfp, Family::Fixed};
      const Family family = kFamilies[random() % 3];
      const int bits = random() % 3 == 0 ? (random() % 2 == 0 ? 8 : 16) : in(numerics::kDfpBits);
      return {family, bits, 0, family == Family::Fixed ? in(numerics::kFixedFractionBits) : 0, numerics::Specials::None};
    }
  }
  throw InvariantError("soak: no such group");
}

/// One format for all, or factors and a result that differ and have a datapath.
OperandFormats random_formats(Random& random, Group group) {
  OperandFormats formats = random_format(random, group);
  if (random() % 3 != 0) return formats;
  static constexpr std::string_view kCommon[] = {"fp32", "bf16", "fp16"};
  do {
    if (random() % 2 == 0) formats.b = random_format(random, group);
    if (random() % 2 == 0)
      formats.out = random() % 6 == 0 ? numerics::parse_format(kCommon[random() % 3]) : random_format(random, group);
    if (formats.a.family == Family::Posit) formats.b.exponent_bits = formats.out.exponent_bits = formats.a.exponent_bits;
  } while (!numerics::operand_problem(formats).empty());
  return formats;
}

AccumulateSpec random_policy(Random& random, const OperandFormats& format) {
  AccumulateSpec spec;
  const bool integers = format.integers() && !format.integers_to_float();
  static constexpr Accumulate kReal[] = {Accumulate::Exact, Accumulate::Exact, Accumulate::Serial, Accumulate::Fp32};
  static constexpr Accumulate kInteger[] = {Accumulate::Exact, Accumulate::Blocked, Accumulate::Serial, Accumulate::Fp32};
  spec.policy = random() % 3 == 0 ? numerics::default_accumulate(format) : (integers ? kInteger : kReal)[random() % 4];
  if (format.integers() && random() % 3 == 0) spec.policy = Accumulate::Chained;
  if (random() % 3 == 0) spec.bias = numerics::BiasPosition::First;
  const bool serial = spec.policy == Accumulate::Serial;
  spec.rounding = random() % 2 == 0 ? format.default_rounding() : static_cast<Rounding>(random() % (serial ? 4 : 5));
  while (serial && spec.rounding == Rounding::Sr) spec.rounding = static_cast<Rounding>(random() % 5);
  if (spec.policy == Accumulate::Blocked)
    spec.block = random() % 2 == 0 ? 1 << pick(random, 0, 6) : static_cast<int>(pick(random, 1, 40));
  if (spec.policy == Accumulate::Chained) spec.chain = random() % 3 == 0 ? 31 : static_cast<int>(pick(random, 1, 40));
  if ((spec.policy == Accumulate::Exact || numerics::block_length(spec) != 0) && random() % 3 == 0)
    spec.acc_bits = static_cast<int>(pick(random, 2, numerics::exact_register(format).full_bits));
  return spec;
}

void random_core(Random& random, datapath::CoreConfig& config) {
  static constexpr struct { int rows, cols; } kShapes[] = {{4, 4}, {8, 8}, {16, 16}, {3, 5}, {1, 1}, {2, 7}, {8, 2}};
  const auto& shape = kShapes[random() % std::size(kShapes)];
  const bool odd = random() % 3 == 0;
  config.rows = odd ? static_cast<int>(pick(random, 1, 20)) : shape.rows;
  config.cols = odd ? static_cast<int>(pick(random, 1, 70)) : shape.cols;
  config.dataflow = random() % 2 == 0 ? Dataflow::OutputStationary : Dataflow::WeightStationary;
  config.overlap = static_cast<Overlap>(random() % 3);
  if (config.dataflow == Dataflow::WeightStationary) {
    if (config.overlap == Overlap::Drain) config.overlap = Overlap::None;
    const int block = config.accumulate.block;
    if (config.accumulate.policy == Accumulate::Blocked && config.rows % block != 0 && block % config.rows != 0)
      config.rows = block;
  }
  config.edge = random() % 3 == 0 ? datapath::Edge::Full : datapath::Edge::Ragged;
  config.pe_latency = static_cast<int>(pick(random, 1, 3));
  config.lane_interval = random() % 4 == 0 ? static_cast<int>(pick(random, 2, 3)) : 1;
  config.lane_latency = static_cast<int>(pick(random, 0, 4));
}

/// Extents with a bound on the work of the cycle core, which steps every PE of an array.
void random_extents(Random& random, const datapath::CoreConfig& config, datapath::CoreCommand& t) {
  const std::int64_t budget = config.rows * config.cols < 16 ? 1 << 12 : 1 << 15;
  const auto extent = [&](std::int64_t block, std::int64_t most) {
    const std::int64_t choices[] = {1, block, block + 1, 2 * block + 3};
    return std::min(random() % 2 == 0 ? choices[random() % 4] : pick(random, 1, most), most);
  };
  do {
    t.m = extent(config.rows, 40);
    t.n = extent(config.cols, 110);
    t.k = random() % 4 == 0 ? extent(config.rows, 200) : pick(random, 1, random() % 2 == 0 ? 8 : 48);
  } while (t.m * t.n * t.k > budget);
}

void random_shifts(Random& random, const datapath::CoreConfig& config, datapath::CoreCommand& t) {
  if (!config.format.integers()) return;
  const int bits = std::max(config.format.a.bits, config.format.b.bits);
  const bool far = random() % 8 == 0;
  if (stores_raw(config) && config.accumulate.policy != Accumulate::Blocked && config.accumulate.policy != Accumulate::Serial) {
    t.bias_shift = static_cast<int>(far ? pick(random, -70, 0) : pick(random, -6, 0));
    return;
  }
  t.product_shift = static_cast<int>(far ? pick(random, -3, 3 * bits) : pick(random, bits - 3, bits + 2));
  t.bias_shift = static_cast<int>(far ? pick(random, -20, 20) : pick(random, -2, 4));
  if (config.format.integers_to_float()) t.bias_shift = 0;
  if (stores_raw(config)) t.product_shift = 0, t.bias_shift = std::min(t.bias_shift, 0);
}

/// K in several commands, of one output block.
void split(Random& random, Case& c) {
  datapath::CoreCommand& t = c.whole.command;
  if (c.whole.config.dataflow == Dataflow::OutputStationary) t.m = std::min<std::int64_t>(t.m, c.whole.config.rows);
  t.n = std::min<std::int64_t>(t.n, c.whole.config.cols);
  c.parts.clear();
  for (std::int64_t k = 0; k < t.k; k += c.parts.back()) c.parts.push_back(pick(random, 1, t.k - k));
}

void fill(Random& random, Case& c, const Draw& a, const Draw& b, bool cancels) {
  datapath::test::Problem& p = c.whole;
  const datapath::CoreCommand& t = p.command;
  const OperandFormats& format = p.config.format;
  p.a = draw_lines(random, format.a, a, t.m, t.k);
  std::vector<numerics::Code> columns = draw_lines(random, format.b, b, t.n, t.k);
  if (cancels) {  // every product but an odd last one has its negative beside it
    for (std::int64_t k = 0; k + 1 < t.k; k += 2) {
      for (std::int64_t i = 0; i < t.m; ++i)
        p.a[static_cast<std::size_t>(i * t.k + k + 1)] = negated(format.a, p.a[static_cast<std::size_t>(i * t.k + k)]);
      for (std::int64_t j = 0; j < t.n; ++j)
        columns[static_cast<std::size_t>(j * t.k + k + 1)] = columns[static_cast<std::size_t>(j * t.k + k)];
    }
  }
  p.b.resize(columns.size());
  for (std::int64_t j = 0; j < t.n; ++j)
    for (std::int64_t k = 0; k < t.k; ++k)
      p.b[static_cast<std::size_t>(k * t.n + j)] = columns[static_cast<std::size_t>(j * t.k + k)];
  p.bias = draw_lines(random, format.out, random_draw(random, format.out), t.n, 1);
  c.values = to_string(a.values) + " x " + to_string(b.values) + (cancels ? ", cancelling" : "");
}

}  // namespace

std::string_view to_string(Group group) { return kWords[static_cast<std::size_t>(group)]; }

Group parse_group(std::string_view word) {
  for (std::size_t i = 0; i < kWords.size(); ++i)
    if (kWords[i] == word) return static_cast<Group>(i);
  throw InputError("group: '" + std::string(word) + "' is unknown; allowed: posit float flex integer");
}

std::string to_string(const Case& c) {
  std::ostringstream text;
  text << c.whole;
  if (c.parts.size() > 1) {
    text << " parts";
    for (const std::int64_t part : c.parts) text << ' ' << part;
  }
  text << " threads " << c.threads << " values " << c.values;
  return text.str();
}

std::vector<KernelPath> paths_of(Group group) {
  std::vector<KernelPath> paths;
  for (const Recipe& recipe : recipes(group)) paths.push_back(recipe.path);
  return paths;
}

std::uint64_t directed_cases(Group group) { return recipes(group).size(); }

Case draw_case(Group group, std::uint64_t seed, std::uint64_t number) {
  std::seed_seq words{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32), static_cast<std::uint32_t>(number),
                      static_cast<std::uint32_t>(number >> 32), static_cast<std::uint32_t>(group)};
  Random random(words);
  Case c;
  datapath::test::Problem& p = c.whole;
  datapath::CoreCommand& t = p.command;
  const Recipe* const recipe = number < directed_cases(group) ? &recipes(group)[number] : nullptr;
  p.config.format = recipe != nullptr ? OperandFormats(numerics::parse_format(recipe->format)) : random_formats(random, group);
  do {
    p.config.accumulate = recipe != nullptr ? recipe->accumulate : random_policy(random, p.config.format);
    random_core(random, p.config);
  } while (!p.config.validate().empty());
  // A few are large enough to be divided among threads.
  const bool large = recipe == nullptr && random() % 200 == 0;
  if (recipe != nullptr) {
    p.config.rows = p.config.cols = 8;
    if (p.config.accumulate.policy == Accumulate::Blocked) p.config.rows = 32;
    t.m = recipe->m;
    t.n = recipe->n;
    t.k = recipe->k;
  } else if (large) {
    p.config.rows = p.config.cols = 16;
    if (p.config.accumulate.policy == Accumulate::Blocked) p.config.dataflow = Dataflow::OutputStationary;
    t.m = pick(random, 30, 130);
    t.n = pick(random, 30, 130);
    t.k = ((1 << 17) + 1000) / (t.m * t.n) + 1;
    c.threads = 2;
  } else {
    random_extents(random, p.config, t);
    if (random() % 8 == 0) c.threads = 2;
  }
  c.parts = {t.k};
  if (recipe == nullptr && !large && random() % 5 == 0) split(random, c);
  // Sums that wait take a row of the bank for each of m: wide registers beside many columns leave few.
  if (p.config.dataflow == Dataflow::WeightStationary) t.m = std::min(t.m, psum_rows(p.config));
  t.bias = recipe == nullptr && random() % 2 == 0;  // a bias may widen a column
  t.relu = random() % 3 == 0;
  if (recipe != nullptr && p.config.format.integers()) {
    t.product_shift = stores_raw(p.config) ? 0 : 14;
  } else {
    random_shifts(random, p.config, t);
  }
  t.seed = static_cast<std::uint32_t>(random());
  t.tensor = static_cast<std::uint32_t>(random() % 8);
  t.m_base = pick(random, 0, 100);
  t.n_base = pick(random, 0, 100);
  t.logical_cols = t.n_base + t.n + pick(random, 0, 9);
  const auto interval = [&] { return static_cast<int>(random() % 3 == 0 ? pick(random, 2, 3) : 1); };
  p.a_interval = interval();
  p.b_interval = interval();
  p.out_interval = interval();
  const OperandFormats& format = p.config.format;
  if (recipe != nullptr) {
    fill(random, c, recipe->a, recipe->b, false);
  } else {
    Draw a = random_draw(random, format.a), b = random() % 2 == 0 ? a : random_draw(random, format.b);
    // Exact sums where rows of A are wider than can be cut and columns of B are just not.
    if (p.config.accumulate.policy == Accumulate::Exact && reach_bits(format.a) > kCuttable && random() % 4 == 0) {
      static constexpr Values kWide[] = {Values::Codes, Values::Outliers, Values::Extremes, Values::WideLine};
      a = window_of(random, format.a, kCuttable);
      a.values = kWide[random() % std::size(kWide)];
      b = window_of(random, format.b, std::max(kCuttable - format.b.bits - static_cast<int>(random() % 40), 0));
    }
    fill(random, c, a, b, random() % 8 == 0);
  }
  return c;
}

}  // namespace binade::soak
