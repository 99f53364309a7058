// SPDX-License-Identifier: Apache-2.0
// The files that training data come in, behind load_training_data().
#pragma once

#include <filesystem>
#include <string>

#include "sim/train/training_data.h"

namespace binade::sim {

/// What a network takes.
struct Wanted {
  std::string network;
  networks::Shape shape;  ///< of a sample
  std::int64_t classes;   ///< labels must be below
  std::string set;        ///< a word of data_set_words()
};

inline constexpr const char* kDataAllowed =
    "a folder with MNIST's IDX files, with CIFAR-10's or CIFAR-100's binary files, one of these files, or an npz with x and y";

/// A zip archive or a safetensors file, by name or content.
bool is_array_file(const std::filesystem::path& file);

// Each throws InputError with everything but `classes` filled otherwise.

/// The data set of the wanted extents in a folder.
TrainingData from_folder(const std::filesystem::path& folder, const Wanted& wanted);
/// That of a folder which `file` belongs to.
TrainingData from_file(const std::filesystem::path& file, const Wanted& wanted);
/// `x`, `y` and where they are there `x_test`, `y_test`: numbers as they are, rounded to binary32, and labels.
TrainingData from_arrays(const std::filesystem::path& file, const Wanted& wanted);

}  // namespace binade::sim
