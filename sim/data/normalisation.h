// SPDX-License-Identifier: Apache-2.0
// (x / 255 - mean) / deviation of each channel, as networks are trained on a data set.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace binade::sim {

struct Normalisation {
  std::string_view data_set;
  std::size_t channels;
  std::array<double, 3> mean, deviation;

  /// "(x/255 - 0.1307) / 0.3081"
  std::string text() const;
};

// PositNN's examples (hpc-ulisboa/posit-neuralnet, examples/*/src): mean and standard deviation of the training images.
inline constexpr Normalisation kMnist{"MNIST", 1, {0.1307}, {0.3081}};
inline constexpr Normalisation kFashionMnist{"Fashion-MNIST", 1, {0.2860}, {0.3300}};
inline constexpr Normalisation kCifar10Colours{"CIFAR-10", 3, {0.4914, 0.4822, 0.4465}, {0.247, 0.243, 0.261}};
inline constexpr Normalisation kCifar100Colours{"CIFAR-100", 3, {0.5071, 0.4867, 0.4408}, {0.2675, 0.2565, 0.2761}};

/// What the 256 bytes of a channel become.
using Levels = std::array<float, 256>;
/// In binary32 throughout, an operation after the other, as PyTorch's ToTensor and Normalize compute: what training sees. The
/// images of `binade run` are computed in binary64 and rounded once; last bits differ.
std::vector<Levels> binary32_levels(const Normalisation& normalisation);

/// The value of one byte in binary64, rounded to binary32 once.
float rounded_once(const Normalisation& normalisation, std::size_t channel, std::uint8_t byte);

}  // namespace binade::sim
