// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/report_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "sim/cli/seal.h"
#include "sim/report/csv_report.h"
#include "sim/report/html_report.h"
#include "sim/report/json_report.h"
#include "sim/report/output_file.h"
#include "sim/report/text_report.h"
#include "sim/report/training_html.h"
#include "sim/report/training_json.h"
#include "sim/report/training_text.h"

namespace binade::sim {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct ReportOptions {
  std::vector<std::string> directories;
  std::string out;
};

constexpr const char* kReport = "report.json";

/// The reports of a folder: its own, or where it has none those of the folders in it, in the order of their names.
std::vector<fs::path> reports_in(const fs::path& directory) {
  std::error_code error;
  if (fs::is_regular_file(directory / kReport, error)) return {directory / kReport};
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(directory, error))
    if (fs::is_regular_file(entry.path() / kReport, error)) files.push_back(entry.path() / kReport);
  std::sort(files.begin(), files.end());
  if (files.empty())
    throw InputError(
        fmt::format("{}: no {} there; allowed: what --out of `binade run` or `binade train` has made, or a folder of such",
                    printable(directory.string()), kReport));
  return files;
}

Json read_report(const fs::path& file) {
  std::ifstream stream(file);
  auto json = Json::parse(stream, nullptr, false);
  if (!seal_holds(json))
    throw InputError(fmt::format("{}: not as the program wrote it; allowed: a report with its checksum", printable(file.string())));
  return json;
}

template <typename Report>
std::vector<Report> parsed(const std::vector<fs::path>& files, const std::vector<Json>& reports, Report (*parse)(const Json&)) {
  std::vector<Report> all;
  for (std::size_t i = 0; i < reports.size(); ++i) {
    try {
      all.push_back(parse(reports[i]));
    } catch (const InputError& error) {
      throw InputError(fmt::format("{}: {}", printable(files[i].string()), error.what()));
    }
  }
  return all;
}

/// What several runs say together, ready to be written.
struct Comparison {
  std::string text, csv, html;
};

Comparison compared(const std::vector<fs::path>& files) {
  std::vector<Json> reports;
  std::set<std::string> kinds;
  for (const auto& file : files) {
    reports.push_back(read_report(file));
    kinds.insert(reports.back().value("schema", ""));
  }
  if (kinds.size() > 1)
    throw InputError(
        "report: training runs and others do not compare; allowed: folders of `binade train`, or folders of `binade run`");
  if (*kinds.begin() == kTrainingSchema) {
    const auto runs = parsed<TrainingReport>(files, reports, training_from_json);
    return {comparison_to_text(runs), comparison_to_csv(runs), comparison_to_html(runs)};
  }
  const auto runs = parsed<RunReport>(files, reports, report_from_json);
  return {comparison_to_text(runs), comparison_to_csv(runs), comparison_to_html(runs, false)};
}

void compare(const ReportOptions& options) {
  std::vector<fs::path> files;
  for (const auto& directory : options.directories)
    for (auto& file : reports_in(directory)) files.push_back(std::move(file));
  const auto comparison = compared(files);
  if (!options.out.empty()) {
    const fs::path out = options.out;
    prepare_output_directory(out);
    for (const char* const name : {"compare.txt", "compare.csv", "compare.html"}) check_output_file(out / name);
    write_file(out / "compare.txt", comparison.text);
    write_file(out / "compare.csv", comparison.csv);
    write_file(out / "compare.html", comparison.html);
  }
  std::cout << comparison.text;
  if (!options.out.empty()) std::cout << "comparison: " << printable(options.out) << '\n';
}

}  // namespace

void add_report_command(CLI::App& app) {
  auto* command = app.add_subcommand("report", "put runs side by side, and say what differs between their configurations");
  const auto options = std::make_shared<ReportOptions>();
  command
      ->add_option("DIR", options->directories,
                   "what --out of `binade run` or `binade train` has made, or a folder of such folders; runs of one kind")
      ->required();
  command->add_option("--out", options->out, "also write compare.html, compare.csv and compare.txt there")->type_name("DIR");
  command->callback([options] { compare(*options); });
}

}  // namespace binade::sim
