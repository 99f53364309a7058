// SPDX-License-Identifier: Apache-2.0
// Labelled test images of MNIST and CIFAR-10, normalised: what a run of a trained network is shown.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "models/networks/network.h"
#include "models/operations/tensor.h"

namespace binade::sim {

struct Dataset {
  operations::Tensor images;  ///< samples x channels x height x width, normalised
  std::vector<int> labels;
  std::string description;  ///< files, range and normalisation in words
};

/// The test images that fit a network's only input and its 10 classes, in `directory`: `samples` of them from the start of the test
/// range, all of it where absent. Other shapes, missing or damaged files and too many samples are InputErrors.
///   1 x 28 x 28, MNIST: t10k-{images-idx3,labels-idx1}-ubyte[.gz]; the last 2,000 are the test range.
///   3 x 32 x 32, CIFAR-10: cifar10-test-2k.bin[.gz].
Dataset load_dataset(const networks::Network& network, const std::filesystem::path& directory, std::optional<std::int64_t> samples);

/// First `count` of records 0..available-1 checked against what is there.
std::int64_t checked_samples(std::optional<std::int64_t> samples, std::int64_t available, const std::string& where);

}  // namespace binade::sim
