// SPDX-License-Identifier: Apache-2.0
// Windows over planes of an image (docs/platform.md, Windows) on exact values: seen from the pixel, which asks every window for its
// place in it.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/oracle/reference/value.h"

namespace binade::oracle {

/// Windows along one side of an image. Element r of window i is pixel i*stride + r*dilation - pad, or padding.
struct WindowSide {
  std::int64_t size = 1, windows = 1, kernel = 1, stride = 1, dilation = 1, pad = 0;
  std::int64_t count_low = 0, count_high = 1;  ///< what counts for a divisor: elements at count_low .. count_high - 1

  /// Which element of the window the pixel is; -1: none.
  std::int64_t element_of(std::int64_t window, std::int64_t pixel) const;
  std::int64_t counted(std::int64_t window) const;
};

struct WindowImage {
  std::int64_t planes = 1;
  WindowSide vertical, horizontal;

  std::int64_t pixels() const { return planes * vertical.size * horizontal.size; }
  std::int64_t windows() const { return planes * vertical.windows * horizontal.windows; }
  std::int64_t element_of(std::int64_t window, std::int64_t pixel) const;
  std::int64_t divisor(std::int64_t window) const;
};

/// The largest pixel of a window and which element it is: the first of equals, a NaN before all else.
struct Largest {
  Value value;
  std::int64_t element = -1;
};
Largest largest_of(const WindowImage& image, std::int64_t window, const std::vector<Value>& pixels);

/// What a pixel gets, from ascending windows: the element that chose it, or that element's share of every window that holds it.
struct Gift {
  Value share;
  std::int64_t divisor = 1;
};
/// `chosen`: an element for each window; empty: all of them.
std::vector<Gift> gifts_to(const WindowImage& image, std::int64_t pixel, const std::vector<Value>& windows,
                           const std::vector<std::int64_t>& chosen);

}  // namespace binade::oracle
