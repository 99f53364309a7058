// SPDX-License-Identifier: Apache-2.0
// The exponent unit's statistics port: what the lanes and the vector unit report about stored integers, kept over the tiles
// of a tensor until StatReset, and their numeric events, kept for good. A chain has several results, each with statistics of its
// own; everything else is result 0.
#pragma once

#include <algorithm>
#include <array>
#include <systemc>

#include "models/datapath/core.h"
#include "models/operations/chain/chain_record.h"

namespace binade::hw {

class ExponentUnit : public sc_core::sc_module {
 public:
  explicit ExponentUnit(sc_core::sc_module_name name) : sc_module(name) {}

  void accumulate(const datapath::TileStats& tile, std::size_t result = 0) {
    results_.at(result) += tile;
    events_ += tile.events;
  }
  void reset() { results_ = {}; }
  /// CSR StatResult. Beyond the last one: the last one.
  void select(std::uint64_t result) { selected_ = std::min<std::uint64_t>(result, results_.size() - 1); }
  std::uint64_t selected() const { return selected_; }
  const datapath::TileStats& tensor() const { return results_[selected_]; }
  const numerics::Events& events() const { return events_; }

 private:
  std::array<datapath::TileStats, operations::kChainResults> results_;
  std::uint64_t selected_ = 0;
  numerics::Events events_;
};

}  // namespace binade::hw
