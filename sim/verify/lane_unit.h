// SPDX-License-Identifier: Apache-2.0
// A lane's pins and what one clock's inputs say of an element: shared by its model and its stimulus.
#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "models/datapath/core_config.h"
#include "models/numerics/accumulator.h"
#include "sim/verify/event_pins.h"

namespace binade::verify {

enum LaneControl : std::size_t {
  kLaneNoBias,
  kLaneBias,
  kLaneReluClears,
  kLaneReluKeeps,
  kLaneRaw,
  kLaneCloses,
  kLaneBubbles,
  kLaneFrozen,
  kLaneResets,
  kLaneControls
};
inline constexpr std::uint64_t kLaneRoundings = 5;

/// First words of the pins; kNone where the datapath lacks one.
struct LanePins {
  static constexpr std::size_t kNone = ~std::size_t{0};
  std::size_t reset = 0, enable = 0, valid = 0, state = 0, bias_valid = 0, bias = 0, relu = 0;
  std::size_t shift = kNone;       ///< product_shift_i, shift_i
  std::size_t bias_shift = kNone;  ///< bias_shift_i, bias_left_i
  std::size_t raw = kNone, rounding = kNone, key = kNone, index = kNone;
  std::size_t valid_out = 0, word = 0, magnitude = kNone, overflow = kNone, events = 0, bias_events = kNone, block_events = kNone;
};

/// An element's inputs.
struct LaneElement {
  std::vector<std::uint64_t> state;
  bool bias_valid = false, relu = false, raw = false;
  numerics::Code bias = 0;
  int product_shift = 0, bias_shift = 0;  ///< as make_accumulator takes them
  int bias_left = 0;                      ///< dfp: one bias LSB is 2^bias_left accumulator LSBs
  numerics::Rounding rounding = numerics::Rounding::Rne;
  std::uint32_t random = 0;
};

struct LaneShape {
  numerics::OperandFormats formats;
  numerics::AccumulateSpec accumulate;
  datapath::Datapath datapath{};
  int accumulator_bits = 0, state_bits = 0;
  LanePins pins;
  std::vector<numerics::Rounding> modes;  ///< of those that vectors go through
  std::size_t control_classes = 0, rounding_classes = 0;
  EventClasses output_classes, bias_classes, block_classes;

  /// Of what the lane stores, and of the bias.
  const numerics::FormatSpec& format() const { return formats.out; }
  bool is_flex() const { return datapath == datapath::Datapath::FlexPe; }
  /// dfp_lane, and not dfp_float_lane.
  bool stores_integers() const { return datapath == datapath::Datapath::DfpPe && !formats.integers_to_float(); }
  bool is_serial() const { return accumulate.policy == numerics::Accumulate::Serial; }
  std::size_t state_words() const { return static_cast<std::size_t>(state_bits + 63) / 64; }
  /// Rounding modes that rounding_i may name, from 0 on; 1 where there is no such port.
  std::uint64_t roundings() const { return is_flex() ? 1 : is_serial() ? kLaneRoundings - 1 : kLaneRoundings; }
  bool draws(numerics::Rounding mode) const { return std::find(modes.begin(), modes.end(), mode) != modes.end(); }
  /// Formats of the two codes that an exhaustive run goes through: factors of a product or, where the state is a code itself, its
  /// and the bias's.
  std::pair<const numerics::FormatSpec&, const numerics::FormatSpec&> exhausted() const {
    return is_serial() ? std::pair<const numerics::FormatSpec&, const numerics::FormatSpec&>(formats.out, formats.out)
                       : std::pair<const numerics::FormatSpec&, const numerics::FormatSpec&>(formats.a, formats.b);
  }
  bool is_negative(const std::vector<std::uint64_t>& state) const;
  bool has_open_block(const std::vector<std::uint64_t>& state) const;
  LaneElement element_of(const std::vector<std::uint64_t>& in) const;
  std::unique_ptr<numerics::Accumulator> accumulator(const LaneElement& element) const;
};

}  // namespace binade::verify
