// SPDX-License-Identifier: Apache-2.0
#include "sim/train/augment.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "sim/host/draws.h"

namespace binade::sim {

std::string Augmentation::text() const {
  if (flip) return crop ? "flip,crop" : "flip";
  return crop ? "crop" : "none";
}

Augmentation parse_augmentation(std::string_view words, std::string_view where) {
  Augmentation augmentation;
  if (words == "none") return augmentation;
  for (std::size_t first = 0; first <= words.size();) {
    const auto end = std::min(words.find(',', first), words.size());
    const auto word = words.substr(first, end - first);
    bool* const part = word == "flip" ? &augmentation.flip : word == "crop" ? &augmentation.crop : nullptr;
    if (part == nullptr || *part)
      throw InputError(fmt::format("{} '{}': {} '{}'; allowed: flip, crop or both with a comma; none", where, printable(words),
                                   part == nullptr ? "no such change" : "twice", printable(word)));
    *part = true;
    first = end + 1;
  }
  return augmentation;
}

void check_augmentation(const Augmentation& augmentation, const networks::Shape& shape, std::string_view where) {
  if (!augmentation.any() || (!shape.sequence && shape.height > 1 && shape.width > 1)) return;
  throw InputError(fmt::format("{} {}: samples of {} are no images; allowed: none", where, augmentation.text(), text(shape)));
}

Move draw_move(const Augmentation& augmentation, std::uint64_t seed, std::int64_t epoch, std::int64_t sample) {
  Move move;
  if (!augmentation.any()) return move;
  std::array<double, 3> draws{};  // of flip, down, right, whether they are used or not
  draw_uniform(stream_of(seed, fmt::format("augmentation of epoch {}", epoch)), sample * 3, draws);
  const auto shift = [](double draw) {
    constexpr std::int64_t kPad = Augmentation::kCropPad;
    return static_cast<std::int64_t>(draw * static_cast<double>(2 * kPad + 1)) - kPad;
  };
  if (augmentation.flip) move.flip = draws[0] < 0.5;
  if (augmentation.crop) move = {move.flip, shift(draws[1]), shift(draws[2])};
  return move;
}

void read_moved(const Images& images, std::int64_t image, const Move& move, std::span<float> out) {
  if (move == Move{}) return images.read(image, out);
  const auto shape = images.shape();
  std::vector<float> still(out.size());
  images.read(image, still);
  const auto element = [&](std::int64_t channel, std::int64_t row, std::int64_t column) {
    return static_cast<std::size_t>((channel * shape.height + row) * shape.width + column);
  };
  for (std::int64_t channel = 0; channel < shape.channels; ++channel)
    for (std::int64_t row = 0; row < shape.height; ++row)
      for (std::int64_t column = 0; column < shape.width; ++column) {
        const auto from_row = row + move.down;
        auto from_column = column + move.right;
        const bool inside = from_row >= 0 && from_row < shape.height && from_column >= 0 && from_column < shape.width;
        if (move.flip) from_column = shape.width - 1 - from_column;
        out[element(channel, row, column)] = inside ? still[element(channel, from_row, from_column)] : images.surround(channel);
      }
}

}  // namespace binade::sim
