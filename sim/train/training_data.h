// SPDX-License-Identifier: Apache-2.0
// What a network is trained and tested on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "models/networks/network.h"
#include "sim/data/images.h"

namespace binade::sim {

struct TrainingData {
  std::unique_ptr<Images> train;  ///< at least one
  std::unique_ptr<Images> test;   ///< null: there is no test set
  std::int64_t classes = 0;       ///< labels are below: outputs of the network's last layer
  std::string description;        ///< files, what is trained and tested on, normalisation
  std::vector<std::string> notes;
  bool synthetic = false;
};

/// Words of data sets whose pixels are normalised; `auto`: as the files say (docs/data.md).
std::vector<std::string> data_set_words();

/// The samples that fit the network's only input and the outputs of its last layer. `data`: a folder or a file; empty: synthetic
/// ones, drawn from `seed`. `set`: one of data_set_words(). Throws InputError with the file, the byte and what is allowed.
TrainingData load_training_data(const networks::Network& network, const std::filesystem::path& data, std::string_view set,
                                std::uint64_t seed);

/// SHA-256 of all that is trained and tested on, hexadecimal.
std::string digest_of(const TrainingData& data);

}  // namespace binade::sim
