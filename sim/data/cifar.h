// SPDX-License-Identifier: Apache-2.0
// The binary versions of CIFAR-10 and CIFAR-100. Source: https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version".
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace binade::sim {

inline constexpr std::int64_t kCifarSide = 32, kCifarChannels = 3, kCifarPixels = kCifarChannels * kCifarSide * kCifarSide;

/// A record is its labels, a byte each, and the planes of red, green and blue.
struct CifarKind {
  const char* name;
  int label_bytes;  ///< the last one is used: CIFAR-100 has a coarse and a fine label
  int classes;
};
inline constexpr CifarKind kCifar10{"CIFAR-10", 1, 10}, kCifar100{"CIFAR-100", 2, 100};

struct CifarRecords {
  std::vector<std::uint8_t> pixels, labels;
  std::int64_t images() const { return static_cast<std::int64_t>(labels.size()); }
};

/// Appends the records of a file. Throws InputError naming the file and the byte.
void read_cifar(const std::filesystem::path& file, const CifarKind& kind, CifarRecords& records);

}  // namespace binade::sim
