// SPDX-License-Identifier: Apache-2.0
// The interconnect: engines to memory (non-blocking, arbitrated, one shared data path), host to CSRs and memory (blocking).
//
// An engine's request is granted at the earliest one clock after it arrives; one grant per clock, round robin. A write's
// data cross with the request, a read's data with the response; the data path carries bytes_per_cycle a clock. Each
// direction takes latency_cycles. When ideal, requests and responses pass in zero time.
// Any base-protocol memory may be bound to memory_socket().
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <deque>
#include <memory>
#include <queue>
#include <unordered_map>
#include <vector>

#include "hw/bus/address_map.h"
#include "hw/common/clock.h"
#include "hw/common/initiator_port.h"
#include "hw/config.h"
#include "models/spec/counters.h"

namespace binade::hw {

class Bus : public sc_core::sc_module {
 public:
  using TargetSocket = tlm_utils::simple_target_socket_tagged<Bus>;

  Bus(sc_core::sc_module_name name, const Clock& clock, const BusConfig& config, bool ideal, int masters);

  TargetSocket& master_socket(int master) { return *masters_[static_cast<std::size_t>(master)].socket; }
  auto& memory_socket() { return memory_.socket; }
  tlm_utils::simple_target_socket<Bus> host_tsock;
  tlm_utils::simple_initiator_socket<Bus> csr_isock;

  const spec::Counters& counters() const { return counters_; }

 private:
  struct Request {
    tlm::tlm_generic_payload* payload;
    Cycle arrival;
  };
  struct Due {
    Cycle at;
    std::uint64_t sequence;
    tlm::tlm_generic_payload* payload;
    bool operator>(const Due& other) const { return at != other.at ? at > other.at : sequence > other.sequence; }
  };
  using DueQueue = std::priority_queue<Due, std::vector<Due>, std::greater<>>;
  struct Master {
    std::unique_ptr<TargetSocket> socket;
    std::deque<Request> requests;
    std::deque<Request> responses;  // arrival: the clock on which the response reaches the engine
    bool response_open = false;     // between BEGIN_RESP and END_RESP
  };

  tlm::tlm_sync_enum nb_transport_fw(int master, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay);
  tlm::tlm_sync_enum forward_at_once(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay);
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_generic_payload& payload);
  void on_memory_response(tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay);

  void tick();
  void grant(Cycle now);
  void take_response(tlm::tlm_generic_payload& payload, Cycle now);
  void deliver(Master& master);
  Cycle beats(std::uint64_t bytes) const;
  /// Occupies the data path for `bytes` from the first free clock on; returns the clock after the last beat.
  Cycle reserve_data(Cycle now, std::uint64_t bytes);

  const Clock& clock_;
  const BusConfig config_;
  const bool ideal_;
  std::vector<Master> masters_;
  InitiatorPort memory_;
  Waker waker_;
  spec::Counters counters_;
  std::unordered_map<tlm::tlm_generic_payload*, int> routes_;
  DueQueue sends_;      // granted, on their way to memory
  DueQueue responses_;  // from memory
  std::uint64_t sequence_ = 0;
  std::size_t next_master_ = 0;
  Cycle last_grant_ = kNever;
  Cycle data_free_ = 0;
  tlm::tlm_generic_payload* at_once_ = nullptr;  // being forwarded in zero time; null once its response came
  sc_core::sc_time at_once_delay_;
};

}  // namespace binade::hw
