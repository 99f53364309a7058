// SPDX-License-Identifier: Apache-2.0
// Real numbers in a row, asked for range by range: of values that are held in memory, or of a source that makes them at each
// request. A tensor that is larger than a few ranges then never exists in binary64 as a whole.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

namespace binade::numerics {

/// Makes numbers: draws them, decodes them, reads them.
class RealSource {
 public:
  virtual ~RealSource() = default;
  /// Numbers first .. first + out.size() - 1; finite, the same at every request.
  virtual void read(std::int64_t first, std::span<double> out) const = 0;
};

/// A view; what it looks at outlives it.
class Reals {
 public:
  /// Numbers that a pass over all of them takes at a time: 8 MiB.
  static constexpr std::int64_t kAtOnce = std::int64_t{1} << 20;

  Reals() = default;
  Reals(const RealSource& source, std::int64_t size) : source_(&source), size_(size) {}
  template <class Range>
  requires(!std::same_as<std::remove_cvref_t<Range>, Reals> && std::convertible_to<Range, std::span<const double>>)
      Reals(Range&& held)
      : held_(std::forward<Range>(held)), size_(static_cast<std::int64_t>(held_.size())) {}  // NOLINT: as a span

  std::int64_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  bool held() const { return source_ == nullptr; }

  /// Numbers first .. first + count - 1: a view of those that are held; others are read into `room`, and stay until its next use.
  std::span<const double> range(std::int64_t first, std::int64_t count, std::vector<double>& room) const {
    if (held()) return held_.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
    room.resize(static_cast<std::size_t>(count));
    source_->read(first, room);
    return room;
  }
  std::span<const double> all(std::vector<double>& room) const { return range(0, size_, room); }

  /// use(first, numbers) for consecutive ranges of up to kAtOnce.
  template <class Use>
  void each_range(Use use) const {
    std::vector<double> room;
    for (std::int64_t first = 0; first < size_; first += kAtOnce) use(first, range(first, std::min(kAtOnce, size_ - first), room));
  }

 private:
  std::span<const double> held_;
  const RealSource* source_ = nullptr;
  std::int64_t size_ = 0;
};

}  // namespace binade::numerics
