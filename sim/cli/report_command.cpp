// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/report_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "models/numerics/error.h"
#include "models/numerics/nearest.h"
#include "models/numerics/text.h"
#include "sim/cli/option_words.h"
#include "sim/cli/output_folder.h"
#include "sim/cli/pictures.h"
#include "sim/cli/report_inputs.h"
#include "sim/report/csv_report.h"
#include "sim/report/html_report.h"
#include "sim/report/output_file.h"
#include "sim/report/text_report.h"
#include "sim/report/training_text.h"
#include "sim/run/share.h"

namespace binade::sim {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 6> kFormats{"html", "csv", "json", "text", "svg", "png"};
constexpr std::array<std::string_view, 8> kPlots{"pareto", "parallel", "curves", "roofline", "cycles", "bound", "energy", "sqnr"};
constexpr std::array<std::string_view, 4> kLogs{"x", "y", "xy", "none"};
constexpr int kLeastWidth = 200, kMostWidth = 4000;

struct ReportOptions {
  std::vector<std::string> given;
  std::string out, format, plot, x, y, log;
  int width = 1000;
};

bool is_picture(const std::string& format) { return format == "svg" || format == "png"; }

/// What the name of a file says; empty: nothing, it is a folder.
std::string format_by_name(const fs::path& file) {
  const std::string extension = file.extension().string();
  if (extension == ".txt") return "text";
  for (const auto format : kFormats)
    if (format != "text" && extension == fmt::format(".{}", format)) return std::string(format);
  return "";
}

/// How the command writes: to standard output, a FILE of one format, or a folder with comparisons or pictures.
struct Output {
  std::string format;  ///< empty: compare.* in the folder
  fs::path file, folder;
};

Output output_of(const ReportOptions& options) {
  Output output{.format = options.format, .file = {}, .folder = {}};
  std::error_code ignored;
  const bool is_folder = !options.out.empty() && (fs::is_directory(options.out, ignored) || format_by_name(options.out).empty());
  if (output.format.empty() && !is_folder) output.format = options.out.empty() ? "text" : format_by_name(options.out);
  if (is_picture(output.format)) {
    if (options.out.empty())
      throw InputError(fmt::format(
          "--report-format {0}: nowhere to write pictures; allowed: --out DIR, or --out FILE.{0} with --plot NAME", output.format));
    if (!is_folder && options.plot.empty())
      throw InputError(fmt::format("--out {}: one file, and no --plot; allowed: --plot {}, or --out DIR for all",
                                   printable(options.out), fmt::join(kPlots, "|")));
  } else if (!options.plot.empty()) {
    throw InputError("--plot: is of pictures; allowed: --report-format svg or png, or --out FILE.svg or FILE.png");
  }
  const bool is_text_file = !options.out.empty() && !output.format.empty() && !is_picture(output.format);
  if (is_text_file && fs::is_directory(options.out, ignored))
    throw InputError(fmt::format("--out {}: is a folder; allowed: a file, or no --report-format", printable(options.out)));
  if (is_text_file || (is_picture(output.format) && !is_folder))
    output.file = options.out;
  else
    output.folder = options.out;
  return output;
}

/// What an axis of the Pareto plot can be.
void check_axis(const char* option, const std::string& name, const PageRows& rows) {
  if (name.empty()) return;
  std::vector<std::string> names;
  for (const auto& column : rows.columns())
    if (std::any_of(column.cells.begin(), column.cells.end(), [](const auto& cell) { return cell.is_number(); }))
      names.push_back(column.name);
  if (std::find(names.begin(), names.end(), name) == names.end())
    throw InputError(
        fmt::format("{} {}: no row has such a number; nearest is '{}'; allowed: a column of --report-format csv that holds numbers",
                    option, printable(name), nearest_word(name, names)));
}

/// Everything in words: each kind apart.
std::string text_of(const ReportInputs& inputs, const std::vector<SweepFacts>& sweeps, const PageRows& rows) {
  std::vector<std::string> parts;
  if (!inputs.runs.empty()) parts.push_back(comparison_to_text(inputs.runs));
  for (std::size_t i = 0; i < sweeps.size(); ++i) parts.push_back(sweep_to_text(name_of_sweep(inputs.sweeps[i]), sweeps[i], rows));
  if (!inputs.trainings.empty()) parts.push_back(comparison_to_text(inputs.trainings));
  return fmt::format("{}", fmt::join(parts, "\n"));
}

/// compare.csv: of one kind its own table, else all rows with all columns.
std::string comparison_csv(const ReportInputs& inputs, const PageRows& rows) {
  if (inputs.trainings.empty() && inputs.sweeps.empty()) return comparison_to_csv(inputs.runs);
  if (inputs.runs.empty() && inputs.sweeps.empty()) return comparison_to_csv(inputs.trainings);
  return rows_to_csv(rows);
}

void write_pictures(const ReportOptions& options, const Output& output, const std::string& page) {
  const auto pictures = pictures_of(page, output.format, options.plot, options.width);
  if (!output.file.empty()) {
    if (pictures.empty())
      throw InputError(
          fmt::format("--plot {}: these inputs have nothing that it shows; allowed: another plot, or --out DIR for all that have",
                      options.plot));
    write_file(output.file, pictures.begin()->second);
    std::cout << "picture: " << printable(output.file.string()) << '\n';
    return;
  }
  for (const auto& [name, picture] : pictures) {
    const auto file = output.folder / fmt::format("{}.{}", name, output.format);
    write_file(file, picture);
    std::cout << "picture: " << printable(file.string()) << '\n';
  }
}

void report(const ReportOptions& options) {
  const auto output = output_of(options);
  const auto inputs = read_inputs(options.given);
  if (!output.file.empty()) {
    check_output_file(output.file);
    check_named_output("--out", output.file);
    for (const auto& sweep : inputs.sweeps) check_named_output("--out", output.file, {}, {sweep.string()});
  }
  std::error_code ignored;
  const fs::path place =
      output.folder.empty() ? output.file.empty() ? fs::path() : fs::absolute(output.file, ignored).parent_path() : output.folder;
  std::vector<SweepFacts> sweeps;
  auto content = page_content(inputs, place, sweeps);
  check_axis("--x", options.x, content.rows);
  check_axis("--y", options.y, content.rows);
  if (!options.x.empty()) content.x = options.x;
  if (!options.y.empty()) content.y = options.y;
  content.log = options.log;
  const auto library = output.format == "text" || output.format == "csv" || output.format == "json" ? "" : plotting_library();
  if (is_picture(output.format)) {
    if (library.empty())
      throw InputError(
          fmt::format("report: pictures need {}, and it is not there; allowed: html, csv, json and text, or `make deps` first",
                      kPlottingLibrary));
    if (!output.folder.empty()) prepare_output_directory(output.folder);
    write_pictures(options, output, to_html(content, library));
    return;
  }
  if (output.format.empty()) {
    prepare_output_directory(output.folder);
    for (const char* const name : {"compare.txt", "compare.csv", "compare.html"}) check_output_file(output.folder / name);
    const auto text = text_of(inputs, sweeps, content.rows);
    write_file(output.folder / "compare.txt", text);
    write_file(output.folder / "compare.csv", comparison_csv(inputs, content.rows));
    write_file(output.folder / "compare.html", to_html(content, library));
    std::cout << text << "comparison: " << printable(options.out) << '\n';
    return;
  }
  const auto text = output.format == "html"   ? to_html(content, library)
                    : output.format == "csv"  ? rows_to_csv(content.rows)
                    : output.format == "json" ? rows_to_json(content.rows).dump(1) + "\n"
                                              : text_of(inputs, sweeps, content.rows);
  if (output.file.empty()) {
    std::cout << text;
    return;
  }
  write_file(output.file, text);
  std::cout << "report: " << printable(output.file.string()) << '\n';
  if (output.format == "html" && library.empty())
    std::cout << "note: without plots, which need " << kPlottingLibrary << " (`make deps` fetches it)\n";
}

constexpr const char* kExamples = R"(
examples:
  binade report out/a out/b                                     a table, and what differs
  binade report out/sweep out/a --out page.html                 one page for a sweep and a run
  binade report out/sweep --report-format csv                   every point with every figure
  binade report out/sweep --x calibrated.area_um2 --y output.sqnr_db --log x --plot pareto --out front.svg)";

}  // namespace

