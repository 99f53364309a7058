// SPDX-License-Identifier: Apache-2.0
// The inputs of a network in a file of named arrays.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/networks/network.h"
#include "models/operations/tensor.h"
#include "sim/data/array_file.h"

namespace binade::sim {

/// Each Input of the network is the array of its name; where there is one Input and one array (beside the NAME.codes of `--save`),
/// it is that array. Samples come first, then the Input's extents, where extents of 1 may be left out.
class NetworkInputs {
 public:
  /// Finds the arrays and compares their shapes; throws InputError with every problem.
  NetworkInputs(const std::filesystem::path& file, const networks::Network& network);

  std::int64_t samples() const { return samples_; }
  /// Arrays that are no input and no codes of one.
  const std::vector<std::string>& ignored() const { return ignored_; }
  /// The first `samples` of each, by the Input's name.
  std::map<std::string, operations::Tensor> read(std::int64_t samples);

 private:
  std::unique_ptr<ArrayFile> arrays_;
  std::map<std::string, std::string> array_of_;  ///< by the Input's name
  std::vector<std::string> ignored_;
  std::int64_t samples_ = 0;
};

}  // namespace binade::sim
