// SPDX-License-Identifier: Apache-2.0
// The initiator side of the TLM-2.0 base protocol, non-blocking: one request phase at a time, every legal answer of a target
// (TLM_ACCEPTED, TLM_UPDATED with END_REQ or BEGIN_RESP, TLM_COMPLETED, responses on the backward path) reduced to one callback.
#pragma once

#include <tlm.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <functional>

namespace binade::hw {

class InitiatorPort {
 public:
  using Response = std::function<void(tlm::tlm_generic_payload&, const sc_core::sc_time& delay)>;

  /// `on_response`: the response phase begins `delay` from now; may be called from inside send(). `on_request_end`: the
  /// request phase that send() left open has ended.
  InitiatorPort(const char* name, Response on_response, std::function<void()> on_request_end);

  /// False between BEGIN_REQ and END_REQ (the request exclusion rule).
  bool can_send() const { return !request_open_; }
  /// Sends BEGIN_REQ. Precondition: can_send().
  void send(tlm::tlm_generic_payload& payload, sc_core::sc_time delay);

  tlm_utils::simple_initiator_socket<InitiatorPort> socket;

 private:
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay);

  Response on_response_;
  std::function<void()> on_request_end_;
  tlm::tlm_generic_payload* open_ = nullptr;  // the payload whose request phase is open
  bool request_open_ = false;
};

}  // namespace binade::hw
