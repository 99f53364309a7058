// SPDX-License-Identifier: Apache-2.0
// Windows records against exact values, in every family of formats: random windows, overlapping and padded, whose divisors differ
// from pixel to pixel. Seeds are fresh and printed; BINADE_ORACLE_SEED repeats one.
#include <gtest/gtest.h>

#include <cstring>
#include <iostream>
#include <set>
#include <sstream>

#include "models/operations/window_arithmetic.h"
#include "tests/oracle/compare.h"
#include "tests/oracle/draw.h"
#include "tests/oracle/reference/vector.h"
#include "tests/oracle/reference/window.h"
#include "tests/oracle/words.h"

namespace binade::oracle {
namespace {

using spec::WindowOp;

/// A record with its operands, as the vector unit and as the oracle read them.
struct Pool {
  WindowImage image;
  spec::Windows record;
  Mode mode = Mode::Rne;
  Bytes x, indices;
  std::vector<Value> values;
  std::vector<std::int64_t> chosen;

  WindowOp op() const { return op_of(record); }
  std::int64_t outputs() const { return op() == WindowOp::Maximum ? image.windows() : image.pixels(); }
};

class Windows : public testing::TestWithParam<std::string> {
 protected:
  Windows() { std::cout << "BINADE_ORACLE_SEED=" << seed << '\n'; }

  /// Each window holds a pixel and a counted element.
  WindowSide side() {
    WindowSide side;
    const auto holds = [&](std::int64_t window) {
      std::int64_t pixels = 0;
      for (std::int64_t pixel = 0; pixel < side.size; ++pixel) pixels += side.element_of(window, pixel) >= 0 ? 1 : 0;
      return pixels > 0 && side.counted(window) > 0;
    };
    do {
      side = {.size = draw.pick(1, 7),
              .windows = 0,
              .kernel = draw.pick(1, 4),
              .stride = draw.pick(1, 3),
              .dilation = draw.pick(1, 2),
              .pad = draw.pick(0, 3)};
      side.count_low = draw.pick(0, 1) * -side.pad;
      side.count_high = side.size + draw.pick(0, 1) * side.pad;
      for (const std::int64_t most = draw.pick(1, 6); side.windows < most && holds(side.windows);) ++side.windows;
    } while (side.windows == 0);
    return side;
  }

  Pool pool(WindowOp op, const WindowImage& image, std::int64_t sums, Spread spread, Mode mode) {
    Pool one{.image = image, .record = {}, .mode = mode, .x = {}, .indices = {}, .values = {}, .chosen = {}};
    spec::Windows& d = one.record;
    const WindowSide &v = image.vertical, &h = image.horizontal;
    d.op = static_cast<std::int64_t>(op);
    d.planes = image.planes;
    d.height = v.size, d.rows = v.windows, d.kernel_h = v.kernel, d.count_top = v.count_low, d.count_bottom = v.count_high;
    d.width = h.size, d.columns = h.windows, d.kernel_w = h.kernel, d.count_left = h.count_low, d.count_right = h.count_high;
    d.h_geometry = spec::pack_geometry(v.stride, v.dilation, v.pad);
    d.w_geometry = spec::pack_geometry(h.stride, h.dilation, h.pad);
    d.index_bytes = op == WindowOp::ToAll ? 0 : 1;
    d.x_exponent = 2 - words.a.bits + draw.pick(-3, 3);
    d.first = draw.pick(0, 1 << 20);
    d.seed = draw.pick(0, 1000);
    d.tensor = draw.pick(0, 1000);
    if (formats.out.shared_exponent()) {
      d.o_exponent = 2 - words.out.bits + draw.pick(-3, 3);
      if (draw.pick(0, 2) == 0) d.raw_bytes = 4 * draw.pick(1, 2);
    } else if (op != WindowOp::Maximum) {
      d.sums = sums;
    }
    const std::int64_t count = op == WindowOp::Maximum ? image.pixels() : image.windows();
    for (const Code code : draw.codes(words.a, static_cast<std::size_t>(count), spread, static_cast<int>(d.x_exponent))) {
      append(one.x, code, formats.x.storage_bytes());
      one.values.push_back(decode(words.a, code, static_cast<int>(d.x_exponent)));
    }
    // Some say an element in the padding, or none.
    for (std::int64_t window = 0; op == WindowOp::ToChosen && window < count; ++window) {
      one.chosen.push_back(draw.pick(0, v.kernel * h.kernel));
      append(one.indices, static_cast<std::uint64_t>(one.chosen.back()), d.index_bytes);
    }
    return one;
  }

