// SPDX-License-Identifier: Apache-2.0
#include "sim/data/images.h"

#include <algorithm>
#include <array>

#include "models/numerics/error.h"

namespace binade::sim {

namespace {

/// The part of a set's elements that is one image.
template <typename T>
std::span<const T> image_of(const std::vector<T>& all, std::int64_t image, std::span<float> out, const networks::Shape& shape) {
  const auto elements = static_cast<std::size_t>(shape.elements()), first = static_cast<std::size_t>(image) * elements;
  if (image < 0 || first >= all.size() || out.size() != elements)
    throw InvariantError("Images::read: no such image, or other room");
  return std::span(all).subspan(first, elements);
}

void check(bool fits) {
  if (!fits) throw InvariantError("Images: extents, elements and labels do not belong together");
}

/// With the extents, which the elements alone do not say.
void give(const Images::Take& take, const networks::Shape& shape, std::size_t labels) {
  const std::array extents{shape.channels, shape.height, shape.width, static_cast<std::int64_t>(labels)};
  take(std::as_bytes(std::span(extents)));
}

}  // namespace

ByteImages::ByteImages(const networks::Shape& shape, std::vector<Levels> levels, std::vector<std::uint8_t> pixels,
                       std::vector<std::uint8_t> labels)
    : shape_(shape), levels_(std::move(levels)), pixels_(std::move(pixels)), labels_(std::move(labels)) {
  check(static_cast<std::int64_t>(levels_.size()) == shape_.channels &&
        static_cast<std::int64_t>(pixels_.size()) == size() * shape_.elements());
}

void ByteImages::read(std::int64_t image, std::span<float> out) const {
  const auto bytes = image_of(pixels_, image, out, shape_);
  const auto plane = static_cast<std::size_t>(shape_.height * shape_.width);
  for (std::size_t channel = 0; channel < levels_.size(); ++channel) {
    const auto& level = levels_[channel];
    const auto from = bytes.subspan(channel * plane, plane);
    std::transform(from.begin(), from.end(), out.begin() + static_cast<std::ptrdiff_t>(channel * plane),
                   [&](std::uint8_t byte) { return level[byte]; });
  }
}

void ByteImages::content(const Take& take) const {
  give(take, shape_, labels_.size());
  take(std::as_bytes(std::span(levels_)));
  take(std::as_bytes(std::span(pixels_)));
  take(std::as_bytes(std::span(labels_)));
}

NumberImages::NumberImages(const networks::Shape& shape, std::vector<float> numbers, std::vector<std::int64_t> labels)
    : shape_(shape), numbers_(std::move(numbers)), labels_(std::move(labels)) {
  check(static_cast<std::int64_t>(numbers_.size()) == size() * shape_.elements());
}

void NumberImages::read(std::int64_t image, std::span<float> out) const {
  const auto numbers = image_of(numbers_, image, out, shape_);
  std::copy(numbers.begin(), numbers.end(), out.begin());
}

void NumberImages::content(const Take& take) const {
  give(take, shape_, labels_.size());
  take(std::as_bytes(std::span(numbers_)));
  take(std::as_bytes(std::span(labels_)));
}

}  // namespace binade::sim
