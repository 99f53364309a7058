// SPDX-License-Identifier: Apache-2.0
// The soak test as a program. Exit 0: all equal and every path reached; 1: not; 2: bad arguments.
#include <CLI/CLI.hpp>
#include <iostream>
#include <random>

#include "models/kernels/simd/target.h"
#include "models/numerics/error.h"
#include "tests/soak/campaign.h"

namespace {

using namespace binade;

/// <seed>:<group>:<number>
void take_replay(const std::string& word, soak::Options& options) {
  const std::size_t first = word.find(':'), second = word.find(':', first + 1);
  const auto number = [&](const std::string& digits) -> std::uint64_t {
    const bool good = !digits.empty() && digits.size() < 20 && digits.find_first_not_of("0123456789") == std::string::npos;
    if (!good) throw InputError("--replay: '" + word + "' is not <seed>:<group>:<case>");
    return std::stoull(digits);
  };
  if (second == std::string::npos) throw InputError("--replay: '" + word + "' is not <seed>:<group>:<case>");
  options.seed = number(word.substr(0, first));
  options.groups = {soak::parse_group(word.substr(first + 1, second - first - 1))};
  options.only = number(word.substr(second + 1));
}

int run(int argc, char** argv) {
  CLI::App app{"Random problems by every core and kernel, compared to the bit and to the clock"};
  double minutes = 0;
  std::string replay, plant = "none";
  std::vector<std::string> groups;
  soak::Options options;
  options.seed = std::random_device{}();
  app.add_option("--seed", options.seed, "of all cases (default: fresh, and printed)");
  app.add_option("--seconds", options.seconds, "of processor time (default 60)");
  app.add_option("--minutes", minutes, "of processor time, in place of --seconds");
  app.add_option("--cases", options.cases, "at most, of each group");
  app.add_option("--group", groups, "posit float flex integer (default: all)");
  app.add_option("--target", options.targets, "SIMD targets (default: all that the processor has)");
  app.add_option("--replay", replay, "<seed>:<group>:<case> alone, as a difference prints it");
  app.add_option("--plant", plant, "a fault in the fast core, to see it found: bit event clock");
  app.add_flag("--keep-going", options.keeps_going, "after a difference");
  CLI11_PARSE(app, argc, argv);
  if (minutes > 0) options.seconds = minutes * 60;
  if (groups.empty()) groups = {"posit", "float", "flex", "integer"};
  for (const std::string& group : groups) options.groups.push_back(soak::parse_group(group));
  if (!replay.empty()) take_replay(replay, options);
  options.plant = soak::parse_plant(plant);
  for (const std::string& target : options.targets) kernels::force_simd_target(target);
  if (options.targets.empty()) options.targets = kernels::simd_targets();
  return soak::run(options, std::cout).passed() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const InputError& error) {
    std::cerr << "binade_soak: " << error.what() << '\n';
    return 2;
  }
}
