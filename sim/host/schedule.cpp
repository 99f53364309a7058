// SPDX-License-Identifier: Apache-2.0
#include "sim/host/schedule.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "models/numerics/error.h"

namespace binade::sim {

using spec::DescriptorWords;
using spec::Header;
using spec::Opcode;

template <class Record>
Schedule::Id Schedule::append(Queue queue, Opcode opcode, const Record& record, std::span<const Id> after) {
  const auto words = spec::pack(Header{.opcode = static_cast<std::int64_t>(opcode), .layer = layer_}, record);
  Entry entry{queue, std::vector<DescriptorWords>(sizeof words / spec::kDescriptorBytes), {}};
  std::memcpy(entry.blocks.data(), words.data(), sizeof words);
  for (const Id id : after) {
    if (id == kNone) continue;
    const bool neighbour =
        id < entries_.size() && entries_[id].queue != queue && (queue == Queue::Compute || entries_[id].queue == Queue::Compute);
    if (!neighbour)
      throw InvariantError("schedule: descriptor " + std::to_string(entries_.size()) + " cannot wait for " + std::to_string(id));
    entry.after.push_back(id);
  }
  entries_.push_back(std::move(entry));
  return entries_.size() - 1;
}

Schedule::Id Schedule::load(const spec::Load& record, std::span<const Id> after) {
  return append(Queue::Load, Opcode::Load, record, after);
}
Schedule::Id Schedule::load_walk(const spec::LoadWalk& record, std::span<const Id> after) {
  return append(Queue::Load, Opcode::LoadWalk, record, after);
}
Schedule::Id Schedule::gemm(const spec::Gemm& record, std::span<const Id> after) {
  return append(Queue::Compute, Opcode::Gemm, record, after);
}
Schedule::Id Schedule::vector(const spec::Vector& record, std::span<const Id> after) {
  return append(Queue::Compute, Opcode::Vector, record, after);
}
Schedule::Id Schedule::chain(const spec::Chain& record, std::span<const Id> after) {
  return append(Queue::Compute, Opcode::Chain, record, after);
}
Schedule::Id Schedule::windows(const spec::Windows& record, std::span<const Id> after) {
  return append(Queue::Compute, Opcode::Windows, record, after);
}
Schedule::Id Schedule::store(const spec::Store& record, std::span<const Id> after) {
  return append(Queue::Store, Opcode::Store, record, after);
}

// Queues work in order, so waiting for a descriptor implies waiting for all before it in its queue. Going through the waiting
// queue in order, only a target later than every earlier target needs a token: given when the target is done, taken by the
// waiter. Tokens are counted, so the i-th taken is the i-th given, which is the one meant because targets increase.
void Schedule::tokens(Queue waiting, Queue giving, std::vector<Header>& headers) const {
  bool any = false;
  Id reached = 0;
  for (Id i = 0; i < entries_.size(); ++i) {
    if (entries_[i].queue != waiting) continue;
    bool waits = false;
    Id target = 0;
    for (const Id id : entries_[i].after)
      if (entries_[id].queue == giving) {
        target = std::max(target, id);
        waits = true;
      }
    if (!waits || (any && target <= reached)) continue;
    any = true;
    reached = target;
    const bool from_before = giving < waiting;
    (from_before ? headers[i].pop_prev : headers[i].pop_next) = 1;
    (from_before ? headers[target].push_next : headers[target].push_prev) = 1;
  }
}

std::vector<DescriptorWords> Schedule::finish() const {
  std::vector<Header> headers;
  headers.reserve(entries_.size());
  for (const Entry& entry : entries_) headers.push_back(spec::unpack_header(entry.blocks.front()));
  tokens(Queue::Load, Queue::Compute, headers);
  tokens(Queue::Compute, Queue::Load, headers);
  tokens(Queue::Compute, Queue::Store, headers);
  tokens(Queue::Store, Queue::Compute, headers);
  std::vector<DescriptorWords> list;
  list.reserve(entries_.size() + 1);
  for (Id i = 0; i < entries_.size(); ++i) {
    const std::vector<DescriptorWords>& blocks = entries_[i].blocks;
    list.insert(list.end(), blocks.begin(), blocks.end());
    std::memcpy(list[list.size() - blocks.size()].data(), &headers[i], sizeof headers[i]);
  }
  list.push_back(spec::pack(Header{.opcode = static_cast<std::int64_t>(Opcode::Finish), .layer = layer_}, spec::Store{}));
  return list;
}

}  // namespace binade::sim
