// SPDX-License-Identifier: Apache-2.0
// The accelerator without its simulation: each descriptor list is timed at once, from the timing function of the core, the length
// of vector operations, the addresses of loads and stores, and the DRAM's own timing. Core beats, traffic and events are those of a
// simulation of a run without values; total clocks differ a little, since transactions reach the bus in the order of their clocks,
// without its turns, and streams that a port slows down wait for the slowest of them alone.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "hw/config.h"
#include "hw/engines/store_plan.h"
#include "hw/memory/dram_timing.h"
#include "models/operations/vector_formats.h"
#include "models/spec/isa.h"
#include "sim/host/device.h"

namespace binade::sim {

class AnalyticDevice final : public Device {
 public:
  /// Of a run without values.
  explicit AnalyticDevice(const hw::PlatformConfig& config);

  void write_memory(std::uint64_t address, std::span<const std::byte> bytes) override;
  void read_memory(std::uint64_t address, std::span<std::byte> bytes) override;
  void run(std::uint64_t address, std::uint64_t count) override;
  void reset_stats() override {}
  TensorStats stats(std::size_t) override { return {}; }
  spec::Counters counters() const override;
  spec::ArithmeticCounts arithmetic() const override { return arithmetic_; }

 private:
  using Clock = std::uint64_t;
  static constexpr Clock kNever = ~Clock{0};
  using Words = std::span<const std::int64_t>;

  /// A descriptor that an engine has yet to begin.
  struct Command {
    spec::Header header;
    Words words;
    Clock fetched = 0;
  };
  using Tokens = std::deque<Clock>;
  /// Load (0), compute (1) or store (2).
  struct Engine {
    std::deque<Command> queue;
    Clock free = 0;
    bool busy = false;  ///< of load and store: bursts of the first command are under way
    Clock start = 0, last_issue = 0, port_free = 0, last_arrival = 0;
    std::vector<hw::DramSpan> bursts;
    std::size_t issued = 0;
    std::uint64_t bytes = 0, passed = 0, work = 0, worked = 0;
    std::deque<Clock> in_flight;
  };

  /// The list and how much of it has been asked for.
  struct Fetch {
    std::uint64_t address = 0;
    Words list;
    std::size_t done = 0;  ///< words
    Clock last_request = 0, last_dispatch = 0, popped = 0;
    std::deque<Clock> slots;  ///< when each of the blocks ahead is free again
  };

  Clock next_fetch() const;
  void fetch();
  Clock next_action(std::size_t engine) const;
  void act(std::size_t engine);
  void begin_transfer(Engine& engine, bool load);
  void issue(Engine& engine, bool load);
  void finish(std::size_t engine, Clock end);
  Clock compute(const Command& command);
  Clock compute(const spec::Gemm& gemm);
  Clock vector_clocks(std::uint64_t operations);
  Clock issue_clock(const Engine& engine, bool load) const;
  Clock transaction(Clock at, const hw::DramSpan& burst, bool write);
  std::uint64_t port_clocks(std::uint64_t bytes) const;

  /// Tokens that the engine waits for, and that it gives: of the one before it and the one behind it.
  Tokens& given_by(std::size_t giver, std::size_t taker) { return tokens_[giver][taker]; }
  Clock token_clock(std::size_t engine) const;

  const hw::PlatformConfig config_;
  const operations::FormatTable formats_;
  const std::int64_t period_ps_;
  std::optional<hw::DramTiming> dram_;
  std::map<std::uint64_t, std::vector<std::int64_t>> lists_;
  Fetch fetch_;
  std::array<Engine, 3> engines_;
  std::array<std::array<Tokens, 3>, 3> tokens_;
  Clock now_ = 0, finished_ = 0, data_free_ = 0;
  spec::Counters counters_;
  spec::ArithmeticCounts arithmetic_;
};

}  // namespace binade::sim
