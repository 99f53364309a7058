// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/verify_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sim/verify/event_pins.h"

namespace binade::verify {
namespace {

struct Coverage {
  std::size_t covered = 0, all = 0;
  std::vector<std::string> missing;  ///< that nothing hit
  std::vector<std::string> absent;   ///< that the module cannot show
};

Coverage coverage_of(const Unit& unit, const Outcome& outcome) {
  Coverage coverage;
  for (std::size_t i = 0; i < unit.classes().size(); ++i) {
    if (unit.classes()[i].empty()) continue;
    if (!outcome.absent.empty() && outcome.absent[i]) {
      coverage.absent.push_back(unit.classes()[i]);
      continue;
    }
    ++coverage.all;
    if (outcome.hits[i] != 0) {
      ++coverage.covered;
    } else {
      coverage.missing.push_back(unit.classes()[i]);
    }
  }
  return coverage;
}

/// The last line: what the run found, and what it cannot speak for.
std::string verdict_of(const Outcome& outcome, const Coverage& coverage) {
  if (!outcome.mismatches.empty()) return fmt::format("{} blocks differ", outcome.failing_blocks);
  return fmt::format("{}{}", outcome.complete ? "equal" : "no difference in what ran: cut short",
                     coverage.missing.empty() ? "" : fmt::format("; not hit: {}", fmt::join(coverage.missing, ", ")));
}

double rate(std::uint64_t count, double seconds) { return seconds > 0 ? static_cast<double>(count) / seconds : 0; }

}  // namespace

std::string line_of(const Mismatch& mismatch) {
  return fmt::format("MISMATCH block {} clock {}: {}: expected {}, got {}{}", mismatch.block, mismatch.clock, mismatch.pin,
                     mismatch.expected, mismatch.got, mismatch.remark.empty() ? "" : ": " + mismatch.remark);
}

std::string to_text(const Task& task, const Unit& unit, const Outcome& outcome) {
  std::string text = fmt::format("{} in {} ({}{}rounding {}): {}\n", task.unit, task.format, task.accumulate,
                                 task.accumulate.empty() ? "" : ", ", task.rounding, task.module);
  text += fmt::format("{} stimulus, stalls {}, seed {}: {} vectors in {} blocks, {} cycles, {:.0f} vectors/s, {:.0f} cycles/s\n",
                      task.stimulus, task.stalls, task.seed, outcome.vectors, outcome.blocks, outcome.cycles,
                      rate(outcome.vectors, outcome.seconds), rate(outcome.cycles, outcome.seconds));
  const auto counts = counts_of(outcome.events);
  text += "events:";
  for (std::size_t event = 0; event < counts.size(); ++event) text += fmt::format(" {} {}", kEventNames[event], counts[event]);
  const Coverage coverage = coverage_of(unit, outcome);
  text += fmt::format("\nclasses: {} of {} hit", coverage.covered, coverage.all);
  if (!coverage.absent.empty()) text += fmt::format("; never run, of what the module lacks: {}", fmt::join(coverage.absent, ", "));
  text += "\n";
  for (const Mismatch& mismatch : outcome.mismatches) {
    text += line_of(mismatch) + "\n";
    if (!mismatch.operands.empty()) text += "  of " + mismatch.operands + "\n";
    if (!mismatch.exact.empty()) text += "  " + mismatch.exact + "\n";
  }
  if (outcome.pattern) text += to_text(*outcome.pattern, outcome.vectors);
  if (!task.mismatch_file.empty())
    text += fmt::format("inputs up to the first mismatch: {}\nreplay: {}\n", task.mismatch_file, task.replay);
  if (!task.unwritten.empty()) text += fmt::format("inputs up to the first mismatch: lost: {}\n", task.unwritten);
  if (!outcome.trouble.empty()) text += fmt::format("ended early: {}\n", outcome.trouble);
  text += verdict_of(outcome, coverage) + "\n";
  return text;
}

nlohmann::ordered_json to_json(const Task& task, const Unit& unit, const Outcome& outcome) {
  using Json = nlohmann::ordered_json;
  const auto text_or_null = [](const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); };
  Json events = Json::object(), classes = Json::object(), mismatches = Json::array();
  const auto counts = counts_of(outcome.events);
  for (std::size_t event = 0; event < counts.size(); ++event) events[std::string(kEventNames[event])] = counts[event];
  const Coverage coverage = coverage_of(unit, outcome);
  for (std::size_t i = 0; i < unit.classes().size(); ++i)
    if (!unit.classes()[i].empty() && (outcome.absent.empty() || !outcome.absent[i])) classes[unit.classes()[i]] = outcome.hits[i];
  for (const Mismatch& mismatch : outcome.mismatches)
    mismatches.push_back({{"block", mismatch.block},
                          {"clock", mismatch.clock},
                          {"port", mismatch.pin},
                          {"expected", mismatch.expected},
                          {"got", mismatch.got},
                          {"operands", text_or_null(mismatch.operands)},
                          {"exact", text_or_null(mismatch.exact)},
                          {"remark", text_or_null(mismatch.remark)}});
  return {{"schema", "binade-verify-report"},
          {"schema_version", 1},
          {"unit", task.unit},
          {"format", task.format},
          {"accumulate", text_or_null(task.accumulate)},
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
          {"not_hit", coverage.missing},
          {"never_run", coverage.absent},
          {"complete", outcome.complete},
          {"equal", outcome.mismatches.empty() && outcome.complete},
          {"failing_blocks", outcome.failing_blocks},
          {"mismatches", mismatches},
          {"failing", outcome.pattern ? to_json(*outcome.pattern) : Json(nullptr)},
          {"mismatch_file", text_or_null(task.mismatch_file)},
          {"replay", text_or_null(task.replay)},
          {"unwritten", text_or_null(task.unwritten)},
          {"trouble", text_or_null(outcome.trouble)}};
}

}  // namespace binade::verify
