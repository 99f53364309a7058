// SPDX-License-Identifier: Apache-2.0
// The DRAM behind the bus: storage and timing as a TLM-2.0 target. It answers BEGIN_REQ by early completion
// (TLM_COMPLETED, the whole latency annotated). Byte enables are honoured; DMI is refused; streaming is an error. A transaction
// without a data pointer takes its time and moves nothing (PlatformConfig::values).
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <optional>

#include "hw/config.h"
#include "hw/memory/dram_timing.h"
#include "hw/memory/sparse_memory.h"
#include "models/spec/counters.h"

namespace binade::hw {

class Dram : public sc_core::sc_module {
 public:
  /// `ideal`: no latency, no capacity limit within the bus's window.
  Dram(sc_core::sc_module_name name, const DramConfig& config, bool ideal);

  tlm_utils::simple_target_socket<Dram> mem_tsock;

  /// Refreshes up to the present included.
  spec::Counters counters();

 private:
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay);
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_generic_payload& payload);
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  /// Sets the response status; false when there is nothing to do.
  bool check(tlm::tlm_generic_payload& payload) const;
  void transfer(tlm::tlm_generic_payload& payload);
  bool in_range(const tlm::tlm_generic_payload& payload) const;

  const std::uint64_t capacity_bytes_;
  std::optional<DramTiming> timing_;  // absent when ideal
  SparseMemory memory_;
  std::uint64_t read_bytes_ = 0, write_bytes_ = 0;
};

}  // namespace binade::hw
