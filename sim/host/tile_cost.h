// SPDX-License-Identifier: Apache-2.0
// Estimated clocks of a matrix product by its tile, in closed form: what a chooser ranks tiles by (docs/host.md, Tiles). Not the
// simulation: loads and stores are counted on average (tile_traffic.h), and nothing is known of addresses.
#pragma once

#include "hw/config.h"
#include "sim/host/tile_traffic.h"
#include "sim/host/tiling.h"

namespace binade::sim {

class TileCost {
 public:
  /// Both outlive it. The memory is not ideal.
  TileCost(const hw::PlatformConfig& config, const operations::GemmForm& form);

  struct Estimate {
    double core = 0;                      ///< clocks of all commands, waits for scratchpad ports included
    double memory = 0;                    ///< clocks of bus or DRAM, whichever has more
    double transactions = 0, bursts = 0;  ///< of loads and stores, on the bus and of the device
    double clocks = 0;                    ///< of the layer
    double score =
        0;  ///< clocks, and a twentieth of what is hidden behind them: traffic costs energy, and bursts of it are not hidden whole
  };
  Estimate operator()(const Tile& tile) const;

 private:
  struct Sum;
  Sum command(const Transfer& transfer, const TilePart& part) const;
  double core_clocks(const Tile& tile) const;
  Sum loads(const operations::Walk& walk, std::int64_t rows, std::int64_t row_tile, std::int64_t k_tile,
            std::int64_t element) const;

  const hw::PlatformConfig& config_;
  const GemmShape& shape_;
  operations::Walk a_, b_;
  operations::GemmTarget out_;
  BurstSizes sizes_;
  std::int64_t port_bytes_ = 1;  ///< of a scratchpad, a clock
  double burst_clocks_ = 0;      ///< of the device's data bus, all channels together
  double row_clocks_ = 0;        ///< of opening a set of rows, one in each bank group
  double turn_clocks_ = 0;       ///< what a write between two reads takes beside its data
  double latency_ = 0;           ///< clocks from a read's issue to its data
};

}  // namespace binade::sim
