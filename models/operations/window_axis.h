// SPDX-License-Identifier: Apache-2.0
// One side of the windows over an image: where they begin, and which of their elements lie where.
#pragma once

#include <algorithm>
#include <cstdint>

namespace binade::operations {

/// Rows or columns of an image and the padding around it, from `low` to below `high`: the image's begin at 0.
struct Stretch {
  std::int64_t low = 0, high = 0;
  bool operator==(const Stretch&) const = default;
};

struct WindowAxis {
  std::int64_t size = 1;     ///< of the image
  std::int64_t windows = 1;  ///< how many
  std::int64_t kernel = 1, stride = 1, dilation = 1, pad = 0;

  /// Elements `begin` .. `end` - 1 of a window.
  struct Part {
    std::int64_t begin = 0, end = 0;
    std::int64_t count() const { return end - begin; }
  };
  /// Where the window's first element lies.
  std::int64_t start(std::int64_t window) const { return window * stride - pad; }
  /// Its elements that lie in the stretch.
  Part within(std::int64_t window, Stretch stretch) const {
    const std::int64_t first = start(window);
    const std::int64_t skipped = first >= stretch.low ? 0 : std::min((stretch.low - first + dilation - 1) / dilation, kernel);
    const std::int64_t reached = first >= stretch.high ? 0 : std::min((stretch.high - 1 - first) / dilation + 1, kernel);
    return {skipped, std::max(skipped, reached)};
  }
  /// Its elements that are pixels.
  Part inside(std::int64_t window) const { return within(window, {0, size}); }
};

}  // namespace binade::operations
