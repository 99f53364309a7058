// SPDX-License-Identifier: Apache-2.0
// The vector unit: one operation, chain or pass of windows at a time, latency + ceil(element operations / lanes) clocks. Its
// arithmetic and the operations of each op are models/operations/vector_ops.h's, those of chains models/operations/chain's, those
// of windows models/operations/window_record.h's and window_arithmetic.h's.
#pragma once

#include <functional>
#include <variant>

#include "hw/common/clock.h"
#include "hw/common/trace.h"
#include "hw/compute/exponent_unit.h"
#include "hw/compute/scratchpad.h"
#include "models/operations/chain/chain_arithmetic.h"
#include "models/operations/chain/chain_record.h"
#include "models/operations/vector_ops.h"
#include "models/operations/window_arithmetic.h"
#include "models/spec/arithmetic_counts.h"

namespace binade::hw {

class VectorUnit : public sc_core::sc_module {
 public:
  VectorUnit(sc_core::sc_module_name name, const Clock& clock, const PlatformConfig& config, Scratchpad& a, Scratchpad& b,
             Scratchpad& o, ExponentUnit& exponent_unit, WorkHook work);

  /// Starts an operation on this clock; `on_done` is called on its last one. Precondition: idle.
  void start(const spec::Vector& command, std::function<void()> on_done);
  void start(const spec::Chain& command, std::function<void()> on_done);
  void start(const spec::Windows& command, std::function<void()> on_done);
  const spec::Counters& counters() const { return counters_; }
  /// vector_operations of counters(), by format.
  const spec::ArithmeticCounts& arithmetic() const { return counts_; }

 private:
  /// `operations`: of all elements.
  void begin(std::uint64_t operations, std::function<void()> on_done);
  void complete();
  void carry_out(const spec::Vector& command);
  void carry_out(const operations::PlacedChain& chain);
  void carry_out(const spec::Windows& command);

  const Clock& clock_;
  const VectorConfig config_;
  const bool values_;
  const operations::FormatTable formats_;
  operations::VectorArithmetic arithmetic_;
  operations::ChainArithmetic chain_arithmetic_;
  operations::WindowArithmetic window_arithmetic_;
  Scratchpad& a_;
  Scratchpad& b_;
  Scratchpad& o_;
  ExponentUnit& exponent_unit_;
  const WorkHook work_;
  sc_core::sc_event done_;
  std::function<void()> on_done_;
  std::variant<spec::Vector, operations::PlacedChain, spec::Windows> command_;
  spec::Counters counters_;
  spec::ArithmeticCounts counts_;
};

}  // namespace binade::hw
