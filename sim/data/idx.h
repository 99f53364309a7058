// SPDX-License-Identifier: Apache-2.0
// IDX files of unsigned bytes: MNIST's and its relatives' images and labels.
// Source: http://yann.lecun.com/exdb/mnist, "the IDX file format".
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace binade::sim {

struct Idx {
  std::vector<std::int64_t> shape;  ///< one to four extents
  std::vector<std::uint8_t> values;
};

/// Throws InputError that starts with `where` and names the byte.
Idx parse_idx(const std::vector<std::uint8_t>& bytes, const std::string& where);

/// Labelled images as two files hold them.
struct IdxPair {
  std::int64_t images = 0, height = 0, width = 0;
  std::vector<std::uint8_t> pixels;
  std::vector<std::uint8_t> labels;  ///< one an image, below `classes`
};
/// Throws InputError naming the file; images of another size than `height` x `width` are one.
IdxPair read_idx_pair(const std::filesystem::path& images, const std::filesystem::path& labels, std::int64_t height,
                      std::int64_t width, int classes);

}  // namespace binade::sim
