// SPDX-License-Identifier: Apache-2.0
// `--save`: outputs of layers as the device has written them, in an npz.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "sim/host/run.h"

namespace binade::sim {

/// They wait here until the run ends: an array NAME of float64, which holds the values of every format exactly, and NAME.codes of
/// the smallest unsigned type.
class SavedOutputs {
 public:
  /// `patterns`: names or globs of layers, all where there is none. Throws InputError where one matches no layer that runs, or
  /// where the values would be too many.
  SavedOutputs(const RunSpec& request, const std::vector<std::string>& patterns);

  /// Outputs of one pass; what is not wanted is passed over.
  void add(const LayerOutput& output);
  /// The file is whole or not there. Throws InputError where it cannot be written.
  void write(const std::filesystem::path& file) const;

 private:
  struct Output {
    std::vector<std::int64_t> shape;
    std::vector<double> values;
    std::vector<std::byte> codes;
    int code_bytes = 1;
  };

  std::set<std::string> wanted_;
  std::map<std::string, Output> outputs_;
};

/// The file of one of several formats: FILE-FORMAT.npz beside FILE.npz.
std::filesystem::path save_file(const std::filesystem::path& file, const std::string& format);

}  // namespace binade::sim
