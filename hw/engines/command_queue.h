// SPDX-License-Identifier: Apache-2.0
// Queues between the fetch unit and an engine, and of dependency tokens between engines. Both are registered: what is
// pushed on one clock is seen from the next clock on, so the order of processes within a clock cannot matter.
#pragma once

#include <cstdint>
#include <deque>

#include "hw/common/clock.h"
#include "models/spec/isa.h"

namespace binade::hw {

/// A descriptor on its way through an engine.
struct Command {
  std::uint64_t address = 0;  ///< in DRAM
  spec::Header header;
  spec::WideWords words{};  ///< the first of them, where the opcode says so
};

class CommandQueue {
 public:
  CommandQueue(int depth, Waker& consumer) : depth_(static_cast<std::size_t>(depth)), consumer_(consumer) {}

  /// A slot freed on this clock is not free yet.
  bool full(Cycle now) const { return entries_.size() + (popped_at_ == now ? popped_ : 0) >= depth_; }
  bool popped_on(Cycle now) const { return popped_at_ == now; }
  void push(const Command& command, Cycle now) {
    entries_.push_back({command, now + 1});
    consumer_.wake_at(now + 1);
  }
  /// Null when nothing is visible on this clock.
  const Command* front(Cycle now) const {
    return entries_.empty() || entries_.front().visible > now ? nullptr : &entries_.front().command;
  }
  void pop(Cycle now) {
    entries_.pop_front();
    popped_ = popped_at_ == now ? popped_ + 1 : 1;
    popped_at_ = now;
  }
  /// The clock on which the first entry becomes visible; kNever when empty.
  Cycle next_visible() const { return entries_.empty() ? kNever : entries_.front().visible; }
  bool empty() const { return entries_.empty(); }
  void clear() { entries_.clear(); }

 private:
  struct Entry {
    Command command;
    Cycle visible;
  };
  std::size_t depth_;
  Waker& consumer_;
  std::deque<Entry> entries_;
  Cycle popped_at_ = kNever;
  std::size_t popped_ = 0;
};

class TokenQueue {
 public:
  explicit TokenQueue(Waker& consumer) : consumer_(consumer) {}
  void push(Cycle now) {
    visible_.push_back(now + 1);
    consumer_.wake_at(now + 1);
  }
  /// False when no token is visible on this clock.
  bool take(Cycle now) {
    if (visible_.empty() || visible_.front() > now) return false;
    visible_.pop_front();
    return true;
  }
  Cycle next_visible() const { return visible_.empty() ? kNever : visible_.front(); }
  void clear() { visible_.clear(); }

 private:
  Waker& consumer_;
  std::deque<Cycle> visible_;
};

}  // namespace binade::hw
