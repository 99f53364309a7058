// SPDX-License-Identifier: Apache-2.0
// Images changed at random while a network trains on them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "models/networks/network.h"
#include "sim/data/images.h"

namespace binade::sim {

/// As He et al. 2016 (arXiv 1512.03385) train on CIFAR-10, section 4.2: "4 pixels are padded on each side, and a 32x32 crop is
/// randomly sampled from the padded image or its horizontal flip".
struct Augmentation {
  bool flip = false;  ///< left and right change places in one image of two
  bool crop = false;  ///< moved by up to kCropPad pixels each way

  static constexpr std::int64_t kCropPad = 4;
  bool any() const { return flip || crop; }
  std::string text() const;  ///< "flip,crop", "none"
  bool operator==(const Augmentation&) const = default;
};

/// Words between commas: flip, crop; none. Throws InputError that starts with `where`.
Augmentation parse_augmentation(std::string_view words, std::string_view where);
/// Throws InputError where samples of that shape are no images.
void check_augmentation(const Augmentation& augmentation, const networks::Shape& shape, std::string_view where);

/// What is done to one image.
struct Move {
  bool flip = false;
  std::int64_t down = 0, right = 0;  ///< pixels by which the window lies below and right of the image, after the flip
  bool operator==(const Move&) const = default;
};
/// Of sample number `sample` in an epoch. It follows from its arguments: neither batch nor thread has a part in it.
Move draw_move(const Augmentation& augmentation, std::uint64_t seed, std::int64_t epoch, std::int64_t sample);

/// Image number `image`, moved; what comes into the window from outside is the set's surround.
void read_moved(const Images& images, std::int64_t image, const Move& move, std::span<float> out);

}  // namespace binade::sim
