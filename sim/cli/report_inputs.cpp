// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/report_inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <span>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "sim/cli/seal.h"
#include "sim/report/html_report.h"
#include "sim/report/json_report.h"
#include "sim/report/training_html.h"
#include "sim/report/training_json.h"
#include "sim/run/share.h"

namespace binade::sim {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kReport = "report.json";
constexpr std::size_t kPlainRuns = 24;  ///< more than these have no plain charts: a bar a run would say little

bool there(const fs::path& file) {
  std::error_code ignored;
  return fs::is_regular_file(file, ignored);
}

/// The reports and databases of a folder: its own, or where it has none those of the folders in it, in the order of their names.
std::vector<fs::path> inputs_in(const fs::path& directory) {
  std::vector<fs::path> files;
  const auto take = [&](const fs::path& folder) {
    for (const char* const name : {kReport, kSweepFile})
      if (there(folder / name)) files.push_back(folder / name);
  };
  take(directory);
  if (!files.empty()) return files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) take(entry.path());
  std::sort(files.begin(), files.end());
  if (files.empty())
    throw InputError(
        fmt::format("{}: no {} there, and no {}; allowed: what --out of `binade run`, `binade train` or `binade explore` has "
                    "made, or a folder of such",
                    printable(directory.string()), kReport, kSweepFile));
  return files;
}

Json read_report(const fs::path& file) {
  std::ifstream stream(file);
  auto json = Json::parse(stream, nullptr, false);
  if (!seal_holds(json))
    throw InputError(fmt::format("{}: not as the program wrote it; allowed: a report with its checksum", printable(file.string())));
  return json;
}

void read_input(const fs::path& file, ReportInputs& inputs) {
  if (file.filename() != kReport) {
    inputs.sweeps.push_back(file);
    return;
  }
  const Json json = read_report(file);
  try {
    if (json.value("schema", "") == kTrainingSchema) {
      inputs.trainings.push_back(training_from_json(json));
      inputs.training_folders.push_back(file.parent_path());
    } else {
      inputs.runs.push_back(report_from_json(json));
      inputs.run_folders.push_back(file.parent_path());
    }
  } catch (const InputError& error) {
    throw InputError(fmt::format("{}: {}", printable(file.string()), error.what()));
  }
}

/// As a link, of a page in `beside`.
std::vector<PageSource> sources_of(const std::vector<fs::path>& folders, const fs::path& beside) {
  std::vector<PageSource> sources;
  for (const auto& folder : folders) {
    std::error_code error;
    const auto page = folder / "report.html";
    const auto link = beside.empty() || !there(page) ? fs::path() : fs::relative(page, fs::absolute(beside, error), error);
    sources.push_back({folder.string(), error ? "" : link.generic_string()});
  }
  return sources;
}

std::string title_of(const ReportInputs& inputs) {
  std::vector<std::string> parts;
  const auto add = [&](std::size_t count, const char* one, const char* several) {
    if (count > 0) parts.push_back(fmt::format("{} {}", count, count == 1 ? one : several));
  };
  add(inputs.runs.size(), "run", "runs");
  add(inputs.sweeps.size(), "sweep", "sweeps");
  add(inputs.trainings.size(), "training", "trainings");
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace

std::string name_of_sweep(const fs::path& file) {
  return file.filename() == kSweepFile && file.has_parent_path() ? file.parent_path().string() : file.string();
}

ReportInputs read_inputs(const std::vector<std::string>& given) {
  ReportInputs inputs;
  for (const auto& name : given) {
    if (there(name) && fs::path(name).filename() != kReport) {
      inputs.sweeps.emplace_back(name);
      continue;
    }
    for (const auto& file : there(name) ? std::vector<fs::path>{name} : inputs_in(name)) read_input(file, inputs);
  }
  return inputs;
}

PageContent page_content(const ReportInputs& inputs, const fs::path& beside, std::vector<SweepFacts>& facts) {
  PageContent content;
  content.title = title_of(inputs);
  const auto runs = sources_of(inputs.run_folders, beside);
  add_runs(inputs.runs, runs, content);
  for (const auto& sweep : inputs.sweeps) facts.push_back(add_sweep(sweep, name_of_sweep(sweep), content));
  add_trainings(inputs.trainings, sources_of(inputs.training_folders, beside), content);
  content.rows.derive();
  if (!inputs.runs.empty() && inputs.runs.size() <= kPlainRuns) {
    std::vector<std::string> pages;
    for (const auto& run : runs) pages.push_back(run.page);
    content.plain += comparison_body(inputs.runs, pages);
  }
  if (!inputs.trainings.empty() && inputs.trainings.size() <= kPlainRuns) content.plain += comparison_body(inputs.trainings);
  return content;
}

std::string report_page(const ReportInputs& inputs, const fs::path& beside) {
  std::vector<SweepFacts> facts;
  return to_html(page_content(inputs, beside, facts), plotting_library());
}

std::string plotting_library() {
  try {
    std::ifstream stream(shared_file(kPlottingLibrary), std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  } catch (const InputError&) {
    return "";
  }
}

}  // namespace binade::sim