  /// The word of output i of a value: its code, or a raw integer.
  std::int64_t stored(const Pool& one, std::int64_t i, const Value& value, Events& events) const {
    const auto exponent = static_cast<int>(one.record.o_exponent);
    if (one.record.raw_bytes != 0) return raw_integer(value, static_cast<int>(one.record.raw_bytes), exponent, events);
    const std::uint32_t random =
        numerics::random_bits(static_cast<std::uint32_t>(one.record.seed), static_cast<std::uint32_t>(one.record.tensor),
                              static_cast<std::uint64_t>(one.record.first + i));
    return encode(words.out, value, one.mode, exponent, random, events, words.out.saturates);
  }

  /// Sums that are rounded one by one, to the output's format or to binary32, which is then rounded to the output's.
  std::int64_t stored_step_by_step(const Pool& one, std::int64_t i, const std::vector<Gift>& gifts, Events& events) const {
    const bool wide = one.record.sums == 2;
    const Format& format = wide ? binary32 : words.out;
    const auto step = [&](const Value& value) {
      return wide ? encode(format, value, Mode::Rne, 0, 0, events) : static_cast<Code>(stored(one, i, value, events));
    };
    Code sum = step(gifts[0].share);
    for (std::size_t g = 1; g < gifts.size(); ++g) {
      const Code share = step(gifts[g].share);
      sum = step(add(decode(format, sum), decode(format, share)));
    }
    return wide ? stored(one, i, decode(format, sum), events) : sum;
  }

  std::int64_t expected(const Pool& one, std::int64_t i, Events& events, std::int64_t& place) {
    if (one.op() == WindowOp::Maximum) {
      const Largest best = largest_of(one.image, i, one.values);
      place = best.element;
      return stored(one, i, best.value, events);
    }
    const std::vector<Gift> gifts = gifts_to(one.image, i, one.values, one.chosen);
    given += static_cast<std::int64_t>(gifts.size());
    std::set<std::int64_t> divisors;
    for (const Gift& gift : gifts) divisors.insert(gift.divisor);
    mixed += divisors.size() > 1 ? 1 : 0;
    if (one.record.sums != 0 && gifts.size() > 1) return stored_step_by_step(one, i, gifts, events);
    Value sum = gifts.empty() ? number(0) : gifts[0].share;
    for (std::size_t g = 1; g < gifts.size(); ++g) sum = add(sum, gifts[g].share);
    return stored(one, i, sum, events);
  }

