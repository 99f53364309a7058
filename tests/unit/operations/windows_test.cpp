// SPDX-License-Identifier: Apache-2.0
// Windows records: the fast arithmetic against the literal one, byte for byte and statistic for statistic; records against forms;
// what is refused. Seeds are fresh and printed; BINADE_CHAIN_SEED repeats one.
#include <gtest/gtest.h>

#include <functional>
#include <iostream>

#include "models/operations/window_forms.h"
#include "tests/unit/operations/window_cases.h"

namespace binade::operations::test {
namespace {

struct Outcome {
  std::vector<std::byte> out, places;
  datapath::TileStats stats;
  std::int64_t strays = 0;
};

bool same_stats(const datapath::TileStats& a, const datapath::TileStats& b) {
  return a.max_abs == b.max_abs && a.mantissa_overflows == b.mantissa_overflows && a.leading_bit == b.leading_bit &&
         a.events == b.events;
}

template <class Run>
Outcome outcome_of(const WindowCase& one, Run run) {
  const WindowExtent extent = window_extent(one.formats(), one.record);
  Outcome outcome;
  outcome.out.resize(static_cast<std::size_t>(extent.o_bytes));
  if (op_of(one.record) == spec::WindowOp::Maximum) outcome.places.resize(static_cast<std::size_t>(extent.index_bytes));
  outcome.strays =
      run(one.formats(), one.record, WindowBytes{.x = one.x, .indices = one.indices, .out = outcome.out, .places = outcome.places},
          outcome.stats);
  return outcome;
}

Outcome fast(const WindowCase& one) {
  static WindowArithmetic arithmetic;
  return outcome_of(one, [](const auto& formats, const auto& record, const auto& bytes, datapath::TileStats& stats) {
    return arithmetic.run(formats, record, bytes, stats);
  });
}
Outcome literal(const WindowCase& one) {
  return outcome_of(one, [](const auto& formats, const auto& record, const auto& bytes, datapath::TileStats& stats) {
    return WindowArithmetic::run_literally(formats, record, bytes, stats);
  });
}

TEST(Windows, AreTheLiteralOnes) {
  const std::uint64_t seed = fresh_seed();
  std::cout << "BINADE_CHAIN_SEED=" << seed << '\n';
  Chance chance(seed);
  int nan = 0, overlapping = 0;
  for (int round = 0; round < 4000; ++round) {
    const WindowCase one = random_windows(chance);
    ASSERT_EQ(window_problem(one.formats(), one.record), "") << text(one);
    ASSERT_EQ(window_content_problem(one.record), "") << text(one);
    const Outcome expected = literal(one), got = fast(one);
    ASSERT_TRUE(got.out == expected.out) << text(one);
    ASSERT_TRUE(got.places == expected.places) << text(one);
    ASSERT_TRUE(same_stats(got.stats, expected.stats)) << text(one);
    ASSERT_EQ(got.strays, 0) << text(one);
    ASSERT_EQ(expected.strays, 0) << text(one);
    nan += expected.stats.events.nar > 0 ? 1 : 0;
    const WindowAxis rows = row_axis(one.record);
    overlapping += rows.windows > 1 && rows.kernel > rows.stride ? 1 : 0;
  }
  EXPECT_GT(nan, 10);
  EXPECT_GT(overlapping, 300);
}

// More planes than are taken at a time; and parts of planes are the whole.
TEST(Windows, OfManyPlanesAreTheLiteralOnes) {
  const std::uint64_t seed = fresh_seed();
  std::cout << "BINADE_CHAIN_SEED=" << seed << '\n';
  Chance chance(seed);
  for (int round = 0; round < 60; ++round) {
    WindowCase one = random_windows(chance);
    const std::int64_t times = 20'000 / pixel_count(one.record) + 1;
    for (std::vector<std::byte>* const bytes : {&one.x, &one.indices}) {
      const std::vector<std::byte> once = *bytes;
      for (std::int64_t i = 1; i < times; ++i) bytes->insert(bytes->end(), once.begin(), once.end());
    }
    one.record.planes *= times;
    const Outcome expected = literal(one), got = fast(one);
    ASSERT_TRUE(got.out == expected.out) << text(one);
    ASSERT_TRUE(got.places == expected.places) << text(one);
    ASSERT_TRUE(same_stats(got.stats, expected.stats)) << text(one);
    const std::int64_t half = one.record.planes / 2;
    const Outcome parts = outcome_of(one, [&](const auto& formats, const auto& record, const auto& bytes, auto& stats) {
      WindowArithmetic arithmetic;
      for (const auto& [first, count] : {std::pair{half, record.planes - half}, std::pair{std::int64_t{0}, half}}) {
        if (count == 0) continue;
        const WindowPlanes part = planes_of(formats, record, bytes, first, count);
        datapath::TileStats of_part;
        EXPECT_EQ(arithmetic.run(formats, part.record, part.bytes, of_part), 0);
        stats += of_part;
      }
      return std::int64_t{0};
    });
    ASSERT_TRUE(parts.out == expected.out) << text(one);
    ASSERT_TRUE(parts.places == expected.places) << text(one);
    ASSERT_TRUE(same_stats(parts.stats, expected.stats)) << text(one);
  }
}

// A comparison that could not fail would pass these: a moved window, another winner, another divisor, a shifted index.
TEST(Windows, OfAnotherRecordAreOthers) {
  Chance chance(11);
  int changed[3] = {}, of[3] = {};
  for (int round = 0; round < 600; ++round) {
    WindowCase one = random_windows(chance);
    const Outcome right = fast(one);
    const auto op = static_cast<std::size_t>(one.record.op);
    if (op_of(one.record) == spec::WindowOp::Maximum) {
      std::swap(one.x.front(), one.x.back());
    } else if (op_of(one.record) == spec::WindowOp::ToAll) {
      ++one.record.count_bottom, --one.record.count_top;
      if (!window_content_problem(one.record).empty()) continue;
    } else {
      one.indices.front() ^= std::byte{1};
    }
    const Outcome wrong = fast(one);
    ++of[op];
    changed[op] += wrong.out != right.out || wrong.places != right.places || wrong.strays != right.strays ? 1 : 0;
  }
  for (int op = 0; op < 3; ++op) EXPECT_GT(changed[op], of[op] / 4) << op;
}

TEST(Windows, IndicesThatSayNoPixelGiveToNone) {
  WindowCase one;
  spec::Windows& d = one.record;
  d.op = static_cast<std::int64_t>(spec::WindowOp::ToChosen);
  d.planes = 1, d.height = d.width = 2, d.rows = 2, d.columns = 1, d.kernel_h = d.kernel_w = 2;
  d.h_geometry = spec::pack_geometry(2, 1, 1), d.w_geometry = spec::pack_geometry(1, 1, 0);
  d.index_bytes = 1, d.o_format = 1;
  const FormatSpec dfp8 = numerics::parse_format("dfp8");
  one.table = FormatTable({dfp8}, {{dfp8}});
  one.x = stored_codes({5, 7}, 1);
  // Window 0 begins a row above the image: its elements 0 and 1 are padding. Window 1 begins in row 1, its elements 2 and 3 below.
  for (const auto& [indices, image, strays] : {std::tuple{std::vector<Code>{2, 1}, std::vector<Code>{5, 0, 0, 7}, 0},
                                               {{1, 0}, {0, 0, 7, 0}, 1},
                                               {{255, 3}, {0, 0, 0, 0}, 2}}) {
    one.indices = stored_codes(indices, 1);
    for (const Outcome& got : {fast(one), literal(one)}) {
      EXPECT_EQ(got.out, stored_codes(image, 1));
      EXPECT_EQ(got.strays, strays);
    }
  }
}

TEST(Windows, BadRecordsAreNamed) {
  Chance chance(3);
  WindowCase one = random_windows(chance);
  while (op_of(one.record) != spec::WindowOp::ToChosen || one.table.at(1).format.shared_exponent()) one = random_windows(chance);
  const auto problem = [&](const std::function<void(spec::Windows&)>& change) {
    spec::Windows bad = one.record;
    change(bad);
    return window_problem(one.formats(), bad);
  };
  EXPECT_EQ(problem([](auto&) {}), "");
  EXPECT_EQ(problem([](auto& d) { d.op = 3; }), "op is no WINDOW_OP");
  for (const auto field : {&spec::Windows::planes, &spec::Windows::height, &spec::Windows::width, &spec::Windows::rows,
                           &spec::Windows::columns, &spec::Windows::kernel_h, &spec::Windows::kernel_w})
    for (const std::int64_t value : {std::int64_t{0}, std::int64_t{-1}, spec::kLargestCount + 1})
      EXPECT_NE(problem([&](auto& d) { d.*field = value; }), "");
  EXPECT_EQ(problem([](auto& d) { d.kernel_h = d.kernel_w = 65536; }), "kernel_h times kernel_w is not below 2^31");
  EXPECT_EQ(problem([](auto& d) { d.planes = d.height = d.width = spec::kLargestCount; }),
            "there are more than 2^48 pixels or windows");
  EXPECT_EQ(problem([](auto& d) { d.h_geometry = spec::pack_geometry(0, 1, 0); }), "a stride or dilation is 0");
  EXPECT_EQ(problem([](auto& d) { d.w_geometry = spec::pack_geometry(1, 0, 0); }), "a stride or dilation is 0");
  EXPECT_EQ(problem([](auto& d) { d.w_geometry = -1; }), "a geometry has more than three fields of 16 bits");
  EXPECT_EQ(problem([](auto& d) { d.index_bytes = 3; }), "index_bytes is none of 1, 2 and 4 that holds an index of the window");
  EXPECT_EQ(problem([](auto& d) { d.kernel_h = 255, d.kernel_w = 1, d.index_bytes = 1; }),
            "index_bytes is none of 1, 2 and 4 that holds an index of the window");
  EXPECT_EQ(problem([](auto& d) { d.raw_bytes = 2; }), "raw_bytes is none of 0, 4 and 8");
  EXPECT_EQ(problem([](auto& d) { d.sums = 3; }), "sums is outside 0 .. 2");
  EXPECT_NE(problem([](auto& d) { d.sums = 1, d.raw_bytes = 4; }), "");
  EXPECT_NE(problem([](auto& d) { d.o_exponent = 641; }), "");
  EXPECT_NE(problem([](auto& d) { d.first = -1; }), "");
  EXPECT_NE(problem([](auto& d) { d.seed = spec::kLargestWord + 1; }), "");
  EXPECT_NE(problem([](auto& d) { d.count_left = -spec::kLargestStep - 1; }), "");
  spec::Windows bad = one.record;
  bad.op = static_cast<std::int64_t>(spec::WindowOp::Maximum);
  bad.h_geometry = spec::pack_geometry(1, 1, 5), bad.kernel_h = 2;
  EXPECT_EQ(window_content_problem(bad), "a window holds no pixel");
  bad.op = static_cast<std::int64_t>(spec::WindowOp::ToAll);
  bad.count_top = bad.count_bottom = 0;
  EXPECT_EQ(window_content_problem(bad), "a window's divisor is 0");
  // Windows of 1, 2, .. rows: their divisors have no small common multiple.
  bad.height = 64, bad.rows = 64, bad.kernel_h = 64, bad.h_geometry = spec::pack_geometry(1, 1, 63), bad.columns = bad.kernel_w = 1;
  bad.count_bottom = 64, bad.w_geometry = spec::pack_geometry(1, 1, 0), bad.count_left = 0, bad.count_right = 1, bad.sums = 0;
  EXPECT_EQ(window_content_problem(bad), "the divisors have no common multiple up to 2^62");
  bad.sums = 1;
  EXPECT_EQ(window_content_problem(bad), "");
}

}  // namespace
}  // namespace binade::operations::test
