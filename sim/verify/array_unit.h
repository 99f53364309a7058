// SPDX-License-Identifier: Apache-2.0
// The pins of systolic_array, shared by its model and its stimulus.
#pragma once

#include <memory>

#include "models/datapath/dataflow/dataflow.h"
#include "sim/verify/event_pins.h"
#include "sim/verify/unit.h"

namespace binade::verify {

/// First words of the pins.
struct ArrayPins {
  std::size_t reset = 0, clear = 0, beat = 0, full = 0, product_shift = 0;
  std::size_t a_valid = 0, a = 0, r = 0, c = 0, charged_r = 0, first_k = 0, last_k = 0, first = 0, last = 0, phase = 0, index = 0;
  std::size_t b_valid = 0, b = 0, b_row = 0;
  std::size_t chain_load = 0, chain_r = 0;
  std::size_t out = 0, events = 0;
};

struct ArrayShape {
  datapath::CoreConfig config;
  int bank_rows = 1;  ///< ws: m of a tile that needs partial sums
  int state_bits = 0;
  int row_bits = 0, col_bits = 0, phase_bits = 0, bank_bits = 0;
  ArrayPins pins;
  std::size_t control_classes = 0;
  EventClasses events;

  const numerics::OperandFormats& formats() const { return config.format; }
  bool sums_stay() const { return datapath::rules_of(config).sums_stay(); }
  bool has_blocks() const { return config.accumulate.policy == numerics::Accumulate::Blocked; }
  int stages() const { return config.pe_latency - 1; }
  std::size_t state_words() const { return static_cast<std::size_t>(state_bits + 63) / 64; }
};

std::unique_ptr<Stimulus> make_array_stimulus(const ArrayShape& shape, const Block& block);

}  // namespace binade::verify
