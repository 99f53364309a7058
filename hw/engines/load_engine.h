// SPDX-License-Identifier: Apache-2.0
// DRAM to scratchpads A and B: fetches a tile's spans into the row buffer and scatters its elements, im2col included.
// The scatter keeps pace with the data: after a fraction of the bursts, that fraction of the tile has been written.
#pragma once

#include <memory>

#include "hw/compute/scratchpad.h"
#include "hw/engines/dma_engine.h"
#include "hw/engines/tile_plan.h"

namespace binade::hw {

class LoadEngine : public DmaEngine {
 public:
  /// `from_compute`: free buffers; `to_compute`: loaded tiles.
  LoadEngine(sc_core::sc_module_name name, const Clock& clock, const PlatformConfig& config, EngineHooks hooks, Scratchpad& a,
             Scratchpad& b);
  void connect(TokenQueue& from_compute, TokenQueue& to_compute);

 private:
  bool take_tokens(Cycle now) override;
  Cycle next_token() const override { return from_compute_->next_visible(); }
  bool plan() override;
  void give_tokens(Cycle now) override;
  std::string_view operation() const override { return "Load"; }
  bool issue(std::size_t index, Cycle now) override;
  void arrived(std::uint64_t bytes, Cycle at) override;
  Cycle end_clock(Cycle now) const override;
  void complete(Cycle now) override;
  template <class Plan, class Record>
  bool make_plan();

  Scratchpad& a_;
  Scratchpad& b_;
  const bool values_;
  const std::uint64_t most_bytes_;  // that a tile may fetch: what DRAM holds
  TokenQueue* from_compute_ = nullptr;
  TokenQueue* to_compute_ = nullptr;
  Scratchpad* scratchpad_ = nullptr;  // of the load under way, and the first byte of its place
  std::int64_t scratchpad_base_ = 0;
  std::unique_ptr<TilePlan> plan_;
  std::vector<std::byte> row_buffer_;
  std::uint64_t arrived_bytes_ = 0;
  Cycle scattered_ = 0;     // work clocks given out so far
  Cycle scatter_free_ = 0;  // the clock after the last of them
};

}  // namespace binade::hw
