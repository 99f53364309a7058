// SPDX-License-Identifier: Apache-2.0
#include "hw/memory/dram.h"

#include <vector>

#include "hw/bus/address_map.h"
#include "models/numerics/error.h"

namespace binade::hw {

using spec::Counter;

Dram::Dram(sc_core::sc_module_name name, const DramConfig& config, bool ideal)
    : sc_module(name),
      mem_tsock("mem_tsock"),
      capacity_bytes_(ideal ? kMemoryWindow : static_cast<std::uint64_t>(config.capacity_bytes)) {
  if (!ideal) {
    const DramPreset& preset = dram_preset(config.preset);
    timing_.emplace(preset, dram_channels(preset, config.channels));
  }
  mem_tsock.register_nb_transport_fw(this, &Dram::nb_transport_fw);
  mem_tsock.register_b_transport(this, &Dram::b_transport);
  mem_tsock.register_transport_dbg(this, &Dram::transport_dbg);
  mem_tsock.register_get_direct_mem_ptr(this, &Dram::get_direct_mem_ptr);
}

spec::Counters Dram::counters() {
  spec::Counters counters;
  counters[Counter::DramReadBytes] = read_bytes_;
  counters[Counter::DramWriteBytes] = write_bytes_;
  if (timing_) {
    timing_->settle(static_cast<Picoseconds>(sc_core::sc_time_stamp().value()));
    const DramActivity& activity = timing_->activity();
    counters[Counter::DramReadBursts] = activity.read_bursts;
    counters[Counter::DramWriteBursts] = activity.write_bursts;
    counters[Counter::DramActivates] = activity.activates;
    counters[Counter::DramRowHits] = activity.row_hits;
    counters[Counter::DramRefreshes] = activity.refreshes;
    counters[Counter::DramActivePs] = static_cast<std::uint64_t>(activity.active);
  }
  return counters;
}

tlm::tlm_sync_enum Dram::nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  if (phase != tlm::BEGIN_REQ) throw InvariantError("dram: a phase outside the base protocol on the forward path");
  b_transport(payload, delay);
  return tlm::TLM_COMPLETED;
}

void Dram::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  payload.set_dmi_allowed(false);
  if (!check(payload)) return;
  transfer(payload);
  const std::uint64_t bytes = payload.get_data_length();
  (payload.is_write() ? write_bytes_ : read_bytes_) += bytes;
  if (!timing_) return;
  const auto arrival = static_cast<Picoseconds>((sc_core::sc_time_stamp() + delay).value());
  const Picoseconds end = timing_->access(arrival, payload.get_address(), bytes, payload.is_write());
  delay += sc_core::sc_time::from_value(static_cast<std::uint64_t>(end - arrival));
}

bool Dram::in_range(const tlm::tlm_generic_payload& payload) const {
  return payload.get_address() < capacity_bytes_ && payload.get_data_length() <= capacity_bytes_ - payload.get_address();
}

bool Dram::check(tlm::tlm_generic_payload& payload) const {
  if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) {
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    return false;
  }
  if (payload.get_data_length() == 0 || payload.get_streaming_width() < payload.get_data_length()) {
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return false;
  }
  if (payload.get_byte_enable_ptr() && payload.get_byte_enable_length() == 0) {
    payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    return false;
  }
  if (!in_range(payload)) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return false;
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  return true;
}

void Dram::transfer(tlm::tlm_generic_payload& payload) {
  if (payload.get_data_ptr() == nullptr) return;
  const std::span<std::byte> data{reinterpret_cast<std::byte*>(payload.get_data_ptr()), payload.get_data_length()};
  const std::uint64_t address = payload.get_address();
  const unsigned char* enables = payload.get_byte_enable_ptr();
  if (!enables) {
    if (payload.is_write()) {
      memory_.write(address, data);
    } else {
      memory_.read(address, data);
    }
    return;
  }
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (enables[i % payload.get_byte_enable_length()] != TLM_BYTE_ENABLED) continue;
    if (payload.is_write()) {
      memory_.write(address + i, data.subspan(i, 1));
    } else {
      memory_.read(address + i, data.subspan(i, 1));
    }
  }
}

unsigned Dram::transport_dbg(tlm::tlm_generic_payload& payload) {
  if (payload.get_command() == tlm::TLM_IGNORE_COMMAND || !in_range(payload)) return 0;
  transfer(payload);
  return payload.get_data_length();
}

bool Dram::get_direct_mem_ptr(tlm::tlm_generic_payload&, tlm::tlm_dmi& dmi) {
  dmi.allow_read_write();
  dmi.set_start_address(0);
  dmi.set_end_address(~sc_dt::uint64{0});
  return false;
}

}  // namespace binade::hw
