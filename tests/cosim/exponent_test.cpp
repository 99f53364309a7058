// SPDX-License-Identifier: Apache-2.0
// The exponent unit against the exponent managers of the golden model.
#include <Vexponent.h>
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <random>

#include "models/exponent/autoflex.h"
#include "models/exponent/dfp.h"
#include "models/exponent/sdfp.h"

namespace binade::cosim {
namespace {

class ExponentUnit : public ::testing::Test {
 protected:
  static constexpr int kLanes = 4;
  VerilatedContext context_;
  Vexponent unit_{&context_};
  std::mt19937 random_{1};

  std::uint32_t draw() { return static_cast<std::uint32_t>(random_()); }
  void SetUp() override {
    unit_.rst_ni = 1;
    unit_.eval();
    unit_.rst_ni = 0;
    unit_.eval();
    clock();
    unit_.rst_ni = 1;
  }
  void TearDown() override { unit_.final(); }
  /// One rising edge; pulses end after it.
  void clock() {
    unit_.clk_i = 0;
    unit_.eval();
    unit_.clk_i = 1;
    unit_.eval();
    unit_.clear_i = unit_.valid_i = unit_.init_i = unit_.record_i = unit_.predict_i = unit_.choose_i = 0;
  }
  /// Streams a tensor through the statistics port.
  void stream(const std::vector<std::uint16_t>& magnitudes, bool histogram) {
    unit_.clear_i = 1;
    clock();
    unit_.histogram_i = histogram;
    for (std::size_t i = 0; i < magnitudes.size();) {
      unit_.lane_i = 0;
      unit_.overflow_i = 0;
      std::uint64_t lanes = std::uint64_t{draw()} << 32 | draw();  // lanes out of use carry anything
      for (int lane = 0; lane < kLanes && i < magnitudes.size(); ++lane) {
        if (draw() % 4 == 0) continue;
        unit_.lane_i |= static_cast<std::uint8_t>(1 << lane);
        lanes = (lanes & ~(std::uint64_t{0xffff} << 16 * lane)) | std::uint64_t{magnitudes[i]} << 16 * lane;
        if (magnitudes[i] >= 0x7fff) unit_.overflow_i |= static_cast<std::uint8_t>(1 << lane);
        ++i;
      }
      unit_.magnitude_i = lanes;
      unit_.valid_i = draw() % 3 != 0;
      if (unit_.valid_i == 0) i -= static_cast<std::size_t>(std::popcount(static_cast<unsigned>(unit_.lane_i)));
      clock();
    }
  }
  static int bias_of(unsigned pins) { return pins >= 4 ? static_cast<int>(pins) - 8 : static_cast<int>(pins); }
  int exponent() const { return static_cast<std::int8_t>(unit_.exponent_o); }
};

TEST_F(ExponentUnit, StatisticsOfATensor) {
  for (int round = 0; round < 50; ++round) {
    std::vector<std::uint16_t> magnitudes(1 + draw() % 200);
    const unsigned narrow = draw() % 16;
    for (auto& m : magnitudes) m = static_cast<std::uint16_t>(draw() % 65536U >> (draw() % 2 != 0 ? narrow : 0));
    stream(magnitudes, true);
    std::uint64_t largest = 0, overflows = 0;
    std::array<std::uint64_t, 64> bins{};
    for (const auto m : magnitudes) {
      largest = std::max<std::uint64_t>(largest, m);
      overflows += m >= 0x7fff;
      if (m != 0) ++bins[static_cast<std::size_t>(std::bit_width(m) - 1)];
    }
    EXPECT_EQ(unit_.max_abs_o, largest);
    EXPECT_EQ(unit_.overflows_o, overflows);
    for (std::size_t bin = 0; bin < bins.size(); ++bin) {
      unit_.bin_i = static_cast<std::uint8_t>(bin);
      unit_.eval();
      EXPECT_EQ(unit_.bin_count_o, bins[bin]) << "bin " << bin;
    }
    EXPECT_EQ(static_cast<std::int8_t>(unit_.dfp_shift_o), exponent::dfp_exponent(largest, 0, 16));
  }
}

TEST_F(ExponentUnit, HistogramKeepsStillWhereItIsOff) {
  stream({1, 2, 3}, false);
  for (int bin = 0; bin < 64; ++bin) {
    unit_.bin_i = static_cast<std::uint8_t>(bin);
    unit_.eval();
    EXPECT_EQ(unit_.bin_count_o, 0U);
  }
}

/// Three interleaved histories of each preset: tensors that grow, shrink, overflow, stay zero.
TEST_F(ExponentUnit, PredictsAsTheIntegerRule) {
  for (const auto* preset : {"paper", "ngraph"}) {
    for (int round = 0; round < 6; ++round) {
      auto parameters = exponent::autoflex_preset(preset, 16);
      if (round >= 3) {  // other multiples of 1/256
        parameters.alpha = (1 + draw() % 1024) / 256.0;
        parameters.beta = (draw() % 2048) / 256.0;
        parameters.gamma = (draw() % 65536) / 256.0;
      }
      unit_.alpha_i = static_cast<std::uint32_t>(parameters.alpha * 256);
      unit_.beta_i = static_cast<std::uint32_t>(parameters.beta * 256);
      unit_.gamma_i = static_cast<std::uint32_t>(parameters.gamma * 256);
      std::vector<exponent::Autoflex> models;
      for (std::uint8_t tensor = 0; tensor < 3; ++tensor) {
        const int start = -static_cast<int>(draw() % 33);
        models.emplace_back(parameters, start);
        unit_.tensor_i = tensor;
        unit_.init_i = 1;
        unit_.exponent_i = static_cast<std::uint8_t>(start);
        clock();
      }
      for (int touch = 0; touch < 200; ++touch) {
        const auto tensor = static_cast<std::uint8_t>(draw() % 3);
        auto& model = models[tensor];
        unit_.tensor_i = tensor;
        if (draw() % 8 != 0) {  // otherwise: a prediction without a new touch
          const auto kind = draw() % 16;
          const auto max_abs = kind == 0   ? std::uint16_t{0}
                               : kind == 1 ? static_cast<std::uint16_t>(0x7ffe + draw() % 3)
                               : kind < 6  ? static_cast<std::uint16_t>(draw() % 32768U >> draw() % 15)
                                           : static_cast<std::uint16_t>(8192 + draw() % 16384);
          stream({max_abs}, false);
          unit_.tensor_i = tensor;
          const auto before = model.overflows();
          model.record(max_abs);
          unit_.record_i = 1;
          clock();
          EXPECT_EQ(unit_.overflow_o != 0, model.overflows() != before);
        }
        // Every prediction is infrequent or none is; the model counts predictions against the global age.
        const bool infrequent = parameters.infrequent_rule && touch < 100;
        const int expected = model.predict(infrequent ? std::uint64_t{1} << 40 : 0);
        unit_.infrequent_i = infrequent;
        unit_.predict_i = 1;
        clock();
        int clocks = 1;
        while (unit_.predicted_o == 0 && clocks < 10000) {
          clock();
          ++clocks;
        }
        ASSERT_LT(clocks, 10000);
        ASSERT_EQ(exponent(), expected) << preset << " round " << round << " touch " << touch << " tensor " << int{tensor};
      }
    }
  }
}

TEST_F(ExponentUnit, ChoosesTheBiasOfItsHistogram) {
  for (int round = 0; round < 100; ++round) {
    std::vector<std::uint16_t> magnitudes(1 + draw() % 400);
    const unsigned tail = draw() % 12, spread = 1 + draw() % 4;
    for (auto& m : magnitudes) m = static_cast<std::uint16_t>(draw() % 65536U >> std::min(15U, tail + draw() % spread));
    stream(magnitudes, true);
    exponent::LeadingBitHistogram histogram{};
    for (const auto m : magnitudes)
      if (m != 0) ++histogram[static_cast<std::size_t>(std::bit_width(m) - 1)];
    unit_.choose_i = 1;
    clock();
    for (int clocks = 0; unit_.chosen_o == 0; ++clocks) {
      ASSERT_LT(clocks, 20000);
      clock();
    }
    ASSERT_EQ(bias_of(unit_.bias_o), exponent::choose_sdfp_bias(histogram, 16));
  }
}

/// Histograms as long-tailed tensors have them: each octave below the top holds some multiple of the one above.
TEST_F(ExponentUnit, ChoosesEveryBias) {
  std::array<int, 4> chosen{};
  for (int round = 0; round < 1000; ++round) {
    exponent::LeadingBitHistogram histogram{};
    const auto top = static_cast<int>(draw() % 64);
    double count = 1 + draw() % 4;
    const double growth = 1 + draw() % 900 / 100.0;
    for (int bin = top; bin >= 0 && count < 0x1p38; --bin, count *= growth)
      if (draw() % 8 != 0) histogram[static_cast<std::size_t>(bin)] = static_cast<std::uint64_t>(count);
    if (round == 0) histogram = {};
    const int expected = exponent::choose_sdfp_bias(histogram, 8);
    unit_.alone_start_i = 1;
    for (int clocks = 0; clocks == 0 || unit_.alone_done_o == 0; ++clocks) {
      ASSERT_LT(clocks, 20000);
      // The read port answers within the clock.
      unit_.eval();
      unit_.alone_count_i = histogram[unit_.alone_bin_o];
      clock();
      unit_.alone_start_i = 0;
      unit_.alone_count_i = histogram[unit_.alone_bin_o];
    }
    ASSERT_EQ(bias_of(unit_.alone_bias_o), expected) << "round " << round;
    ++chosen[static_cast<std::size_t>(-expected)];
    clock();
  }
  for (const int times : chosen) EXPECT_GT(times, 0);
}

}  // namespace
}  // namespace binade::cosim
