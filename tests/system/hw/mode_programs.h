// SPDX-License-Identifier: Apache-2.0
// Programs of several modes and formats: matrix products in each mode and vector operations between formats, in one list of
// descriptors, and what the golden model says of them.
#pragma once

#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "models/numerics/codec.h"
#include "tests/system/hw/programs.h"

namespace binade::test {

/// A platform's own formats and modes, and those that it has beside them.
struct Machine {
  const char* name;
  std::vector<std::string> modes;    ///< words, or A:B:OUT
  std::vector<std::string> formats;  ///< each with two roundings
  friend std::ostream& operator<<(std::ostream& out, const Machine& machine) { return out << machine.name; }
};
/// small_platform() with them.
hw::PlatformConfig platform_of(const Machine& machine);

/// One operation of the vector unit on random codes of its formats.
struct VectorCase {
  spec::Vector record;
  Bytes x, y;
};

/// What a program does one after another; `vector` where it is no GEMM.
struct Step {
  GemmCase gemm;
  std::optional<VectorCase> vector;
};

/// Uniform draws of a seed.
class ModeDraw {
 public:
  explicit ModeDraw(std::uint64_t seed) : random_(seed) {}
  std::int64_t pick(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(high - low + 1));
  }
  /// Ordinary values, some codes of any kind.
  Bytes codes(const numerics::FormatSpec& format, std::int64_t bytes);

 private:
  std::mt19937_64 random_;
};
std::vector<Step> draw_steps(ModeDraw& draw, const hw::PlatformConfig& config, int count);

/// Runs them as one list. What was computed by mode and by format, then the outputs.
Bytes run_steps(const hw::PlatformConfig& config, const std::vector<Step>& steps, sim::Device& device);
/// The same by kernels and literal vector operations.
Bytes expected_steps(const hw::PlatformConfig& config, const std::vector<Step>& steps, datapath::TileStats& stats);

/// The program on both cores: bits, statistics and events are the golden model's, and all counters are equal.
void compare_cores(const hw::PlatformConfig& config, const std::vector<Step>& steps, sim::CoreKind one, sim::CoreKind other,
                   const sim::PlatformOptions& options = {});

}  // namespace binade::test
