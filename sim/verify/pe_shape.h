// SPDX-License-Identifier: Apache-2.0
// The pins of a processing element (docs/rtl/pe.md), shared by its model and its stimuli.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "models/datapath/core_config.h"
#include "sim/verify/event_pins.h"
#include "sim/verify/float_steps.h"
#include "sim/verify/operand_stream.h"

namespace binade::verify {

/// First words of the pins; kNone where the datapath lacks one.
struct PePins {
  static constexpr std::size_t kNone = ~std::size_t{0};
  std::size_t reset = 0, enable = 0, valid = 0, load = 0, close = kNone, a = 0, b = 0, shift = kNone, rounding = kNone, state = 0;
  std::size_t next = 0, state_out = 0, events = 0, more_events = kNone;
};

struct PeShape {
  numerics::OperandFormats formats;
  numerics::AccumulateSpec accumulate;
  datapath::Datapath datapath = datapath::Datapath::FlexPe;
  int latency = 1, state_bits = 0;
  PePins pins;
  EventClasses events;
  std::size_t operand_classes = 0;  ///< of a; those of b follow
  std::size_t control_classes = 0, step_classes = 0;
  std::optional<FloatSteps> steps;  ///< where sums are rounded

  std::size_t state_words() const { return static_cast<std::size_t>(state_bits + 63) / 64; }
  bool is_float() const { return datapath == datapath::Datapath::FloatPe; }
};

/// Sums of a product, one after another: each begins with a load of what sums start from, and takes its k products in order.
std::unique_ptr<Stimulus> make_pe_operand_stimulus(const PeShape& shape, const OperandBlock& block);

}  // namespace binade::verify
