// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/verify_junit.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/numerics/text.h"
#include "sim/report/svg.h"

namespace binade::sim {

std::string junit_of(const verify::Task& task, const verify::Unit& unit, const verify::Outcome& outcome) {
  const auto attribute = [](const std::string& text) { return escaped(printable(text)); };
  const std::string name = attribute(fmt::format("{}.{}", task.unit, task.format));
  std::string cases;
  std::size_t count = 0, failed = 0;
  const auto add = [&](const std::string& what, const std::string& failure) {
    ++count;
    cases += fmt::format("  <testcase classname=\"{}\" name=\"{}\" time=\"{:.3f}\"", name, attribute(what), outcome.seconds);
    if (failure.empty()) {
      cases += "/>\n";
      return;
    }
    ++failed;
    cases += fmt::format(">\n    <failure message=\"{}\"/>\n  </testcase>\n", attribute(failure));
  };
  const auto of_pin = [&](const std::string& pin) {
    std::string failure;
    for (const auto& mismatch : outcome.mismatches)
      if (mismatch.pin == pin) failure += (failure.empty() ? "" : "; ") + line_of(mismatch);
    return failure;
  };
  const auto& outputs = unit.outputs().list();
  for (std::size_t i = 0; i < outputs.size(); ++i)
    if (outcome.compared.empty() || outcome.compared[i]) add(outputs[i].name, of_pin(outputs[i].name));
  add("assertions", of_pin("assertion"));
  const bool whole = outcome.complete || !outcome.mismatches.empty();
  add("all vectors", whole ? "" : "cut short" + (outcome.trouble.empty() ? "" : ": " + outcome.trouble));
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"binade verify: {}\" tests=\"{}\" failures=\"{}\" errors=\"0\" "
      "time=\"{:.3f}\">\n{}  <system-out>{}</system-out>\n</testsuite>\n",
      attribute(task.module), count, failed, outcome.seconds, cases,
      attribute(fmt::format("{} stimulus, stalls {}, seed {}, {} vectors; replay: {}", task.stimulus, task.stalls, task.seed,
                            outcome.vectors, task.replay)));
}

}  // namespace binade::sim
