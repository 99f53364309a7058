// SPDX-License-Identifier: Apache-2.0
// A descriptor list under construction. Descriptors are added in program order with the earlier descriptors they must wait
// for; finish() turns those dependences into the fewest tokens between neighbouring queues.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "models/spec/isa.h"

namespace binade::sim {

class Schedule {
 public:
  using Id = std::size_t;
  static constexpr Id kNone = static_cast<Id>(-1);

  explicit Schedule(std::int64_t layer) : layer_(layer) {}

  /// Each returns the new descriptor's identity; `after` lists descriptors of neighbouring queues (kNone is ignored): a load
  /// waits for computes, a compute for loads and stores, a store for computes.
  Id load(const spec::Load& record, std::span<const Id> after);
  Id load_walk(const spec::LoadWalk& record, std::span<const Id> after);
  Id gemm(const spec::Gemm& record, std::span<const Id> after);
  Id vector(const spec::Vector& record, std::span<const Id> after);
  Id chain(const spec::Chain& record, std::span<const Id> after);
  Id windows(const spec::Windows& record, std::span<const Id> after);
  Id store(const spec::Store& record, std::span<const Id> after);

  std::size_t size() const { return entries_.size(); }
  /// The list, block by block, with its tokens and a Finish at its end. Every token given is taken, so no token outlives the list.
  std::vector<spec::DescriptorWords> finish() const;

 private:
  enum class Queue : std::uint8_t { Load, Compute, Store };
  struct Entry {
    Queue queue;
    std::vector<spec::DescriptorWords> blocks;
    std::vector<Id> after;
  };
  template <class Record>
  Id append(Queue queue, spec::Opcode opcode, const Record& record, std::span<const Id> after);
  void tokens(Queue waiting, Queue giving, std::vector<spec::Header>& headers) const;

  std::int64_t layer_;
  std::vector<Entry> entries_;
};

}  // namespace binade::sim
