// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/cost_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "models/cost/operand_streams.h"
#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "sim/cli/cost_rows.h"
#include "sim/cli/error_output.h"
#include "sim/config/settings.h"
#include "sim/report/format_cost.h"
#include "sim/run/cost_tables.h"

namespace binade::sim {
namespace {

constexpr const char* kExamples = R"(
Examples:
  binade cost dfp8,posit8,fp8e4m3,bf16,fp32
  binade cost dfp8 --set core.pe_latency=2 --activity uniform --report-format json
  binade cost fp32 --set core.format_a=dfp8 --set core.format_b=dfp16         dfp8 x dfp16 -> fp32
  binade cost posit6,posit7,posit8,posit9,posit10 --report-format csv         widths between those that were measured
  binade cost dfp8 --cost-table my_technology)";

/// Keys that the cost of a format follows from; FORMAT is the word of it.
constexpr std::array<std::string_view, 3> kCountingKeys{"accumulate=", "rounding=", "core."};

struct CostOptions {
  std::vector<std::string> formats, sets;
  std::string table = kDefaultTechnology, activity = "nn", report_format = "text";
};

/// The core that a format is priced in. Throws InputError with all that is wrong with the options.
std::vector<datapath::CoreConfig> cores_of(const CostOptions& options) {
  Settings settings;
  std::vector<std::string> problems;
  for (const auto& assignment : options.sets) {
    apply_assignment(settings, assignment, problems);
    const bool counts = std::ranges::any_of(kCountingKeys, [&](std::string_view key) { return assignment.starts_with(key); });
    if (assignment.starts_with("format="))
      problems.push_back(fmt::format("--set {}: FORMAT says it; allowed: other keys", assignment));
    else if (!counts)
      problems.push_back(fmt::format("--set {}: changes no cost; allowed: keys accumulate, rounding, core.*", assignment));
  }
  for (const auto& word : options.formats) {
    try {
      numerics::parse_format(word);
    } catch (const InputError& error) {
      problems.push_back(fmt::format("FORMAT: {}", error.what()));
    }
  }
  if (!problems.empty()) throw InputError(fmt::format("{}", fmt::join(problems, "\n")));
  settings.formats = options.formats;
  if (problems = validate(settings); !problems.empty()) throw InputError(fmt::format("{}", fmt::join(problems, "\n")));
  std::vector<datapath::CoreConfig> cores;
  for (const auto& word : options.formats) cores.push_back(platform_of(resolved_for(settings, word)).core);
  return cores;
}

/// How its figures are known, which every speed-up rests on.
std::string baseline_text(const std::optional<Baseline>& baseline) {
  if (!baseline) return ": not in the table";
  const auto standing = cost::worse(baseline->area_um2.standing, baseline->delay_ps.standing);
  if (standing == cost::Standing::Exact) return "";
  return fmt::format(": {}, {:.4g} um2 +-{:.2g} %, {:.4g} ps +-{:.2g} %", cost::to_string(standing), baseline->area_um2.value,
                     baseline->area_um2.error_percent, baseline->delay_ps.value, baseline->delay_ps.error_percent);
}

void print(const FormatCostReport& report, const std::string& report_format) {
  if (report_format == "json")
    std::cout << to_json(report).dump(2) << '\n';
  else
    std::cout << (report_format == "csv" ? to_csv(report) : to_text(report));
}

void price(const CostOptions& options) {
  const auto cores = cores_of(options);
  const auto activity = cost::parse_activity(options.activity);
  const auto table = calibrated_table(options.table);
  const auto reference = baseline_core(cores.front().pe_latency);
  const auto baseline = baseline_of(table, reference);
  FormatCostReport report;
  report.table = table.name();
  report.provenance = printable(table.provenance());
  report.activity = options.activity;
  report.baseline = fmt::format("{} {}, {} stage{}{}", kBaselineFormat, to_string(reference.accumulate.policy),
                                reference.pe_latency, reference.pe_latency == 1 ? "" : "s", baseline_text(baseline));
  report.rows = cores.front().rows;
  report.cols = cores.front().cols;
  for (const auto& core : cores) report.formats.push_back(format_cost(table, core, activity, baseline));
  if (std::none_of(report.formats.begin(), report.formats.end(), [](const auto& row) { return row.area_um2.has_value(); })) {
    const auto& row = report.formats.front();
    throw InputError(fmt::format("cost table {}: {}, {}: {}; allowed: formats between those that it was made of (docs/cost.md)",
                                 table.name(), row.format, row.accumulate, row.flags));
  }
  print(report, options.report_format);
}

}  // namespace

void add_cost_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand("cost", "area, delay and energy of formats in a technology");
  const auto options = std::make_shared<CostOptions>();
  command->add_option("FORMAT", options->formats, "number formats (`binade formats`), separated by commas")
      ->required()
      ->delimiter(',')
      ->type_name("WORD[,WORD]");
  command->add_option("--set", options->sets, "set one configuration key (`binade keys`): accumulate, rounding, core.*; repeatable")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command
      ->add_option("--cost-table", options->table,
                   "a technology that comes with the program, or a folder as rtl/calibrate writes it (docs/cost.md)")
      ->type_name("NAME|DIR")
      ->capture_default_str();
  command->add_option("--activity", options->activity, "operand streams of the energies")
      ->check(CLI::IsMember(cost::activity_words()))
      ->capture_default_str();
  command->add_option("--report-format", options->report_format, "what goes to standard output")
      ->check(CLI::IsMember({"text", "csv", "json"}))
      ->capture_default_str();
  command->footer(kExamples);
  command->callback([options] { price(*options); });
}

}  // namespace binade::sim
