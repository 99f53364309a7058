// SPDX-License-Identifier: Apache-2.0
// The core behind its clocked process: one method steps the injected Core as far as it says nothing outside can change,
// a clock at a time for stepped cores, to the end of the tile for the fast one.
#pragma once

#include <functional>
#include <memory>

#include "hw/common/clock.h"
#include "hw/compute/exponent_unit.h"
#include "hw/compute/tile_streams.h"
#include "models/spec/arithmetic_counts.h"

namespace binade::hw {

class CoreUnit : public sc_core::sc_module {
 public:
  CoreUnit(sc_core::sc_module_name name, const Clock& clock, std::unique_ptr<datapath::Core> core, Scratchpad& a, Scratchpad& b,
           Scratchpad& o, ExponentUnit& exponent_unit, bool counts_operands);

  const datapath::CoreConfig& config() const { return core_->config(); }
  /// Starts a tile on this clock; `on_done` is called on its last one. Precondition: idle.
  void start(const spec::Gemm& gemm, std::function<void()> on_done);
  /// Of the tile that runs, or ran last.
  int mode() const { return static_cast<int>(gemm_.mode); }
  const spec::Counters& counters() const { return counters_; }
  /// macs, psum_accesses, outputs, beats, out_vectors and b_elements of counters(), by mode; and the sums over operands, where they
  /// are counted.
  const spec::ArithmeticCounts& arithmetic() const { return counts_; }

 private:
  void step();
  void complete();
  void count_operands();

  const Clock& clock_;
  std::unique_ptr<datapath::Core> core_;
  Scratchpad& a_;
  Scratchpad& b_;
  Scratchpad& o_;
  ExponentUnit& exponent_unit_;
  const bool counts_operands_;
  ScratchpadStreams streams_;
  sc_core::sc_event started_;
  std::function<void()> on_done_;
  spec::Gemm gemm_;
  std::uint64_t clocks_ = 0;  // of the step under way
  bool running_ = false;
  spec::Counters counters_;
  spec::ArithmeticCounts counts_;
};

}  // namespace binade::hw
