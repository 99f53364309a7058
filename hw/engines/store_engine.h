// SPDX-License-Identifier: Apache-2.0
// Scratchpad O to DRAM. Gathers each burst's elements through the scratchpad's read port, then writes it. Finish travels in
// the same queue and is reported when the engine reaches it.
#pragma once

#include <optional>

#include "hw/compute/scratchpad.h"
#include "hw/engines/dma_engine.h"

namespace binade::hw {

class StoreEngine : public DmaEngine {
 public:
  StoreEngine(sc_core::sc_module_name name, const Clock& clock, const PlatformConfig& config, EngineHooks hooks, Scratchpad& o,
              std::function<void()> on_finish);
  /// `from_compute`: results; `to_compute`: free output space.
  void connect(TokenQueue& from_compute, TokenQueue& to_compute);

 private:
  bool take_tokens(Cycle now) override;
  Cycle next_token() const override { return from_compute_->next_visible(); }
  bool plan() override;
  void give_tokens(Cycle now) override;
  std::string_view operation() const override { return is_finish() ? "Finish" : "Store"; }
  bool issue(std::size_t index, Cycle now) override;
  void arrived(std::uint64_t bytes, Cycle at) override;
  Cycle end_clock(Cycle now) const override;
  void complete(Cycle now) override;
  bool is_finish() const { return command_.header.opcode == static_cast<std::int64_t>(spec::Opcode::Finish); }

  Scratchpad& o_;
  const bool values_;
  std::function<void()> on_finish_;
  TokenQueue* from_compute_ = nullptr;
  TokenQueue* to_compute_ = nullptr;
  spec::Store store_;
  std::optional<StorePlan> plan_;
  std::uint64_t gathered_bytes_ = 0;
  std::size_t gathered_bursts_ = 0;
  Cycle gather_free_ = 0;  // the clock after the gather port's last work
  Cycle gather_work_ = 0;  // given out so far
  Cycle last_arrival_ = 0;
};

}  // namespace binade::hw
