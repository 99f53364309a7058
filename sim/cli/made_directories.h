// SPDX-License-Identifier: Apache-2.0
// Directories that a command makes for its results, and takes away again where it leaves none in them.
#pragma once

#include <filesystem>
#include <vector>

namespace binade::sim {

class MadeDirectories {
 public:
  MadeDirectories() = default;
  MadeDirectories(const MadeDirectories&) = delete;
  MadeDirectories& operator=(const MadeDirectories&) = delete;
  /// Removes those that are empty; never what was there before, nor what holds a file.
  ~MadeDirectories();

  /// Makes the directory and those above it that are missing; throws InputError where it cannot be written.
  void prepare(const std::filesystem::path& directory);

 private:
  std::vector<std::filesystem::path> made_;  ///< each behind those above it
};

}  // namespace binade::sim
