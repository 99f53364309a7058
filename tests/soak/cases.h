// SPDX-License-Identifier: Apache-2.0
// Random problems of every family, policy, rounding, width, shape and distribution of values. A case is a function of the seed, the
// group of formats and its number alone, so a line of three words brings it back.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "models/kernels/kernel_path.h"
#include "tests/unit/datapath/harness.h"

namespace binade::soak {

enum class Group : std::uint8_t { Posit, Float, Flex, Integer };  ///< integer: dfp, sdfp, fixed
inline constexpr int kGroups = 4;
std::string_view to_string(Group group);  ///< posit float flex integer
Group parse_group(std::string_view word);

struct Case {
  datapath::test::Problem whole;
  std::vector<std::int64_t> parts;  ///< of k, in order: a command each
  int threads = 1;
  std::string values;  ///< what they are drawn from, in words
};
/// One line: configuration, shapes, distributions.
std::string to_string(const Case& c);

/// The paths that formats of a group can take.
std::vector<kernels::KernelPath> paths_of(Group group);
/// The first cases of a group: each is built to take one of its paths.
std::uint64_t directed_cases(Group group);

Case draw_case(Group group, std::uint64_t seed, std::uint64_t number);

}  // namespace binade::soak
