// SPDX-License-Identifier: Apache-2.0
// `--capture`: the tensors of some steps, as they were stored, in an npz (docs/training.md has the keys).
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/train/session.h"

namespace binade::sim {

class Capture {
 public:
  /// `steps`: counted from 1.
  Capture(std::set<std::uint64_t> steps, const std::vector<Captured>& initial);

  bool wants(std::uint64_t step) const { return steps_.contains(step); }
  std::uint64_t last_step() const { return *steps_.rbegin(); }
  /// Where the tensors of a step that is wanted go; null for others.
  std::vector<Captured>* tensors(std::uint64_t step);
  /// After each step: its tensors are taken over, and its loss, up to the last step that is wanted.
  void step_done(std::uint64_t step, double loss);

  /// With a JSON text as `meta`. The file is whole or not there.
  void write(const std::filesystem::path& file, const std::string& meta) const;

 private:
  void add(const std::string& prefix, const std::vector<Captured>& tensors);

  std::set<std::uint64_t> steps_;
  std::vector<Captured> current_;
  std::vector<std::pair<std::string, std::vector<std::byte>>> members_;  ///< npy bytes by key
};

}  // namespace binade::sim
