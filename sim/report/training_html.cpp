// SPDX-License-Identifier: Apache-2.0
#include "sim/report/training_html.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "sim/report/figures.h"
#include "sim/report/html_page.h"
#include "sim/report/svg.h"
#include "sim/report/svg_lines.h"
#include "sim/report/training_text.h"
#include "sim/report/version.h"

namespace binade::sim {
namespace {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

using Figure = double (*)(const EpochRow&);

Line curve(const TrainingReport& report, std::string name, Figure figure, int series, bool dashed) {
  Line line{.name = std::move(name), .points = {}, .series = series, .dashed = dashed};
  for (const auto& row : report.history) line.points.emplace_back(static_cast<double>(row.epoch), figure(row));
  return line;
}

double train_loss(const EpochRow& row) { return row.train_loss; }
double test_loss(const EpochRow& row) { return row.test_loss.value_or(kNothing); }
double train_percent(const EpochRow& row) { return 100 * row.train_accuracy; }
double test_percent(const EpochRow& row) { return row.test_accuracy ? 100 * *row.test_accuracy : kNothing; }

std::string percent(const std::optional<double>& share) { return share ? fmt::format("{:.2f} %", 100 * *share) : "-"; }

std::string chart_section(std::string_view title, std::string_view hint, const std::vector<Line>& lines, const std::string& unit) {
  return html_section(title, hint, line_legend(lines) + line_chart(lines, "epoch", unit));
}

std::string tile(std::string_view name, const std::string& value) {
  return fmt::format("<div class=\"tile\"><span>{}</span><strong>{}</strong></div>\n", escaped(name), escaped(value));
}

std::string tiles(const TrainingReport& report) {
  if (report.history.empty()) return "";
  const auto& last = report.history.back();
  double seconds = 0;
  for (const auto& row : report.history) seconds += row.train_seconds;
  std::string html = "<div class=\"tiles\">\n" + tile("epochs", std::to_string(last.epoch)) + tile("steps", grouped(last.step));
  html += tile("train loss", loss_text(last.train_loss)) + tile("train accuracy", percent(last.train_accuracy));
  if (const auto* tested = last_tested(report)) {
    html += tile("test loss", loss_text(tested->test_loss)) + tile("test accuracy", percent(tested->test_accuracy));
    html += tile("best test accuracy", percent(best_accuracy(report)));
  }
  html += tile("images/s", fmt::format("{:.0f}", last.images_per_second)) + tile("time in steps", seconds_text(seconds));
  if (const auto* epoch = report.cost ? report.cost->row(kEpochPart) : nullptr) {
    html += tile("images/s on the accelerator", number_text(images_per_second(*epoch)));
    html += tile("energy an image there", energy_text(energy_per_image_pj(*epoch)));
    html += tile("energy an epoch there", energy_text(epoch->energy_pj));
  }
  return html + "</div>\n";
}

std::string epochs_section(const TrainingReport& report) {
  std::string html =
      "<div class=\"scroll\"><table>\n<tr><th>epoch</th><th>steps</th><th>train loss</th><th>train accuracy</th><th>test "
      "loss</th><th>test accuracy</th><th>learning rate</th><th>overflows</th><th>underflows</th><th>images/s</th></tr>\n";
  for (const auto& row : report.history)
    html += fmt::format(
        "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{:g}</td><td>{}</td><td>{}</td><td>{:.0f}</"
        "td>"
        "</tr>\n",
        row.epoch, grouped(row.step), loss_text(row.train_loss), percent(row.train_accuracy), loss_text(row.test_loss),
        percent(row.test_accuracy), row.lr, grouped(row.overflows), grouped(row.underflows), row.images_per_second);
  return html_section("Epochs", "Overflows and underflows: elements of all tensors that the steps wrote.",
                      html + "</table></div>\n");
}

/// The epochs of one tensor in one pass.
struct TensorHistoryOfRun {
  std::string tensor, pass;
  std::vector<const TensorRow*> rows;
};

std::vector<TensorHistoryOfRun> histories(const TrainingReport& report) {
  std::vector<TensorHistoryOfRun> all;
  std::map<std::pair<std::string, std::string>, std::size_t> index;
  for (const auto& row : report.tensors) {
    const auto [at, fresh] = index.try_emplace({row.tensor, row.pass}, all.size());
    if (fresh) all.push_back({row.tensor, row.pass, {}});
    all[at->second].rows.push_back(&row);
  }
  return all;
}

double share(std::uint64_t part, std::uint64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0.0;
}
double overflow_share(const TensorRow& row) { return share(row.overflows, row.writes); }
double underflow_share(const TensorRow& row) { return share(row.underflows, row.writes); }

std::string share_text(double value) { return value == 0 ? "0" : fmt::format("{:.2g} %", 100 * value); }

/// A strip over the epochs, with the last value.
std::string history_cell(const TensorHistoryOfRun& history, double (*figure)(const TensorRow&), std::string (*text)(double)) {
  std::vector<double> values;
  std::string tip;
  for (const auto* row : history.rows) {
    values.push_back(figure(*row));
    tip += fmt::format("{}{}", tip.empty() ? "" : ", ", text(values.back()));
  }
  return fmt::format("<td>{} {}</td>",
                     sparkline(values, fmt::format("{} in {}, epoch by epoch: {}", history.tensor, history.pass, tip)),
                     text(values.back()));
}

constexpr std::uint64_t kStripPoints = 96;  // a sparkline's width in half pixels has no room for more
constexpr std::size_t kToldChanges = 24;

/// A strip over the steps of the run, with the last exponent.
std::string exponent_cell(const ExponentSeries& series, std::uint64_t steps) {
  std::vector<double> values;
  const std::uint64_t points = std::clamp<std::uint64_t>(steps, 1, kStripPoints);
  for (std::uint64_t i = 1; i <= points; ++i) values.push_back(series.at(i * steps / points).value_or(series.exponents.front()));
  std::string tip;
  for (std::size_t i = 0; i < std::min(series.steps.size(), kToldChanges); ++i)
    tip += fmt::format("{}{} from {}{}", i == 0 ? "" : ", ", series.exponents[i], i == 0 ? "step " : "", series.steps[i]);
  if (series.steps.size() > kToldChanges) tip += fmt::format(", and {} more in exponents.csv", series.steps.size() - kToldChanges);
  return fmt::format("<td>{} {}</td>", sparkline(values, fmt::format("{} in {}: {}", series.tensor, series.pass, tip)),
                     series.exponents.back());
}

std::string tensors_section(const TrainingReport& report) {
  const auto all = histories(report);
  const std::uint64_t steps = report.history.empty() ? 0 : report.history.back().step;
  if (all.empty()) return "";
  std::string html =
      "<div class=\"scroll\"><table>\n<tr><th>tensor</th><th>written "
      "in</th><th>exponent</th><th>overflows</th><th>underflows</th></tr>\n";
  for (const auto& history : all) {
    const auto series = std::find_if(report.exponents.begin(), report.exponents.end(), [&](const ExponentSeries& each) {
      return each.tensor == history.tensor && each.pass == history.pass;
    });
    html += fmt::format("<tr><td>{}</td><td>{}</td>", escaped(history.tensor), escaped(history.pass));
    html += series != report.exponents.end() ? exponent_cell(*series, steps) : "<td>-</td>";
    html += history_cell(history, overflow_share, share_text) + history_cell(history, underflow_share, share_text) + "</tr>\n";
  }
  return html_section("Tensors",
                      "Each strip from its least to its largest value, and the last value: step by step the LSB exponent where the "
                      "format has a shared one, epoch by epoch the shares of the elements written that over- and underflowed.",
                      html + "</table></div>\n");
}

std::string pair(std::string_view name, const std::string& value) {
  return fmt::format("<tr><td>{}</td><td><code>{}</code></td></tr>\n", escaped(name), escaped(value));
}

std::string provenance_section(const TrainingReport& report) {
  std::string html = "<table class=\"pairs\">\n";
  html += pair("program", fmt::format("binade {}, revision {}", tool_version(), tool_revision()));
  html += pair("network", report.network + ": " + report.network_source) + pair("recipe", report.recipe);
  html += pair("data", report.data) + pair("initial weights", report.initialisation) + pair("seed", std::to_string(report.seed));
  html += pair("overrides of the defaults", overrides_text(report)) + pair("identity", report.identity);
  html += "</table>\n<details><summary>Resolved configuration</summary>\n<table class=\"pairs\">\n";
  for (const auto& [key, value] : report.config) html += pair(key, value);
  html += "</table>\n</details>\n";
  if (!report.formats.empty())
    html += fmt::format("<details><summary>Formats</summary>\n<pre>{}</pre>\n</details>\n", escaped(report.formats));
  return html_section("Provenance", "What reproduces this run.", html);
}

std::string status_section(const TrainingReport& report) {
  if (report.status == kComplete) return "";
  return fmt::format("<section class=\"warning\"><strong>{}.</strong> The epochs listed are valid.</section>\n",
                     report.status == kInterrupted ? "Incomplete: interrupted" : escaped(report.status));
}

/// What is not equal in all runs; below it what is.
std::string configuration_section(std::span<const TrainingReport> reports, std::span<const std::string> labels) {
  const auto different = differences(reports);
  std::string html = "<div class=\"scroll\"><table>\n<tr><th>differs</th>";
  for (const auto& label : labels) html += fmt::format("<th>{}</th>", escaped(label));
  html += "</tr>\n";
  for (const auto& difference : different) {
    html += fmt::format("<tr><td>{}</td>", escaped(difference.key));
    for (const auto& value : difference.values) html += fmt::format("<td>{}</td>", escaped(value.empty() ? "-" : value));
    html += "</tr>\n";
  }
  html += "</table></div>\n<details><summary>Equal in all</summary>\n<table class=\"pairs\">\n";
  for (const auto& [key, value] : reports.front().config)
    if (std::none_of(different.begin(), different.end(), [&, &name = key](const auto& each) { return each.key == name; }))
      html += pair(key, value);
  return html_section("Configuration", "What differs between the runs, and what does not.", html + "</table>\n</details>\n");
}

std::string runs_section(std::span<const TrainingReport> reports, std::span<const std::string> labels) {
  std::string html =
      "<div class=\"scroll\"><table>\n<tr><th>run</th><th>status</th><th>epochs</th><th>train loss</th><th>train "
      "accuracy</th><th>test "
      "loss</th><th>test accuracy</th><th>best test accuracy</th><th>overflows</th><th>images/s</th>";
  html += has_costs(reports) ? "<th>on the accelerator</th></tr>\n" : "</tr>\n";
  for (std::size_t i = 0; i < reports.size(); ++i) {
    const auto& report = reports[i];
    html += fmt::format("<tr><td>{}</td><td>{}</td>", escaped(labels[i]), escaped(report.status));
    if (report.history.empty()) {
      html += "<td>0</td></tr>\n";
      continue;
    }
    const auto& last = report.history.back();
    const auto* tested = last_tested(report);
    html += fmt::format("<td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{:.0f}</td>", last.epoch,
                        loss_text(last.train_loss), percent(last.train_accuracy),
                        tested != nullptr ? loss_text(tested->test_loss) : "-",
                        tested != nullptr ? percent(tested->test_accuracy) : "-", percent(best_accuracy(report)),
                        grouped(last.overflows), last.images_per_second);
    html += has_costs(reports) ? fmt::format("<td>{}</td></tr>\n", escaped(cost_text(report.cost))) : "</tr>\n";
  }
  return html_section("Runs", "Of the last epoch; test figures of the last that was evaluated.", html + "</table></div>\n");
}

std::vector<Line> curves(std::span<const TrainingReport> reports, std::span<const std::string> labels, Figure figure) {
  std::vector<Line> lines;
  for (std::size_t i = 0; i < reports.size(); ++i)
    lines.push_back(curve(reports[i], labels[i], figure, static_cast<int>(i), static_cast<int>(i) >= kLineClasses));
  return lines;
}

}  // namespace

std::string to_html(const TrainingReport& report) {
  auto body = fmt::format(
      "<header>\n<h1>{} <b>{}</b></h1>\n<p>{}; order {}; augmentation {}; seed {}</p>\n<p>{}</p>\n<p>Overrides of the defaults: "
      "{}.</p>\n"
      "</header>\n",
      escaped(report.network), escaped(report.recipe), escaped(optimiser_text(report)), escaped(report.order),
      escaped(report.augmentation), report.seed, escaped(report.data), escaped(overrides_text(report)));
  body += status_section(report) + tiles(report);
  body += chart_section("Loss", "Training: mean over an epoch's samples, each before its step. Test: after the epoch.",
                        {curve(report, "training", train_loss, 0, true), curve(report, "test", test_loss, 1, false)}, "loss");
  body += chart_section("Accuracy", "Classified correctly, of the same samples.",
                        {curve(report, "training", train_percent, 0, true), curve(report, "test", test_percent, 1, false)}, "%");
  body += epochs_section(report);
  if (report.cost) body += to_html(*report.cost);
  body += tensors_section(report) + provenance_section(report);
  return html_page(report.network + " by " + report.recipe, body);
}

std::string comparison_body(std::span<const TrainingReport> reports) {
  const auto labels = run_labels(reports);
  const auto& first = reports.front();
  auto body = fmt::format("<header>\n<h1>{} <b>in {} training runs</b></h1>\n<p>{}</p>\n</header>\n", escaped(first.network),
                          reports.size(), escaped(first.data));
  body += runs_section(reports, labels) + configuration_section(reports, labels);
  body += chart_section("Test accuracy", "Classified correctly after each epoch.", curves(reports, labels, test_percent), "%");
  body += chart_section("Training loss", "Mean over each epoch's samples.", curves(reports, labels, train_loss), "loss");
  body += chart_section("Test loss", "Mean over the test set after each epoch.", curves(reports, labels, test_loss), "loss");
  body +=
      chart_section("Overflows", "Elements written in each epoch that were clamped, or became an infinity, NaN or NaR.",
                    curves(reports, labels, [](const EpochRow& row) { return static_cast<double>(row.overflows); }), "elements");
  return body;
}

std::string comparison_to_html(std::span<const TrainingReport> reports) {
  return html_page(reports.front().network + " in several training runs", comparison_body(reports));
}

}  // namespace binade::sim
