// SPDX-License-Identifier: Apache-2.0
// Case after case on every SIMD target until the time is over, with a count of what was compared and which kernel paths ran.
#pragma once

#include <iosfwd>
#include <optional>

#include "tests/soak/planted.h"

namespace binade::soak {

struct Options {
  std::uint64_t seed = 0;
  std::vector<Group> groups;  ///< they take turns
  std::vector<std::string> targets;
  double seconds = 60;          ///< of processor time
  std::uint64_t cases = ~0ULL;  ///< at most
  /// A case alone: its group is the only one.
  std::optional<std::uint64_t> only;
  Plant plant = Plant::None;
  bool keeps_going = false;  ///< after a difference, which is then not minimised
};

struct Report {
  std::uint64_t cases = 0;
  std::vector<std::uint64_t> elements;  ///< output elements compared, by target
  std::uint64_t differences = 0;
  /// Paths that no case took on some target, in words: a fault of a campaign that ran all directed cases.
  std::vector<std::string> missed;
  std::optional<Case> minimal;
  std::string replay;  ///< the arguments that bring the first difference back

  bool passed() const { return differences == 0 && missed.empty(); }
};

/// Says what it does on `out`: seed first, every difference with its replay and its least form, the table of paths last.
Report run(const Options& options, std::ostream& out);

}  // namespace binade::soak
