// SPDX-License-Identifier: Apache-2.0
// A Device that executes descriptors literally, element by element and untimed. Its three queues advance in a random order
// that only tokens and queue depth restrain, so a schedule that lacks a dependence computes garbage sooner or later. The oracle
// of the platform's engines and of the host's lowering.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <unordered_map>
#include <vector>

#include "hw/config.h"
#include "models/numerics/accumulator.h"
#include "models/numerics/uint128.h"
#include "models/operations/chain/chain_record.h"
#include "models/operations/vector_ops.h"
#include "models/spec/isa.h"
#include "sim/host/device.h"

namespace binade::tests {

class LiteralDevice : public sim::Device {
 public:
  LiteralDevice(const hw::PlatformConfig& config, std::uint64_t seed);

  void write_memory(std::uint64_t address, std::span<const std::byte> bytes) override;
  void read_memory(std::uint64_t address, std::span<std::byte> bytes) override;
  /// Throws InvariantError on deadlock, tokens left over, addresses outside a scratchpad, and what the platform would fault.
  void run(std::uint64_t address, std::uint64_t count) override;
  void reset_stats() override { stats_ = {}, further_stats_ = {}; }
  sim::TensorStats stats(std::size_t result) override { return result == 0 ? stats_ : further_stats_.at(result - 1); }
  spec::Counters counters() const override { return counters_; }

 private:
  enum Queue : std::size_t { kLoad, kCompute, kStore };
  // Sum of one output element between the tiles of a split K.
  struct Partial {
    std::unique_ptr<numerics::Accumulator> accumulator;  ///< formats rounded by the core
    std::int64_t raw = 0;                                ///< dfp, sdfp
  };

  bool try_execute(Queue queue);
  void execute(const spec::WideWords& words);
  void execute(const spec::Load& load);
  void execute(const spec::LoadWalk& load);
  /// Element (i, j) of a load's tile, in the padding or `element` elements from its DRAM base.
  template <class Record>
  void load_element(const Record& load, std::int64_t i, std::int64_t j, bool inside, std::int64_t element);
  void execute(const spec::Gemm& gemm);
  void execute(const spec::Vector& vector);
  void execute(const spec::Chain& record);
  void execute(const spec::Windows& record);
  void execute(const spec::Store& store);
  std::uint64_t finish(const spec::Gemm& gemm, Partial& partial, std::int64_t i, std::int64_t j);
  void accumulate_raw(Partial& partial, numerics::Int128 term);
  void add_events(const numerics::Events& events);

  std::span<std::byte> scratchpad(std::size_t which, std::int64_t base, std::int64_t bytes);
  std::uint64_t word_at(std::size_t which, std::int64_t base, std::int64_t element, int element_bytes);
  numerics::Code code_at(std::size_t which, std::int64_t base, std::int64_t element, const numerics::FormatSpec& format);

  const hw::PlatformConfig config_;
  datapath::CoreConfig core_;  ///< in the mode of the last Gemm
  const operations::FormatTable formats_;
  operations::VectorArithmetic vector_unit_;
  std::mt19937_64 order_;
  std::unordered_map<std::uint64_t, std::vector<std::byte>> pages_;
  std::array<std::vector<std::byte>, 3> scratchpads_;
  std::array<std::deque<spec::WideWords>, 3> queues_;
  std::array<std::uint64_t, 3> to_next_{}, to_prev_{};  ///< tokens given by queue i to its neighbours and not yet taken
  bool finished_ = false;
  std::map<std::pair<std::int64_t, std::int64_t>, Partial> partials_;
  sim::TensorStats stats_;
  std::array<sim::TensorStats, operations::kChainResults - 1> further_stats_;  ///< of chains
  spec::Counters counters_;
};

}  // namespace binade::tests