  /// What differs from the oracle, in words; `flip` is a fault planted in the first output's lowest bits.
  std::string problem(const Pool& one, std::byte flip = {}) {
    operations::VectorFormats unit = formats;
    unit.rounding = rounding(one.mode);
    const spec::Windows& d = one.record;
    for (const std::string& bad : {operations::window_problem(unit, d), operations::window_content_problem(d)})
      if (!bad.empty()) return bad;
    const operations::WindowExtent extent = operations::window_extent(unit, d);
    Bytes literal(static_cast<std::size_t>(extent.o_bytes)), fast(literal), places(static_cast<std::size_t>(one.image.windows()));
    Bytes fast_places(places);
    datapath::TileStats of_literal, of_fast;
    const std::int64_t strays =
        operations::WindowArithmetic::run_literally(unit, d, {one.x, one.indices, literal, places}, of_literal);
    const std::int64_t fast_strays = operations::WindowArithmetic().run(unit, d, {one.x, one.indices, fast, fast_places}, of_fast);
    if (fast != literal || fast_places != places || fast_strays != strays) return "fast and literal results differ";
    literal[0] ^= flip;
    Events wanted;
    given = 0;
    const auto size = extent.o_bytes / one.outputs();
    for (std::int64_t i = 0; i < one.outputs(); ++i) {
      std::int64_t place = 0, word = 0;
      const std::int64_t want = expected(one, i, wanted, place);
      std::memcpy(&word, literal.data() + i * size, static_cast<std::size_t>(size));
      const bool equal =
          size == 8 ? word == want
                    : static_cast<std::uint64_t>(word) == (static_cast<std::uint64_t>(want) & ((std::uint64_t{1} << 8 * size) - 1));
      const bool there =
          one.op() != WindowOp::Maximum || std::to_integer<std::int64_t>(places[static_cast<std::size_t>(i)]) == place;
      if (equal && there) continue;
      std::ostringstream out;
      out << "op " << d.op << ", sums " << d.sums << ", mode " << static_cast<int>(one.mode) << ", output " << i << " of "
          << one.outputs() << ": " << want << ", is " << word << (there ? "" : ", at another place");
      return out.str();
    }
    if (one.op() == WindowOp::ToChosen && strays != one.image.windows() - given) return "strays";
    for (const auto& events : {of_literal.events, of_fast.events})
      if (!same(wanted, events))
        return "op " + std::to_string(d.op) + ", sums " + std::to_string(d.sums) + ", events " + text(wanted) + ", are " +
               text(events);
    return "";
  }

  const std::uint64_t seed = fresh_seed();
  const Operands words = parse_operands(GetParam());  ///< of x (twice) and of the output
  const Format binary32 = parse("fp32");
  const operations::VectorFormats formats{
      numerics::parse_format(words.a.word), numerics::parse_format(words.a.word), {numerics::parse_format(words.out.word)}};
  Draw draw{seed};
  std::int64_t given = 0, mixed = 0;
};

TEST_P(Windows, GiveTheExactResultRounded) {
  for (const WindowOp op : {WindowOp::Maximum, WindowOp::ToChosen, WindowOp::ToAll})
    for (const Spread spread : kSpreads)
      for (const Mode mode : kModes)
        for (int round = 0; round < (full_run() ? 40 : 3); ++round)
          ASSERT_EQ(problem(pool(op, {draw.pick(1, 3), side(), side()}, round % 3, spread, mode)), "") << "seed " << seed;
  EXPECT_GT(mixed, 100) << "pixels whose windows have several divisors, seed " << seed;
}

// Divisors 1 to 42, whose common multiple is above 2^57.
TEST_P(Windows, AddUpOverEveryDivisor) {
  const WindowSide wide{.size = 42, .windows = 83, .kernel = 42, .pad = 41, .count_low = 0, .count_high = 42};
  for (const Spread spread : kSpreads)
    ASSERT_EQ(problem(pool(WindowOp::ToAll, {1, {}, wide}, 0, spread, Mode::Rne)), "") << "seed " << seed;
  EXPECT_EQ(mixed, 5 * 42);
}

// The judge is judged.
TEST_P(Windows, AFlippedBitIsFound) {
  for (const WindowOp op : {WindowOp::Maximum, WindowOp::ToChosen, WindowOp::ToAll}) {
    const Pool one = pool(op, {1, side(), side()}, 0, Spread::Normal, Mode::Rne);
    EXPECT_EQ(problem(one), "");
    EXPECT_NE(problem(one, std::byte{1}), "") << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, Windows,
                         testing::Values("posit8", "posit16", "posit32", "posit16es1u", "e6m7", "fp32", "fp16", "bf16", "fp8e4m3",
                                         "fp8e4m3sat", "fp8e5m2", "flex16+5", "dfp8", "sdfp8", "fixed12.6", "posit8:posit8:posit16",
                                         "posit16:posit16:bf16", "fp8e5m2:fp8e5m2:fp32", "dfp16:dfp16:flex16+5", "fp32:fp32:dfp8",
                                         "posit32es4:posit32es4:fp32"),
                         NameOfWord());

}  // namespace
}  // namespace binade::oracle
