// SPDX-License-Identifier: Apache-2.0
// A shift register whose contents lie contiguously in memory: element d is what entered d shifts ago. Shifting moves a window
// through a longer buffer, so a shift costs one store and, now and then, one copy of the window.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace binade::datapath {

/// `lanes` shift registers of `depth` elements that shift together.
template <class T>
class DelayLines {
 public:
  DelayLines(std::size_t lanes, std::size_t depth, T idle)
      : lanes_(lanes), depth_(depth), stride_(kWindows * depth), idle_(idle), values_(lanes * stride_, idle) {
    clear();
  }

  void clear() {
    std::fill(values_.begin(), values_.end(), idle_);
    head_ = stride_ - depth_;
  }
  /// One shift of every lane; element 0 of each is to be set by the caller.
  void shift() {
    if (head_ == 0) {
      head_ = stride_ - depth_ + 1;
      for (std::size_t lane = 0; lane < lanes_; ++lane) {
        T* const base = values_.data() + lane * stride_;
        std::copy_n(base, depth_ - 1, base + head_);
      }
    }
    --head_;
  }
  T* operator[](std::size_t lane) { return values_.data() + lane * stride_ + head_; }
  const T* operator[](std::size_t lane) const { return values_.data() + lane * stride_ + head_; }

 private:
  static constexpr std::size_t kWindows = 8;
  std::size_t lanes_, depth_, stride_;
  std::size_t head_ = 0;
  T idle_;
  std::vector<T> values_;
};

}  // namespace binade::datapath
