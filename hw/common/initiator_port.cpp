// SPDX-License-Identifier: Apache-2.0
#include "hw/common/initiator_port.h"

#include <utility>

#include "models/numerics/error.h"

namespace binade::hw {

InitiatorPort::InitiatorPort(const char* name, Response on_response, std::function<void()> on_request_end)
    : socket(name), on_response_(std::move(on_response)), on_request_end_(std::move(on_request_end)) {
  socket.register_nb_transport_bw(this, &InitiatorPort::nb_transport_bw);
}

void InitiatorPort::send(tlm::tlm_generic_payload& payload, sc_core::sc_time delay) {
  if (request_open_) throw InvariantError("initiator port: BEGIN_REQ before END_REQ of the last request");
  request_open_ = true;
  open_ = &payload;
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  switch (socket->nb_transport_fw(payload, phase, delay)) {
    case tlm::TLM_ACCEPTED:
      return;
    case tlm::TLM_UPDATED:
      request_open_ = false;
      if (phase == tlm::BEGIN_RESP) {
        const sc_core::sc_time response_delay = delay;
        tlm::tlm_phase end = tlm::END_RESP;
        socket->nb_transport_fw(payload, end, delay);
        on_response_(payload, response_delay);
      }
      return;
    case tlm::TLM_COMPLETED:
      request_open_ = false;
      on_response_(payload, delay);
      return;
  }
}

tlm::tlm_sync_enum InitiatorPort::nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                                  sc_core::sc_time& delay) {
  // BEGIN_RESP without END_REQ implies it.
  const bool ends_request = request_open_ && open_ == &payload;
  if (ends_request) request_open_ = false;
  tlm::tlm_sync_enum answer = tlm::TLM_ACCEPTED;
  if (phase == tlm::BEGIN_RESP) {
    on_response_(payload, delay);
    phase = tlm::END_RESP;
    answer = tlm::TLM_COMPLETED;
  } else if (phase != tlm::END_REQ) {
    throw InvariantError("initiator port: a phase outside the base protocol on the backward path");
  }
  if (ends_request && on_request_end_) on_request_end_();
  return answer;
}

}  // namespace binade::hw
