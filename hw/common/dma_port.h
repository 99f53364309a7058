// SPDX-License-Identifier: Apache-2.0
// An engine's port to memory: pooled payloads, a bound on transactions in flight, completions ordered by clock.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "hw/common/clock.h"
#include "hw/common/initiator_port.h"

namespace binade::hw {

class DmaPort : public tlm::tlm_mm_interface {
 public:
  struct Completion {
    Cycle at = 0;  ///< the clock on which data are in the engine (read) or the write is acknowledged
    std::uint64_t bytes = 0;
    std::uint64_t address = 0;
    bool ok = true;  ///< false: the target answered with an error
  };

  /// `waker` is woken for completions and when a request phase ends.
  DmaPort(const char* name, const Clock& clock, Waker& waker, int outstanding);

  bool can_issue() const { return in_flight_ < outstanding_ && port_.can_send(); }
  /// Precondition: can_issue(). `data` stays valid until the completion is collected; null: nothing is moved.
  void issue(bool write, std::uint64_t address, std::byte* data, std::uint64_t bytes);
  /// Takes one completion that is due by `now`.
  bool collect(Cycle now, Completion& completion);
  /// The clock of the next known completion; kNever when none is known.
  Cycle next_completion() const { return completions_.empty() ? kNever : completions_.front().at; }
  int in_flight() const { return in_flight_; }

  auto& socket() { return port_.socket; }

 private:
  void free(tlm::tlm_generic_payload* payload) override;
  void on_response(tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay);

  const Clock& clock_;
  Waker& waker_;
  int outstanding_;
  int in_flight_ = 0;
  InitiatorPort port_;
  std::vector<Completion> completions_;  // min-heap by (at, address)
  std::vector<std::unique_ptr<tlm::tlm_generic_payload>> payloads_;
  std::vector<tlm::tlm_generic_payload*> idle_payloads_;
};

}  // namespace binade::hw
