// SPDX-License-Identifier: Apache-2.0
// Processing elements and lanes against the literal accumulator: bits and events, every operand pair where codes have at most 8
// bits, corners and random beyond, with and without stalls.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/cosim/dot_driver.h"

namespace binade::cosim {
namespace {

using numerics::FormatSpec;
using numerics::Rounding;

std::uint32_t mask_of(const FormatSpec& format) { return static_cast<std::uint32_t>((std::uint64_t{1} << format.bits) - 1); }

/// Codes at which families change behaviour: ends of the code range, around zero, powers of two and their neighbours.
std::vector<std::uint32_t> corner_codes(const FormatSpec& format) {
  std::vector<std::uint32_t> codes;
  const auto put = [&](std::uint64_t code) { codes.push_back(static_cast<std::uint32_t>(code) & mask_of(format)); };
  for (std::uint64_t near = 0; near < 4; ++near) {
    put(near);
    put(~near);
    for (int bit = 1; bit < format.bits; ++bit) {
      put((std::uint64_t{1} << bit) + near - 1);
      put(~((std::uint64_t{1} << bit) + near - 1));
    }
  }
  std::sort(codes.begin(), codes.end());
  codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
  return codes;
}

std::vector<Rounding> roundings(const DotSet& set) {
  if (set.accumulate.policy == numerics::Accumulate::Serial) return {Rounding::Rne, Rounding::Rtz, Rounding::Rhu, Rounding::Rha};
  return {Rounding::Rne, Rounding::Rtz, Rounding::Rhu, Rounding::Rha, Rounding::Sr};
}

void expect_equal_run(DotUnit& unit, const DotSet& set, const std::vector<DotJob>& jobs, std::uint32_t stall_seed) {
  const auto results = run_unit(unit, set, jobs, stall_seed);
  int shown = 0;
  for (std::size_t j = 0; j < jobs.size() && shown < 5; ++j) {
    DotResult expected = run_model(set, jobs[j]);
    if (results[j] == expected) continue;
    ++shown;
    const auto& got = results[j].events;
    ADD_FAILURE() << describe(set, jobs[j]) << "\n  rtl " << std::hex << results[j].code << " model " << expected.code << std::dec
                  << "\n  events rtl " << got.saturation << ' ' << got.underflow << ' ' << got.overflow << ' ' << got.nar << ' '
                  << got.inexact << " model " << expected.events.saturation << ' ' << expected.events.underflow << ' '
                  << expected.events.overflow << ' ' << expected.events.nar << ' ' << expected.events.inexact << "\n  |m| rtl "
                  << results[j].magnitude << " model " << expected.magnitude;
  }
}

void expect_equal(DotUnit& unit, const DotSet& set, const std::vector<DotJob>& jobs, std::uint32_t stall_seed) {
  if (set.accumulate.policy != numerics::Accumulate::Serial) {
    expect_equal_run(unit, set, jobs, stall_seed);
    return;
  }
  for (const Rounding rounding : roundings(set)) {
    std::vector<DotJob> alike;
    std::copy_if(jobs.begin(), jobs.end(), std::back_inserter(alike), [&](const DotJob& job) { return job.rounding == rounding; });
    if (!alike.empty()) expect_equal_run(unit, set, alike, stall_seed);
  }
}

class Dot : public ::testing::TestWithParam<std::size_t> {
 protected:
  const DotSet& set_ = dot_sets()[GetParam()];
  std::unique_ptr<DotUnit> unit_ = set_.make();
  std::mt19937 random_{static_cast<std::uint32_t>(GetParam()) + 1};

