// SPDX-License-Identifier: Apache-2.0
#include "sim/train/synthetic_images.h"

#include <fmt/format.h>

#include <array>

#include "sim/host/draws.h"

namespace binade::sim {

namespace {

std::int64_t modulo(std::int64_t value, std::int64_t by) { return (value % by + by) % by; }

bool is_image(const networks::Shape& shape) { return !shape.sequence && shape.height > 1 && shape.width > 1; }

}  // namespace

SyntheticClasses::SyntheticClasses(const networks::Shape& shape, std::int64_t classes, std::uint64_t seed)
    : shape_(shape),
      classes_(classes),
      seed_(seed),
      cell_(is_image(shape) ? kCell : 1),
      rows_((shape.height + cell_ - 1) / cell_),
      columns_((shape.width + cell_ - 1) / cell_),
      patterns_(static_cast<std::size_t>(classes * shape.channels * rows_ * columns_)) {
  draw_normal(stream_of(seed, "synthetic classes"), 0, patterns_);
}

double SyntheticClasses::pattern(std::int64_t label, std::int64_t channel, std::int64_t row, std::int64_t column) const {
  const auto cell_row = modulo(row, shape_.height) / cell_, cell_column = modulo(column, shape_.width) / cell_;
  return patterns_[static_cast<std::size_t>(((label * shape_.channels + channel) * rows_ + cell_row) * columns_ + cell_column)];
}

SyntheticImages::SyntheticImages(std::shared_ptr<const SyntheticClasses> classes, std::string_view part, std::int64_t samples)
    : classes_(std::move(classes)),
      noise_(stream_of(classes_->seed(), fmt::format("synthetic {} noise", part))),
      shifts_(stream_of(classes_->seed(), fmt::format("synthetic {} shifts", part))),
      samples_(samples) {}

void SyntheticImages::read(std::int64_t image, std::span<float> out) const {
  const auto shape = classes_->shape();
  std::vector<double> noise(static_cast<std::size_t>(shape.elements()));
  draw_normal(noise_, image * shape.elements(), noise);
  std::int64_t down = 0, right = 0;
  if (classes_->image()) {
    std::array<double, 2> draws{};
    draw_uniform(shifts_, image * 2, draws);
    down = static_cast<std::int64_t>(draws[0] * (2 * kShift + 1)) - kShift;
    right = static_cast<std::int64_t>(draws[1] * (2 * kShift + 1)) - kShift;
  }
  std::size_t at = 0;
  for (std::int64_t channel = 0; channel < shape.channels; ++channel)
    for (std::int64_t row = 0; row < shape.height; ++row)
      for (std::int64_t column = 0; column < shape.width; ++column, ++at)
        out[at] = static_cast<float>(classes_->pattern(label(image), channel, row + down, column + right) + noise[at]);
}

void SyntheticImages::content(const Take& take) const {
  const auto shape = classes_->shape();
  const std::array facts{shape.channels,
                         shape.height,
                         shape.width,
                         static_cast<std::int64_t>(shape.sequence),
                         classes_->classes(),
                         samples_,
                         static_cast<std::int64_t>(noise_)};
  take(std::as_bytes(std::span(facts)));
}

}  // namespace binade::sim
