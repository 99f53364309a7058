// SPDX-License-Identifier: Apache-2.0
#include "tests/oracle/reference/window.h"

namespace binade::oracle {

std::int64_t WindowSide::element_of(std::int64_t window, std::int64_t pixel) const {
  const std::int64_t distance = pixel + pad - window * stride;  // from the window's first element
  return distance >= 0 && distance % dilation == 0 && distance / dilation < kernel ? distance / dilation : -1;
}

std::int64_t WindowSide::counted(std::int64_t window) const {
  std::int64_t count = 0;
  for (std::int64_t at = count_low; at < count_high; ++at) count += element_of(window, at) >= 0 ? 1 : 0;
  return count;
}

std::int64_t WindowImage::element_of(std::int64_t window, std::int64_t pixel) const {
  if (window / (vertical.windows * horizontal.windows) != pixel / (vertical.size * horizontal.size)) return -1;
  const std::int64_t r =
      vertical.element_of(window / horizontal.windows % vertical.windows, pixel / horizontal.size % vertical.size);
  const std::int64_t s = horizontal.element_of(window % horizontal.windows, pixel % horizontal.size);
  return r < 0 || s < 0 ? -1 : r * horizontal.kernel + s;
}

std::int64_t WindowImage::divisor(std::int64_t window) const {
  return vertical.counted(window / horizontal.windows % vertical.windows) * horizontal.counted(window % horizontal.windows);
}

Largest largest_of(const WindowImage& image, std::int64_t window, const std::vector<Value>& pixels) {
  Largest best;
  for (std::int64_t pixel = 0; pixel < image.pixels(); ++pixel) {
    const std::int64_t element = image.element_of(window, pixel);
    if (element < 0) continue;
    const Value& value = pixels[static_cast<std::size_t>(pixel)];
    if (best.element < 0 || (!best.value.is_nan() && (value.is_nan() || less(best.value, value)))) best = {value, element};
  }
  return best;
}

std::vector<Gift> gifts_to(const WindowImage& image, std::int64_t pixel, const std::vector<Value>& windows,
                           const std::vector<std::int64_t>& chosen) {
  std::vector<Gift> gifts;
  for (std::int64_t window = 0; window < image.windows(); ++window) {
    const auto at = static_cast<std::size_t>(window);
    const std::int64_t element = image.element_of(window, pixel);
    if (element < 0 || (!chosen.empty() && chosen[at] != element)) continue;
    const std::int64_t divisor = chosen.empty() ? image.divisor(window) : 1;
    gifts.push_back({div(windows[at], number(mpq_class(static_cast<long>(divisor)))), divisor});
  }
  return gifts;
}

}  // namespace binade::oracle
