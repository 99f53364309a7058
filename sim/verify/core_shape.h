// SPDX-License-Identifier: Apache-2.0
// The pins of the core (docs/rtl/core.md), shared by its model and its stimuli.
#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include "models/datapath/dataflow/dataflow.h"
#include "rtl/cosim/core_ports.h"
#include "sim/verify/event_pins.h"
#include "sim/verify/operand_stream.h"

namespace binade::verify {

inline constexpr std::size_t kFields = rtl::kCommandFields.size();

struct CoreShape {
  datapath::CoreConfig config;
  std::size_t reset = 0, command_valid = 0, overlap = 0, full_edge = 0, a_valid = 0, a = 0, b_valid = 0, b = 0, out_ready = 0,
              bin = 0;
  std::array<std::size_t, kFields> command{};
  std::size_t command_ready = 0, a_ready = 0, b_ready = 0, out_valid = 0, out = 0, done = 0, bin_count = 0;
  std::array<std::size_t, rtl::kClocksPorts.size()> clocks{};
  std::array<std::size_t, rtl::kStatsPorts.size()> stats{};
  EventClasses event_classes;

  const datapath::DataflowRules& rules() const { return datapath::rules_of(config); }
};

/// Tiles of a product: a few blocks of the array's rows and columns each, and all of K.
OperandItems core_items_of(const CoreShape& shape, const programs::ProductOperands& operands);
std::unique_ptr<Stimulus> make_core_operand_stimulus(const CoreShape& shape, const OperandBlock& block);

}  // namespace binade::verify