  std::uint32_t draw() { return static_cast<std::uint32_t>(random_()); }
  std::uint32_t draw_code() {
    static thread_local std::vector<std::uint32_t> corners;
    static thread_local const DotSet* of = nullptr;
    if (of != &set_) {
      corners = corner_codes(set_.format);
      of = &set_;
    }
    return draw() % 3 == 0 ? corners[draw() % corners.size()] : draw() & mask_of(set_.format);
  }
  int draw_shift() { return static_cast<int>(draw() % 60) - 16; }
  DotJob draw_job(std::size_t length) {
    DotJob job;
    // Operands near each other in scale half of the time: sums that cancel.
    const std::uint32_t common = draw() & mask_of(set_.format);
    const bool clustered = draw() % 2 == 0;
    for (std::size_t k = 0; k < length; ++k) {
      job.a.push_back(clustered ? (common ^ (draw() & mask_of(set_.format) >> set_.format.bits / 2)) : draw_code());
      job.b.push_back(draw_code());
      if (k > 0 && draw() % 8 == 0) {
        job.a[k] = job.a[k - 1];
        job.b[k] = job.b[k - 1] ^ (mask_of(set_.format) / 2 + 1);
      }
    }
    if (draw() % 2 == 0) job.bias = draw_code();
    job.relu = draw() % 4 == 0;
    job.split = draw() % 4 == 0;
    if (set_.format.shared_exponent()) job.product_shift = draw_shift();
    if (set_.accumulate.policy == numerics::Accumulate::Blocked) job.bias_shift = draw_shift();
    if (set_.accumulate.policy == numerics::Accumulate::Exact && set_.format.shared_exponent()) {
      job.bias_shift = static_cast<int>(draw() % (draw() % 4 == 0 ? 60 : 16));
      job.raw = draw() % 2 == 0;
    }
    const auto modes = roundings(set_);
    job.rounding = modes[draw() % modes.size()];
    job.seed = draw();
    job.tensor = draw() % 100;
    job.index = draw() % 4 == 0 ? (std::uint64_t{draw()} << 32 | draw()) : draw();
    return job;
  }
};

TEST_P(Dot, EveryPairOfSmallCodes) {
  if (set_.format.bits > 8) GTEST_SKIP() << "more than 8 bits";
  std::vector<DotJob> jobs;
  const std::uint32_t last = mask_of(set_.format);
  const auto modes = roundings(set_);
  const int shift = set_.format.shared_exponent() ? set_.format.bits - 2 : 0;
  for (std::uint32_t a = 0; a <= last; ++a)
    for (std::uint32_t b = 0; b <= last; ++b) {
      DotJob job;
      job.a = {a};
      job.b = {b};
      job.product_shift = shift;
      job.rounding = modes[(a + b / 7) % modes.size()];
      job.index = a * 65536 + b;
      jobs.push_back(job);
    }
  expect_equal(*unit_, set_, jobs, 0);
}

TEST_P(Dot, CornerPairs) {
  const auto corners = corner_codes(set_.format);
  std::vector<DotJob> jobs;
  for (const auto a : corners)
    for (const auto b : corners) {
      if (corners.size() > 100 && draw() % 4 != 0) continue;
      DotJob job = draw_job(1);
      job.a = {a};
      job.b = {b};
      job.split = false;
      jobs.push_back(job);
    }
  expect_equal(*unit_, set_, jobs, 0);
}

TEST_P(Dot, RandomLengthsWithStalls) {
  std::vector<DotJob> jobs;
  for (int i = 0; i < 1500; ++i) jobs.push_back(draw_job(1 + draw() % (i % 50 == 0 ? 300 : 40)));
  expect_equal(*unit_, set_, jobs, 0);
  unit_->reset();
  jobs.resize(500);
  expect_equal(*unit_, set_, jobs, 7);
}

TEST_P(Dot, ResetInTheMiddle) {
  const std::vector<DotJob> jobs{draw_job(20), draw_job(5)};
  DotPinsIn pins;
  pins.valid = pins.load = pins.lane_valid = true;
  pins.a = pins.b = 3;
  for (int i = 0; i < 5; ++i) unit_->clock(pins);
  unit_->reset();
  expect_equal(*unit_, set_, jobs, 0);
}

INSTANTIATE_TEST_SUITE_P(Rtl, Dot, ::testing::Range(std::size_t{0}, dot_sets().size()),
                         [](const auto& test) { return dot_sets()[test.param].name; });

}  // namespace
}  // namespace binade::cosim
