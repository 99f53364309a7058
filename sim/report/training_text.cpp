// SPDX-License-Identifier: Apache-2.0
#include "sim/report/training_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "sim/report/cell_json.h"
#include "sim/report/csv_report.h"
#include "sim/report/figures.h"
#include "sim/report/text_report.h"
#include "sim/report/training_columns.h"

namespace binade::sim {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// What a reader must know to call two runs the same experiment, in the order in which it is shown.
Pairs identity(const TrainingReport& report) {
  Pairs pairs{{"network", report.network},
              {"recipe", report.recipe},
              {"data", report.data},
              {"initialisation", report.initialisation},
              {"seed", std::to_string(report.seed)},
              {"order", report.order},
              {"augmentation", report.augmentation}};
  if (report.cost)
    pairs.insert(pairs.end(), {{"cost: core", report.cost->core}, {"cost: energy table", report.cost->energy_table}});
  pairs.insert(pairs.end(), report.config.begin(), report.config.end());
  return pairs;
}

std::string find(const Pairs& pairs, std::string_view key) {
  const auto found = std::find_if(pairs.begin(), pairs.end(), [&](const auto& pair) { return pair.first == key; });
  return found == pairs.end() ? "" : found->second;
}

std::string accuracy_text(const std::optional<double>& share) { return share ? fmt::format("{:.2f}", 100 * *share) : "-"; }

std::vector<std::string> epoch_cells(const EpochRow& row) {
  return {std::to_string(row.epoch),   grouped(row.step),
          loss_text(row.train_loss),   accuracy_text(row.train_accuracy),
          loss_text(row.test_loss),    accuracy_text(row.test_accuracy),
          fmt::format("{:g}", row.lr), grouped(row.overflows),
          grouped(row.underflows),     fmt::format("{:.0f}", row.images_per_second)};
}

const std::vector<std::string> kEpochHeads{"epoch",  "steps", "train loss", "train %",    "test loss",
                                           "test %", "lr",    "overflows",  "underflows", "images/s"};

/// In one word for all runs, or each with the runs that have it.
template <typename Text>
std::string shared(std::span<const TrainingReport> reports, std::span<const std::string> labels, Text text) {
  Difference texts;
  for (const auto& report : reports) texts.values.push_back(text(report));
  const auto& first = texts.values.front();
  const auto same = [&](const std::string& value) { return value == first; };
  return std::all_of(texts.values.begin(), texts.values.end(), same) ? first : values_text(texts, labels);
}

}  // namespace

std::string loss_text(const std::optional<double>& loss) {
  constexpr double kLongest = 1e6;  // what a training that diverges comes to is a power of ten
  if (!loss) return "-";
  return std::abs(*loss) < kLongest ? fmt::format("{:.4f}", *loss) : fmt::format("{:.3e}", *loss);
}

std::string config_value(const TrainingReport& report, std::string_view key) { return find(report.config, key); }

std::string optimiser_text(const TrainingReport& report) {
  const auto value = [&](std::string_view key) { return config_value(report, key); };
  const auto optimiser = value("train.optimiser");
  auto text = fmt::format("{}, lr {}", optimiser, value("train.lr"));
  if (optimiser != "adam") text += fmt::format(", momentum {}", value("train.momentum"));
  if (value("train.nesterov") == "true") text += ", nesterov";
  if (value("train.weight_decay") != "0") text += fmt::format(", weight decay {}", value("train.weight_decay"));
  return text + fmt::format("; loss {}; batch {}", value("train.loss"), value("train.batch"));
}

std::string overrides_text(const TrainingReport& report) {
  std::vector<std::string> assignments;
  for (const auto& key : report.overrides) assignments.push_back(key + "=" + config_value(report, key));
  return assignments.empty() ? "none" : fmt::format("{}", fmt::join(assignments, ", "));
}

std::vector<Difference> differences(std::span<const TrainingReport> reports) {
  std::vector<Pairs> runs;
  for (const auto& report : reports) runs.push_back(identity(report));
  return differences_of(runs);
}