void add_report_command(CLI::App& app) {
  auto* command = app.add_subcommand("report", "put runs, sweeps and trainings side by side, on a page too, and say what differs");
  command->footer(kExamples);
  const auto options = std::make_shared<ReportOptions>();
  command
      ->add_option("INPUT", options->given,
                   "what --out of `binade run`, `binade train` or `binade explore` has made, a folder of such folders, or the "
                   "database of a sweep")
      ->required();
  command
      ->add_option(
          "--out", options->out,
          "FILE.html, .csv, .json, .txt, .svg or .png; a folder: compare.html, compare.csv and compare.txt there, or pictures")
      ->type_name("FILE|DIR");
  command
      ->add_option("--report-format", options->format,
                   "of what --out names, or without --out of standard output; default: by the file's name, else text")
      ->check(CLI::IsMember(words_of(kFormats)));
  command->add_option("--plot", options->plot, "svg, png: this one alone")->check(CLI::IsMember(words_of(kPlots)));
  command->add_option("--x", options->x, "column that the Pareto plot begins with")->type_name("COLUMN");
  command->add_option("--y", options->y, "the same")->type_name("COLUMN");
  command->add_option("--log", options->log, "its logarithmic axes; default: those of figures that span more than two decades")
      ->check(CLI::IsMember(words_of(kLogs)));
  command->add_option("--width", options->width, "svg, png: pixels")
      ->check(CLI::Range(kLeastWidth, kMostWidth))
      ->capture_default_str();
  command->callback([options] { report(*options); });
}

}  // namespace binade::sim
