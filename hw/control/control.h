// SPDX-License-Identifier: Apache-2.0
// The control unit: CSRs (csr.def), doorbell, interrupt and descriptor faults.
//
// CSR accesses are aligned 8-byte transactions without byte enables. Errors: TLM_ADDRESS_ERROR_RESPONSE for an address that
// is no register, TLM_BURST_ERROR_RESPONSE for another length, TLM_BYTE_ENABLE_ERROR_RESPONSE, TLM_COMMAND_ERROR_RESPONSE
// for writing a read-only or reading a write-only register.
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <functional>

#include "hw/common/clock.h"
#include "hw/compute/exponent_unit.h"
#include "hw/engines/engine.h"
#include "models/spec/isa.h"

namespace binade::hw {

class Control : public sc_core::sc_module {
 public:
  struct Actions {
    std::function<void(std::uint64_t base, std::uint64_t count)> begin_run;
    std::function<Cycle()> dry_from;  ///< the clock from which fetch and engines have run dry; kNever before
    std::function<void()> end_run;
    std::function<void()> flush;  ///< on a fault
  };
  Control(sc_core::sc_module_name name, const Clock& clock, ExponentUnit& exponent_unit);
  void connect(Actions actions) { actions_ = std::move(actions); }

  tlm_utils::simple_target_socket<Control> csr_tsock;
  sc_core::sc_out<bool> irq_o;

  /// The store engine has reached Finish.
  void finish_reached();
  void fault(const Fault& fault);
  /// An engine ran dry.
  void engine_idle();

  /// The first fault of the last run; an empty reason when there was none.
  const Fault& last_fault() const { return fault_; }
  const spec::Counters& counters() const { return counters_; }

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_generic_payload& payload);
  tlm::tlm_response_status access(tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay);
  std::uint64_t read(spec::Csr csr) const;
  void write(spec::Csr csr, std::uint64_t value, const sc_core::sc_time& delay);
  void doorbell();
  void step();
  void update_irq() { irq_changed_.notify(sc_core::SC_ZERO_TIME); }
  void drive_irq();  // the one driver of irq_o

  const Clock& clock_;
  ExponentUnit& exponent_unit_;
  Actions actions_;
  Waker waker_;
  sc_core::sc_event doorbell_rung_, irq_changed_;
  std::uint64_t descriptor_base_ = 0, descriptor_count_ = 0;
  bool interrupt_enable_ = false, interrupt_pending_ = false, busy_ = false, faulted_ = false;
  bool finishing_ = false;
  Fault fault_;
  Cycle started_ = 0;
  spec::Counters counters_;
};

}  // namespace binade::hw
