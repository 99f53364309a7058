// SPDX-License-Identifier: Apache-2.0
// The array of the cycle core without its ports: skew and operand registers, PEs, drain chain or falling sums, partial-sum bank,
// lanes and deskew registers. Its state is a function of the beat only.
#pragma once

#include <memory>

#include "models/datapath/core.h"

namespace binade::datapath {

class CycleArray {
 public:
  virtual ~CycleArray() = default;
  virtual void reset() = 0;
  virtual void begin(const CoreCommand& command) = 0;
  /// The next bias vector, `cols` lanes.
  virtual void store_bias(const numerics::Code* lanes) = 0;
  /// One enabled clock with the vectors it takes (null: none). Returns the `cols` words of the vector whose last column leaves the
  /// deskew registers on this beat, meaningful when the sequencer says that the beat emits one.
  virtual const std::uint64_t* beat(const numerics::Code* a, const numerics::Code* b) = 0;
  /// Of the command so far.
  virtual const TileStats& stats() const = 0;
};

std::unique_ptr<CycleArray> make_cycle_array(const CoreConfig& config);

}  // namespace binade::datapath
