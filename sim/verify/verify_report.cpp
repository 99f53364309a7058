// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/verify_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sim/verify/event_pins.h"

namespace binade::verify {
namespace {

struct Coverage {
  std::size_t covered = 0, all = 0;
  std::vector<std::string> missing;
};

Coverage coverage_of(const Unit& unit, const Outcome& outcome) {
  Coverage coverage;
  for (std::size_t i = 0; i < unit.classes().size(); ++i) {
    if (unit.classes()[i].empty()) continue;
    ++coverage.all;
    if (outcome.hits[i] != 0) {
      ++coverage.covered;
    } else {
      coverage.missing.push_back(unit.classes()[i]);
    }
  }
  return coverage;
}

double rate(std::uint64_t count, double seconds) { return seconds > 0 ? static_cast<double>(count) / seconds : 0; }

}  // namespace

std::string to_text(const Task& task, const Unit& unit, const Outcome& outcome) {
  std::string text =
      fmt::format("{} in {} ({}, rounding {}): {}\n", task.unit, task.format, task.accumulate, task.rounding, task.module);
  text += fmt::format("{} stimulus, stalls {}, seed {}: {} vectors in {} blocks, {} cycles, {:.0f} vectors/s, {:.0f} cycles/s\n",
                      task.stimulus, task.stalls, task.seed, outcome.vectors, outcome.blocks, outcome.cycles,
                      rate(outcome.vectors, outcome.seconds), rate(outcome.cycles, outcome.seconds));
  const auto counts = counts_of(outcome.events);
  text += "events:";
  for (std::size_t event = 0; event < counts.size(); ++event) text += fmt::format(" {} {}", kEventNames[event], counts[event]);
  const Coverage coverage = coverage_of(unit, outcome);
  text += fmt::format("\nclasses: {} of {} hit{}\n", coverage.covered, coverage.all,
                      coverage.missing.empty() ? "" : fmt::format("; not hit: {}", fmt::join(coverage.missing, ", ")));
  for (const Mismatch& mismatch : outcome.mismatches)
    text += fmt::format("MISMATCH block {} clock {}: {}: expected {}, got {}\n", mismatch.block, mismatch.clock, mismatch.pin,
                        mismatch.expected, mismatch.got);
  if (!task.mismatch_file.empty())
    text += fmt::format("inputs up to the first mismatch: {}\nreplay: {}\n", task.mismatch_file, task.replay);
  text += outcome.mismatches.empty() ? "equal\n" : fmt::format("{} blocks differ\n", outcome.mismatches.size());
  return text;
}

nlohmann::ordered_json to_json(const Task& task, const Unit& unit, const Outcome& outcome) {
  using Json = nlohmann::ordered_json;
  Json events = Json::object(), classes = Json::object(), mismatches = Json::array();
  const auto counts = counts_of(outcome.events);
  for (std::size_t event = 0; event < counts.size(); ++event) events[std::string(kEventNames[event])] = counts[event];
  for (std::size_t i = 0; i < unit.classes().size(); ++i)
    if (!unit.classes()[i].empty()) classes[unit.classes()[i]] = outcome.hits[i];
  for (const Mismatch& mismatch : outcome.mismatches)
    mismatches.push_back({{"block", mismatch.block},
                          {"clock", mismatch.clock},
                          {"port", mismatch.pin},
                          {"expected", mismatch.expected},
                          {"got", mismatch.got}});
  return {{"schema", "binade-verify-report"},
          {"schema_version", 1},
          {"unit", task.unit},
          {"format", task.format},
          {"accumulate", task.accumulate},
          {"rounding", task.rounding},
          {"module", task.module},
          {"stimulus", task.stimulus},
          {"stalls", task.stalls},
          {"seed", task.seed},
          {"vectors", outcome.vectors},
          {"blocks", outcome.blocks},
          {"cycles", outcome.cycles},
          {"seconds", outcome.seconds},
          {"events", events},
          {"classes", classes},
          {"equal", outcome.mismatches.empty()},
          {"mismatches", mismatches},
          {"mismatch_file", task.mismatch_file.empty() ? Json(nullptr) : Json(task.mismatch_file)},
          {"replay", task.replay.empty() ? Json(nullptr) : Json(task.replay)}};
}

}  // namespace binade::verify
