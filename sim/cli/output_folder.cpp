// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/output_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "sim/report/json_report.h"
#include "sim/report/training_json.h"

namespace binade::sim {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kReport = "report.json";

struct Owned {
  FolderOwner owner;
  const char* command;
  const char* schema;  ///< of its report.json
  /// Its files, those that no other command writes first: any of these shows whose a folder is that has no report.
  std::array<std::string_view, 9> files;
  std::size_t telling;
};

constexpr std::array kOwners{
    Owned{FolderOwner::Run,
          "binade run",
          kRunSchema,
          {"layers.csv", "compare.json", kReport, "report.html", "passes.csv", "trace.json"},
          2},
    Owned{FolderOwner::Train,
          "binade train",
          kTrainingSchema,
          {"checkpoint.npz", "cost.json", "history.csv", "tensors.csv", "exponents.csv", kReport, "report.html", "weights.npz",
           "cost.csv"},
          5},
    Owned{FolderOwner::Explore, "binade explore", "", {"explore.db", "points.csv"}, 1},
    Owned{FolderOwner::Search, "binade search", "", {"measures.json", "search.json", "formats.csv", "model.json"}, 2}};

bool there(const fs::path& file) {
  std::error_code ignored;
  return fs::is_regular_file(file, ignored);
}

/// Absolute, without links and dots; what is not there is taken as it is written.
fs::path resolved(const fs::path& path) {
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error);
  const fs::path canonical = fs::weakly_canonical(absolute, error);
  return error ? absolute.lexically_normal() : canonical;
}

bool same(const fs::path& one, const fs::path& other) {
  std::error_code error;
  return fs::equivalent(one, other, error) || resolved(one) == resolved(other);
}

const Owned* found_in(const fs::path& directory) {
  const fs::path report = directory / kReport;
  const bool reported = there(report);
  if (reported) {
    std::ifstream stream(report);
    const auto json = nlohmann::ordered_json::parse(stream, nullptr, false);
    const auto schema = json.is_object() ? json.find("schema") : json.end();
    for (const Owned& each : kOwners)
      if (json.is_object() && schema != json.end() && *schema == each.schema) return &each;
  }
  for (const Owned& each : kOwners)
    if (std::any_of(each.files.begin(), each.files.begin() + each.telling, [&](auto name) { return there(directory / name); }))
      return &each;
  if (reported)
    throw InputError(fmt::format("{}: of no command of this program; allowed: another --out", printable(report.string())));
  return nullptr;
}

/// Whether a run that has not come to its first report may have left the file: a table has our heads, the page follows the tables
/// (`begun`: a file that tells is there), weights follow a checkpoint. Other files say themselves what they are, or follow from
/// runs.
bool may_precede_report(const fs::path& file, bool begun) {
  const auto name = file.filename().string();
  if (name == "weights.npz") return there(fs::path(file).replace_filename("checkpoint.npz"));
  if (name == "report.html" || name == "points.csv") return begun;
  const std::array<std::pair<std::string_view, std::string>, 3> tables{std::pair{"history.csv", history_to_csv({})},
                                                                       std::pair{"tensors.csv", tensors_to_csv({})},
                                                                       std::pair{"exponents.csv", exponents_to_csv({})}};
  for (const auto& [table, heads] : tables) {
    if (name != table) continue;
    std::string line;
    std::ifstream stream(file);
    return !std::getline(stream, line) || line + "\n" == heads;
  }
  return true;
}

}  // namespace

FolderOwner owner_of(const fs::path& directory) {
  const Owned* const found = found_in(directory);
  return found == nullptr ? FolderOwner::Nobody : found->owner;
}

void check_folder(const fs::path& directory, FolderOwner command, const std::vector<std::string>& read) {
  const Owned* const found = found_in(directory);
  if (found != nullptr && found->owner != command)
    throw InputError(fmt::format("--out {}: holds results of `{}`; allowed: another folder, or an empty one",
                                 printable(directory.string()), found->command));
  const auto refuse = [&](std::string_view name, std::string_view what) {
    throw InputError(fmt::format("--out {}: {} there {}; allowed: another folder", printable(directory.string()), name, what));
  };
  const Owned& own = *std::find_if(kOwners.begin(), kOwners.end(), [&](const Owned& each) { return each.owner == command; });
  for (const auto name : own.files)
    for (const std::string& file : read)
      if (!file.empty() && !name.empty() && same(file, directory / name)) refuse(name, "is a file that the command reads");
  if (there(directory / kReport)) return;
  for (const auto name : own.files)
    if (!name.empty() && there(directory / name) && !may_precede_report(directory / name, found != nullptr))
      refuse(name, fmt::format("is no result of `{}`, which has no report there", own.command));
}

std::string chosen_file(const std::string& choice) { return there(choice) ? choice : std::string(); }

void check_named_output(const char* option, const fs::path& file, const fs::path& own, const std::vector<std::string>& others) {
  const fs::path named = resolved(file), folder = named.parent_path();
  for (const std::string& other : others)
    if (!other.empty() && (same(named, other) || (there(named) && same(folder, other))))
      throw InputError(fmt::format("{} {}: the command uses that file; allowed: another one", option, printable(file.string())));
  const bool ours = !own.empty() && folder == resolved(own);
  const Owned* const found = ours || !there(named) ? nullptr : found_in(folder);
  for (const Owned& each : kOwners)
    if ((ours || &each == found) && std::find(each.files.begin(), each.files.end(), named.filename().string()) != each.files.end())
      throw InputError(
          fmt::format("{} {}: a result of `{}`; allowed: another file", option, printable(file.string()), each.command));
}

}  // namespace binade::sim
