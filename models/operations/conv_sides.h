// SPDX-License-Identifier: Apache-2.0
// A convolution seen from its two sides: an image, and the outputs of windows over it. Forward it goes from the image to the
// windows, a transposed convolution and the gradient of a convolution's input from the windows to the image; the weight's gradient
// takes both. The weight is (windows' channels, image's channels of a group, kernel rows, kernel columns) either way.
#pragma once

#include "models/operations/forms.h"
#include "models/operations/gradients.h"

namespace binade::operations {

struct ConvSides {
  Shape image, windows;  ///< of one sample
  Window window;
  int groups = 1;
  std::int64_t samples = 1, first_sample = 0;

  std::int64_t image_group() const { return image.channels / groups; }
  std::int64_t windows_group() const { return windows.channels / groups; }
  std::int64_t kernel_area() const { return std::int64_t{window.kernel_h} * window.kernel_w; }
  /// Weights of one of the windows' channels.
  std::int64_t filter() const { return image_group() * kernel_area(); }
};
ConvSides sides_of_conv(const Call& call);
ConvSides sides_of_transposed(const Call& call);

/// Windows from the image: k is image channel, kernel row, kernel column.
GemmForm image_to_windows(const ConvSides& sides, Place image, Place weight);
/// The image from the windows: k is the windows' channel, then their rows and columns that reach a pixel, ascending.
GemmForm windows_to_image(const ConvSides& sides, Place windows, Place weight);
/// The weight from both: k is samples and windows' pixels. `delta_is_windows`: operand A, the delta, is on the windows' side.
GemmForm sides_to_weight(const ConvSides& sides, Place windows, Place image, bool delta_is_windows, KOrder order);

}  // namespace binade::operations
