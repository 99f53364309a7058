// SPDX-License-Identifier: Apache-2.0
// One page for any number of runs, sweeps and trainings: a self-contained document with its data, its script (page/) and, where it
// is given, the plotting library. Without a library it says so and shows tables and the plain charts.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "sim/report/page_rows.h"
#include "sim/report/run_report.h"
#include "sim/report/training_report.h"

namespace binade::sim {

/// What is on a page. `runs` and `trainings`: layers and epochs of rows, as the script reads them.
struct PageContent {
  std::string title;  ///< text
  PageRows rows;
  nlohmann::ordered_json runs = nlohmann::ordered_json::array(), trainings = nlohmann::ordered_json::array();
  std::string energy_note;  ///< of the layers' energies, text
  std::string plain;        ///< HTML: tables and charts that need no script
  /// Columns that the Pareto plot begins with (empty: of its choice), and which are logarithmic: x, y, xy, none; empty: by range.
  std::string x, y, log;
  std::map<std::string, std::string> better;  ///< of objectives, by column: "less" or "more"
};

/// Where a row comes from, and the page that it has beside; empty: none.
struct PageSource {
  std::string folder, page;
};

/// `sources`: one a report.
void add_runs(std::span<const RunReport> reports, std::span<const PageSource> sources, PageContent& content);
void add_trainings(std::span<const TrainingReport> reports, std::span<const PageSource> sources, PageContent& content);

/// `library`: the text of plotly.min.js; empty: none.
std::string to_html(const PageContent& content, const std::string& library);

}  // namespace binade::sim
