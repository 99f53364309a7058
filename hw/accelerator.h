// SPDX-License-Identifier: Apache-2.0
// The accelerator: control, fetch, the three engines, scratchpads, core, vector and exponent units, bound together. Outside
// it sees a CSR target, three memory initiators and an interrupt.
#pragma once

#include <memory>

#include "hw/control/control.h"
#include "hw/control/fetch.h"
#include "hw/engines/compute_engine.h"
#include "hw/engines/load_engine.h"
#include "hw/engines/store_engine.h"

namespace binade::hw {

class Accelerator : public sc_core::sc_module {
 public:
  /// Memory masters, in the bus's order.
  enum Master : int { kFetchMaster, kLoadMaster, kStoreMaster, kMasters };

  /// `core` has config.core's configuration. `trace` and `vector_work` (the vector unit's) may be empty.
  Accelerator(sc_core::sc_module_name name, const Clock& clock, const PlatformConfig& config, std::unique_ptr<datapath::Core> core,
              const TraceCallback& trace, const WorkHook& vector_work);

  auto& csr_tsock() { return control_.csr_tsock; }
  sc_core::sc_out<bool>& irq_o() { return control_.irq_o; }
  auto& fetch_isock() { return fetch_.memory_isock(); }
  auto& load_isock() { return load_.memory_isock(); }
  auto& store_isock() { return store_.memory_isock(); }

  spec::Counters counters() const;
  spec::ArithmeticCounts arithmetic() const;
  const Fault& last_fault() const { return control_.last_fault(); }
  /// What each engine is doing, for a deadlock's message.
  std::string activity() const;

 private:
  EngineHooks hooks(const TraceCallback& trace);
  void begin_run(std::uint64_t base, std::uint64_t count);

  ExponentUnit exponent_unit_;
  Control control_;
  Scratchpad a_, b_, o_;
  CoreUnit core_;
  VectorUnit vector_;
  LoadEngine load_;
  ComputeEngine compute_;
  StoreEngine store_;
  Fetch fetch_;
  TokenQueue load_to_compute_, compute_to_load_, compute_to_store_, store_to_compute_;
};

}  // namespace binade::hw
