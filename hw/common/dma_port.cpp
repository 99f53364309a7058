// SPDX-License-Identifier: Apache-2.0
#include "hw/common/dma_port.h"

#include <algorithm>
#include <tuple>

namespace binade::hw {
namespace {

bool later(const DmaPort::Completion& a, const DmaPort::Completion& b) {
  return std::tie(a.at, a.address) > std::tie(b.at, b.address);
}

}  // namespace

DmaPort::DmaPort(const char* name, const Clock& clock, Waker& waker, int outstanding)
    : clock_(clock),
      waker_(waker),
      outstanding_(outstanding),
      port_(
          name, [this](tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay) { on_response(payload, delay); },
          [this] { waker_.wake_at(clock_.now() + 1); }) {}

void DmaPort::issue(bool write, std::uint64_t address, std::byte* data, std::uint64_t bytes) {
  if (idle_payloads_.empty()) {
    payloads_.push_back(std::make_unique<tlm::tlm_generic_payload>(this));
    idle_payloads_.push_back(payloads_.back().get());
  }
  tlm::tlm_generic_payload& payload = *idle_payloads_.back();
  idle_payloads_.pop_back();
  payload.acquire();
  payload.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
  payload.set_address(address);
  payload.set_data_ptr(reinterpret_cast<unsigned char*>(data));
  payload.set_data_length(static_cast<unsigned>(bytes));
  payload.set_streaming_width(static_cast<unsigned>(bytes));
  payload.set_byte_enable_ptr(nullptr);
  payload.set_byte_enable_length(0);
  payload.set_dmi_allowed(false);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  ++in_flight_;
  port_.send(payload, sc_core::SC_ZERO_TIME);
}

void DmaPort::on_response(tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay) {
  Completion completion;
  completion.at = clock_.edge_after(delay);
  completion.bytes = payload.get_data_length();
  completion.address = payload.get_address();
  completion.ok = payload.is_response_ok();
  completions_.push_back(completion);
  std::push_heap(completions_.begin(), completions_.end(), later);
  waker_.wake_at(completion.at);
  payload.release();
}

bool DmaPort::collect(Cycle now, Completion& completion) {
  if (completions_.empty() || completions_.front().at > now) return false;
  std::pop_heap(completions_.begin(), completions_.end(), later);
  completion = completions_.back();
  completions_.pop_back();
  --in_flight_;
  return true;
}

void DmaPort::free(tlm::tlm_generic_payload* payload) {
  payload->reset();
  idle_payloads_.push_back(payload);
}

}  // namespace binade::hw
