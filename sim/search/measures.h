// SPDX-License-Identifier: Apache-2.0
// Measurements by identity, kept in a file that is whole at every moment: what it holds is not measured again.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace binade::sim {

struct Measure {
  double value = 0;    ///< what was measured
  double seconds = 0;  ///< of processor time that it took
};

class Measures {
 public:
  /// `file`: read where it is there. Throws InputError where it is no such file. Empty: nothing is kept.
  explicit Measures(std::filesystem::path file);

  std::size_t size() const { return all_.size(); }
  std::optional<Measure> find(const std::string& identity) const;
  /// Written within a second, or by flush(). Throws InputError where it cannot be.
  void put(const std::string& identity, const Measure& measure);
  void flush();

 private:
  std::filesystem::path file_;
  std::map<std::string, Measure> all_;
  std::chrono::steady_clock::time_point written_{};
  bool changed_ = false;
};

}  // namespace binade::sim