std::vector<std::string> run_labels(std::span<const TrainingReport> reports) {
  std::vector<std::string> labels;
  for (const auto& report : reports) labels.push_back(report.recipe);
  return labels_of(std::move(labels), "recipe", differences(reports));
}

bool has_costs(std::span<const TrainingReport> reports) {
  return std::any_of(reports.begin(), reports.end(), [](const auto& report) { return report.cost.has_value(); });
}

const EpochRow* last_tested(const TrainingReport& report) {
  const auto row =
      std::find_if(report.history.rbegin(), report.history.rend(), [](const EpochRow& each) { return each.test_accuracy; });
  return row == report.history.rend() ? nullptr : &*row;
}

std::optional<double> best_accuracy(const TrainingReport& report) {
  std::optional<double> best;
  for (const auto& row : report.history)
    if (row.test_accuracy && (!best || *row.test_accuracy > *best)) best = row.test_accuracy;
  return best;
}

std::string to_text(const TrainingReport& report) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& row : report.history) rows.push_back(epoch_cells(row));
  auto text = fmt::format("{} by {}, seed {}\ndata: {}\ninitial weights: {}\n{}; order {}; augmentation {}\noverrides: {}\n\n",
                          report.network, report.recipe, report.seed, report.data, report.initialisation, optimiser_text(report),
                          report.order, report.augmentation, overrides_text(report));
  text += table(kEpochHeads, rows, "rrrrrrrrrr");
  if (report.cost) text += "\n" + to_text(*report.cost);
  if (report.status == kInterrupted) {
    text += "\nINCOMPLETE: interrupted; the epochs listed are valid\n";
  } else if (report.status != kComplete) {
    text += fmt::format("\nENDED EARLY: {}\n", report.status);
  }
  return text;
}

std::string comparison_to_text(std::span<const TrainingReport> reports) {
  const auto labels = run_labels(reports);
  const bool costs = has_costs(reports);
  std::vector<std::string> heads{"run",    "epochs", "train loss", "train %", "test loss",
                                 "test %", "best %", "overflows",  "images/s"};
  if (costs) heads.emplace_back("on the accelerator");
  heads.emplace_back("status");
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < reports.size(); ++i) {
    const auto& report = reports[i];
    const auto* tested = last_tested(report);
    rows.push_back({labels[i], report.history.empty() ? "0" : std::to_string(report.history.back().epoch)});
    auto& cells = rows.back();
    if (report.history.empty()) {
      cells.insert(cells.end(), 7, "-");
    } else {
      auto last = epoch_cells(report.history.back());
      cells.insert(cells.end(), {last[2], last[3], tested != nullptr ? loss_text(tested->test_loss) : "-",
                                 tested != nullptr ? accuracy_text(tested->test_accuracy) : "-",
                                 accuracy_text(best_accuracy(report)), last[7], last[9]});
    }
    if (costs) cells.push_back(cost_text(report.cost));
    cells.push_back(report.status);
  }
  auto text = fmt::format("{}; {}\ndata: {}\n\n", shared(reports, labels, [](const auto& r) { return r.network; }),
                          shared(reports, labels, optimiser_text), shared(reports, labels, [](const auto& r) { return r.data; }));
  text += table(heads, rows, costs ? "lrrrrrrrrll" : "lrrrrrrrrl");
  std::vector<std::string> lines;
  for (const auto& difference : differences(reports))
    lines.push_back(fmt::format("  {}: {}\n", difference.key, values_text(difference, labels)));
  return text + (lines.empty() ? "\ndiffers: nothing\n" : fmt::format("\ndiffers:\n{}", fmt::join(lines, "")));
}

std::string comparison_to_csv(std::span<const TrainingReport> reports) {
  const auto labels = run_labels(reports);
  std::vector<std::string> cells{"run"};
  for (const auto& column : epoch_columns()) cells.push_back(column.csv);
  auto text = csv_line(cells);
  for (std::size_t i = 0; i < reports.size(); ++i) {
    for (const auto& row : reports[i].history) {
      cells = {labels[i]};
      for (const auto& column : epoch_columns()) cells.push_back(cell_to_csv(column.get(row)));
      text += csv_line(cells);
    }
  }
  return text;
}

}  // namespace binade::sim
