// SPDX-License-Identifier: Apache-2.0
#include "hw/bus/bus.h"

#include <algorithm>
#include <string>

#include "models/numerics/error.h"

namespace binade::hw {

using spec::Counter;

Bus::Bus(sc_core::sc_module_name name, const Clock& clock, const BusConfig& config, bool ideal, int masters)
    : sc_module(name),
      host_tsock("host_tsock"),
      csr_isock("csr_isock"),
      clock_(clock),
      config_(config),
      ideal_(ideal),
      masters_(static_cast<std::size_t>(masters)),
      memory_(
          "memory_isock",
          [this](tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay) { on_memory_response(payload, delay); },
          [this] { waker_.wake_at(clock_.now()); }),
      waker_(clock) {
  for (int i = 0; i < masters; ++i) {
    auto& socket = masters_[static_cast<std::size_t>(i)].socket;
    socket = std::make_unique<TargetSocket>(("master_tsock_" + std::to_string(i)).c_str());
    socket->register_nb_transport_fw(this, &Bus::nb_transport_fw, i);
  }
  host_tsock.register_b_transport(this, &Bus::b_transport);
  host_tsock.register_transport_dbg(this, &Bus::transport_dbg);
  SC_HAS_PROCESS(Bus);
  SC_METHOD(tick);
  sensitive << waker_.event();
  dont_initialize();
}

Cycle Bus::beats(std::uint64_t bytes) const {
  const auto width = static_cast<std::uint64_t>(config_.bytes_per_cycle);
  return (bytes + width - 1) / width;
}

Cycle Bus::reserve_data(Cycle now, std::uint64_t bytes) {
  if (ideal_) return now;
  data_free_ = std::max(now, data_free_) + beats(bytes);
  counters_[Counter::BusBusy] += beats(bytes);
  return data_free_;
}

tlm::tlm_sync_enum Bus::nb_transport_fw(int master, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                        sc_core::sc_time& delay) {
  Master& from = masters_[static_cast<std::size_t>(master)];
  if (phase == tlm::END_RESP) {
    from.response_open = false;
    waker_.wake_at(clock_.now());
    return tlm::TLM_COMPLETED;
  }
  if (phase != tlm::BEGIN_REQ) throw InvariantError("bus: a phase outside the base protocol on the forward path");
  if (payload.get_address() >= kMemoryWindow || payload.get_data_length() > kMemoryWindow - payload.get_address()) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return tlm::TLM_COMPLETED;
  }
  payload.acquire();
  routes_[&payload] = master;
  if (ideal_ && memory_.can_send() && sends_.empty()) return forward_at_once(payload, phase, delay);
  from.requests.push_back({&payload, clock_.edge_after(delay)});
  waker_.wake_at(from.requests.back().arrival + (ideal_ ? 0 : 1));
  phase = tlm::END_REQ;
  return tlm::TLM_UPDATED;
}

tlm::tlm_sync_enum Bus::forward_at_once(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  at_once_ = &payload;
  memory_.send(payload, delay);
  if (at_once_) {
    at_once_ = nullptr;
    phase = tlm::END_REQ;
    return tlm::TLM_UPDATED;
  }
  if (payload.is_response_ok()) counters_[Counter::BusBytes] += payload.get_data_length();
  delay = at_once_delay_;
  routes_.erase(&payload);
  payload.release();
  return tlm::TLM_COMPLETED;
}

void Bus::on_memory_response(tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay) {
  if (at_once_ == &payload) {
    at_once_ = nullptr;
    at_once_delay_ = delay;
    return;
  }
  responses_.push({clock_.edge_after(delay), sequence_++, &payload});
  waker_.wake_at(responses_.top().at);
}

void Bus::tick() {
  const Cycle now = clock_.now();
  while (!responses_.empty() && responses_.top().at <= now) {
    tlm::tlm_generic_payload& payload = *responses_.top().payload;
    responses_.pop();
    take_response(payload, now);
  }
  for (Master& master : masters_) deliver(master);
  if (ideal_ || last_grant_ != now) grant(now);
  while (!sends_.empty() && sends_.top().at <= now && memory_.can_send()) {
    tlm::tlm_generic_payload& payload = *sends_.top().payload;
    sends_.pop();
    memory_.send(payload, sc_core::SC_ZERO_TIME);
  }
  if (!responses_.empty()) waker_.wake_at(responses_.top().at);
  if (!sends_.empty() && memory_.can_send()) waker_.wake_at(sends_.top().at);
  if (std::any_of(masters_.begin(), masters_.end(), [](const Master& m) { return !m.requests.empty(); })) {
    waker_.wake_at(now + 1);
  }
}

void Bus::grant(Cycle now) {
  for (std::size_t i = 0; i < masters_.size(); ++i) {
    const std::size_t index = (next_master_ + i) % masters_.size();
    auto& requests = masters_[index].requests;
    if (ideal_) {
      for (; !requests.empty() && requests.front().arrival <= now; requests.pop_front()) {
        sends_.push({now, sequence_++, requests.front().payload});
      }
      continue;
    }
    if (requests.empty() || requests.front().arrival >= now) continue;
    tlm::tlm_generic_payload& payload = *requests.front().payload;
    requests.pop_front();
    const Cycle on_path = payload.is_write() ? reserve_data(now, payload.get_data_length()) : now + 1;
    sends_.push({on_path - 1 + static_cast<Cycle>(config_.latency_cycles), sequence_++, &payload});
    next_master_ = (index + 1) % masters_.size();
    last_grant_ = now;
    return;
  }
}

void Bus::take_response(tlm::tlm_generic_payload& payload, Cycle now) {
  Cycle arrival = now;
  if (payload.is_response_ok()) {
    counters_[Counter::BusBytes] += payload.get_data_length();
    if (payload.is_read()) arrival = reserve_data(now, payload.get_data_length());
  }
  if (!ideal_) arrival += static_cast<Cycle>(config_.latency_cycles);
  const auto route = routes_.find(&payload);
  Master& master = masters_[static_cast<std::size_t>(route->second)];
  routes_.erase(route);
  master.responses.push_back({&payload, arrival});
}

void Bus::deliver(Master& master) {
  while (!master.responses.empty() && !master.response_open) {
    const Request response = master.responses.front();
    master.responses.pop_front();
    tlm::tlm_phase phase = tlm::BEGIN_RESP;
    sc_core::sc_time delay = clock_.until(response.arrival);
    const auto answer = (*master.socket)->nb_transport_bw(*response.payload, phase, delay);
    master.response_open = answer == tlm::TLM_ACCEPTED;
    response.payload->release();
  }
}

void Bus::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const std::uint64_t address = payload.get_address();
  if (!ideal_) delay += clock_.span(2 * static_cast<Cycle>(config_.latency_cycles) + beats(payload.get_data_length()));
  payload.set_dmi_allowed(false);
  if (address < kMemoryWindow) {
    memory_.socket->b_transport(payload, delay);
  } else if (address - kCsrBase < kCsrWindow) {
    payload.set_address(address - kCsrBase);
    csr_isock->b_transport(payload, delay);
    payload.set_address(address);
  } else {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  }
  payload.set_dmi_allowed(false);
}

unsigned Bus::transport_dbg(tlm::tlm_generic_payload& payload) {
  const std::uint64_t address = payload.get_address();
  if (address < kMemoryWindow) return memory_.socket->transport_dbg(payload);
  if (address - kCsrBase >= kCsrWindow) return 0;
  payload.set_address(address - kCsrBase);
  const unsigned bytes = csr_isock->transport_dbg(payload);
  payload.set_address(address);
  return bytes;
}

}  // namespace binade::hw
