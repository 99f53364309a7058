// SPDX-License-Identifier: Apache-2.0
// What `binade report` reads: folders of runs and of trainings, and databases of sweeps.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/report/page.h"
#include "sim/report/sweep_file.h"

namespace binade::sim {

/// In the order of their names on the command line, each kind apart.
struct ReportInputs {
  std::vector<RunReport> runs;
  std::vector<TrainingReport> trainings;
  std::vector<std::filesystem::path> run_folders, training_folders, sweeps;
};

/// Each of `given`: a folder with a report.json or an explore.db, a folder of such folders, or such a database itself. Throws
/// InputError where one is none of these, or what it holds is not as the program wrote it.
ReportInputs read_inputs(const std::vector<std::string>& given);

/// The page of all inputs; `beside`: the folder that it is written to, for links to the runs' own pages (empty: no links). `facts`
/// says of each sweep what it is.
PageContent page_content(const ReportInputs& inputs, const std::filesystem::path& beside, std::vector<SweepFacts>& facts);

/// That page as a document, with the library where it is at hand.
std::string report_page(const ReportInputs& inputs, const std::filesystem::path& beside);

/// What a sweep's rows have as their source.
std::string name_of_sweep(const std::filesystem::path& file);

/// `plotly.min.js` of the share folder; empty where it is not there.
std::string plotting_library();

}  // namespace binade::sim
