// SPDX-License-Identifier: Apache-2.0
// The exponent unit's statistics port: what the lanes and the vector unit report about stored integers, kept over the tiles
// of a tensor until StatReset, and their numeric events, kept for good.
#pragma once

#include <systemc>

#include "models/datapath/core.h"

namespace binade::hw {

class ExponentUnit : public sc_core::sc_module {
 public:
  explicit ExponentUnit(sc_core::sc_module_name name) : sc_module(name) {}

  void accumulate(const datapath::TileStats& tile) {
    tensor_ += tile;
    events_ += tile.events;
  }
  void reset() { tensor_ = {}; }
  const datapath::TileStats& tensor() const { return tensor_; }
  const numerics::Events& events() const { return events_; }

 private:
  datapath::TileStats tensor_;
  numerics::Events events_;
};

}  // namespace binade::hw
