// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <span>

#include "sim/report/cost_standing.h"
#include "sim/report/figures.h"
#include "sim/report/sweep_file.h"
#include "sim/report/text_report.h"

namespace binade::sim {
namespace {

constexpr std::size_t kShownPoints = 20, kShownReasons = 5;

bool is_true(const PageColumn* column, std::size_t row) {
  return column != nullptr && column->cells[row].is_boolean() && column->cells[row].get<bool>();
}

std::string text_of(const PageColumn* column, std::size_t row) {
  if (column == nullptr || column->cells[row].is_null()) return "-";
  const auto& value = column->cells[row];
  if (value.is_string()) return value.get<std::string>();
  return value.is_number_float() ? fmt::format("{:.6g}", value.get<double>()) : value.dump();
}

/// Nothing in sweeps of published figures, or of a time when points did not say.
CostStanding standing_of(const PageRows& rows, std::size_t row) {
  const auto words = [&](const char* name) {
    const std::string text = text_of(rows.find(name), row);
    return text == "-" ? std::string() : text;
  };
  const auto number = [&](const char* name) {
    const PageColumn* const column = rows.find(name);
    return column != nullptr && column->cells[row].is_number() ? column->cells[row].get<double>()
                                                               : std::numeric_limits<double>::quiet_NaN();
  };
  return {words("calibrated.missing_units"), words("calibrated.extrapolated_units"),
          clock_is_too_fast(number("clock_ghz"), number("calibrated.critical_path_ps"))};
}

/// Numbers ascending; rows without one last.
void sort_by(const PageColumn* column, std::vector<std::size_t>& rows) {
  const auto number = [&](std::size_t row) {
    return column != nullptr && column->cells[row].is_number() ? column->cells[row].get<double>()
                                                               : std::numeric_limits<double>::infinity();
  };
  std::stable_sort(rows.begin(), rows.end(), [&](std::size_t a, std::size_t b) { return number(a) < number(b); });
}

}  // namespace

std::string sweep_to_text(const std::string& source, const SweepFacts& facts, const PageRows& rows) {
  std::string text = fmt::format("{}: {} points, {} failed, {} on the front of {}\n", source, grouped(facts.points),
                                 grouped(facts.failed), grouped(facts.on_front),
                                 facts.objectives.empty() ? "no objectives" : fmt::format("{}", fmt::join(facts.objectives, ", ")));
  if (facts.screened > 0)
    text += fmt::format("{} were ranked in closed form; {} that were not simulated are rows of their own, with estimates\n",
                        grouped(facts.screened), grouped(facts.screened_shown));
  if (facts.outside > 0) text += fmt::format("{} of the points are of spaces explored before\n", grouped(facts.outside));
  const auto *sources = rows.find("source"), *front = rows.find("front"), *reasons = rows.find("reason");
  std::vector<std::size_t> best;
  std::vector<CostStanding> standings;
  std::size_t left_out = 0;
  std::map<std::string, std::size_t> failures;
  for (std::size_t row = 0; row < rows.count(); ++row) {
    if (text_of(sources, row) != source) continue;
    if (const std::string reason = text_of(reasons, row); reason != "-") ++failures[reason];
    if (is_true(front, row)) best.push_back(row);
    if (text_of(rows.find("status"), row) != "done") continue;
    standings.push_back(standing_of(rows, row));
    if (!standings.back().missing.empty() && is_true(rows.find("feasible"), row) && text_of(front, row) == "-") ++left_out;
  }
  if (!facts.objective_columns.empty()) sort_by(rows.find(facts.objective_columns.front()), best);
  const bool marked = std::ranges::any_of(best, [&](std::size_t row) { return !standing_of(rows, row).marks().empty(); });
  std::vector<std::string> heads{"point"};
  if (marked) heads.insert(heads.begin(), "");
  heads.insert(heads.end(), facts.objective_columns.begin(), facts.objective_columns.end());
  std::vector<std::vector<std::string>> lines;
  for (const std::size_t row : std::span(best).first(std::min(best.size(), kShownPoints))) {
    auto& cells = lines.emplace_back();
    if (marked) cells.push_back(standing_of(rows, row).marks());
    cells.push_back(text_of(rows.find("name"), row));
    for (const auto& objective : facts.objective_columns) cells.push_back(text_of(rows.find(objective), row));
  }
  if (!lines.empty()) text += "\n" + table(heads, lines, (marked ? "ll" : "l") + std::string(facts.objective_columns.size(), 'r'));
  if (facts.on_front > lines.size()) text += fmt::format("and {} more on the front\n", grouped(facts.on_front - lines.size()));
  text += standing_lines(standings, left_out);
  std::size_t told = 0;
  for (const auto& [reason, count] : failures) {
    if (told++ == kShownReasons) break;
    text += fmt::format("failed, {}: {}\n", grouped(count), reason);
  }
  if (failures.size() > kShownReasons) text += fmt::format("and {} more reasons\n", failures.size() - kShownReasons);
  return text;
}

}  // namespace binade::sim
