// SPDX-License-Identifier: Apache-2.0
#include "sim/explore/listing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "sim/explore/metrics.h"
#include "sim/report/cell_json.h"
#include "sim/report/csv_report.h"
#include "sim/report/output_file.h"
#include "sim/report/text_report.h"

namespace binade::sim {
namespace {

constexpr std::size_t kShown = 30;

bool has_all(const SweepPoint& point) {
  const auto& objectives = point.judgement.objectives;
  return point.done && point.judgement.feasible && !objectives.empty() &&
         std::ranges::none_of(objectives, [](double value) { return std::isnan(value); });
}

std::string number_text(double value) { return std::isnan(value) ? "-" : fmt::format("{:.6g}", value); }

std::string unit_of(const std::string& name) {
  const auto metric = find_metric(name);
  return metric && !metrics()[*metric].column->unit.empty() ? " " + metrics()[*metric].column->unit : "";
}

}  // namespace

std::vector<bool> competitors(const Space& space, const std::vector<SweepPoint>& points) {
  std::vector<const Judgement*> judgements;
  for (const auto& point : points) judgements.push_back(has_all(point) ? &point.judgement : nullptr);
  return competing(space, judgements);
}

std::vector<bool> front_of(const Space& space, const std::vector<SweepPoint>& points) {
  const auto compete = competitors(space, points);
  std::vector<std::vector<double>> objectives;
  for (std::size_t i = 0; i < points.size(); ++i)
    objectives.push_back(compete[i] ? points[i].judgement.objectives : std::vector<double>{std::nan("")});
  return pareto_front(objectives);
}

std::string derived_text(const Space& space, const Judgement& judgement) {
  auto json = nlohmann::ordered_json::object();
  for (std::size_t i = 0; i < judgement.derived.size(); ++i) {
    const double value = judgement.derived[i];
    json[space.derived[i].name] = std::isnan(value) ? nlohmann::ordered_json() : real_to_json(value);
  }
  return json.dump();
}

void write_points(const std::filesystem::path& file, const Space& space, const std::vector<SweepPoint>& points,
                  const std::vector<bool>& front, Store& store) {
  OutputFile output(file);
  std::vector<std::string> cells{"position", "status", "reason", "front", "feasible"};
  std::set<std::string> said(cells.begin(), cells.end());
  const auto head = [&](const std::string& name) {
    const bool fresh = said.insert(name).second;
    if (fresh) cells.push_back(name);
    return fresh;
  };
  for (const auto& axis : space.axes) head(axis.name);
  for (const auto& derived : space.derived) head(derived.name);
  std::vector<std::size_t> shown;  // metrics that are no axes
  for (std::size_t i = 0; i < metrics().size(); ++i)
    if (head(metrics()[i].name)) shown.push_back(i);
  head("identity");
  const std::size_t width = cells.size();
  output.write(csv_line(cells));
  for (std::size_t i = 0; i < points.size(); ++i) {
    const SweepPoint& point = points[i];
    if (point.identity.empty()) continue;
    const auto row = store.find(point.identity);
    if (!row) continue;
    cells = {std::to_string(i), row->done ? "done" : "failed", row->reason, row->done ? (front[i] ? "1" : "0") : "",
             row->done ? (point.judgement.feasible ? "1" : "0") : ""};
    for (std::size_t axis = 0; axis < space.axes.size(); ++axis) cells.push_back(space.axes[axis].values[point.choice[axis]]);
    if (row->done) {
      for (const double value : point.judgement.derived) cells.push_back(std::isnan(value) ? "" : cell_to_csv(value));
      for (const std::size_t metric : shown) cells.push_back(cell_to_csv(row->metrics[metric]));
    }
    cells.resize(width - 1);
    cells.push_back(point.identity);
    output.write(csv_line(cells));
  }
  output.commit();
}

std::string points_text(const Space& space, const std::vector<SweepPoint>& points, const std::vector<bool>& front) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < points.size(); ++i)
    if (points[i].done) order.push_back(i);
  const auto key = [&](std::size_t i) {
    const Judgement& judgement = points[i].judgement;
    const double first =
        judgement.objectives.empty() || std::isnan(judgement.objectives.front()) ? HUGE_VAL : judgement.objectives.front();
    return std::tuple(!front[i], !judgement.feasible, first, i);
  };
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
  std::vector<std::string> header{"", "#"};
  std::string align = "lr";
  const auto column = [&](const std::string& name, char side) {
    header.push_back(name);
    align += side;
  };
  for (const auto& axis : space.axes) column(axis.name, 'l');
  for (const auto& objective : space.objectives) column(objective.name + unit_of(objective.name), 'r');
  for (const auto& derived : space.derived) column(derived.name, 'r');
  std::vector<std::vector<std::string>> rows;
  for (const std::size_t i : order) {
    if (rows.size() == kShown) break;
    const SweepPoint& point = points[i];
    auto& row = rows.emplace_back();
    row = {(front[i] ? "*" : point.judgement.feasible ? "" : "x") + point.judgement.standing.marks(), std::to_string(i)};
    for (std::size_t axis = 0; axis < space.axes.size(); ++axis) row.push_back(space.axes[axis].values[point.choice[axis]]);
    for (std::size_t k = 0; k < space.objectives.size(); ++k) {
      const double value = point.judgement.objectives[k];
      row.push_back(number_text(space.objectives[k].maximise ? -value : value));
    }
    for (const double value : point.judgement.derived) row.push_back(number_text(value));
  }
  std::string text = rows.empty() ? std::string() : table(header, rows, align);
  if (!rows.empty())
    text += "* on the front: no other point is at least as good in every objective and better in one; x: a constraint is not met\n";
  if (order.size() > rows.size()) text += fmt::format("{} more points\n", order.size() - rows.size());
  const auto compete = competitors(space, points);
  std::vector<CostStanding> standings;
  std::size_t left_out = 0;
  for (const std::size_t i : order) {
    standings.push_back(points[i].judgement.standing);
    if (has_all(points[i]) && !compete[i]) ++left_out;
  }
  return text + standing_lines(standings, left_out);
}

}  // namespace binade::sim
