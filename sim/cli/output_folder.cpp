// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/output_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string_view>

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

constexpr std::array kOwners{Owned{FolderOwner::Run,
                                   "binade run",
                                   kRunSchema,
                                   {"layers.csv", "compare.json", kReport, "report.html", "passes.csv", "trace.json"},
                                   2},
                             Owned{FolderOwner::Train,
                                   "binade train",
                                   kTrainingSchema,
                                   {"checkpoint.npz", "cost.json", "history.csv", "tensors.csv", "exponents.csv", kReport,
                                    "report.html", "weights.npz", "cost.csv"},
                                   5}};

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

}  // namespace

FolderOwner owner_of(const fs::path& directory) {
  const Owned* const found = found_in(directory);
  return found == nullptr ? FolderOwner::Nobody : found->owner;
}

void check_folder(const fs::path& directory, FolderOwner command) {
  const Owned* const found = found_in(directory);
  if (found == nullptr || found->owner == command) return;
  throw InputError(fmt::format("--out {}: holds results of `{}`; allowed: another folder, or an empty one",
                               printable(directory.string()), found->command));
}

void check_named_output(const char* option, const fs::path& file, const fs::path& own, std::initializer_list<std::string> others) {
  const fs::path named = resolved(file), folder = named.parent_path();
  for (const std::string& other : others)
    if (!other.empty() && named == resolved(other))
      throw InputError(fmt::format("{} {}: the command uses that file; allowed: another one", option, printable(file.string())));
  const bool ours = !own.empty() && folder == resolved(own);
  const Owned* const found = ours || !there(named) ? nullptr : found_in(folder);
  for (const Owned& each : kOwners)
    if ((ours || &each == found) && std::find(each.files.begin(), each.files.end(), named.filename().string()) != each.files.end())
      throw InputError(
          fmt::format("{} {}: a result of `{}`; allowed: another file", option, printable(file.string()), each.command));
}

}  // namespace binade::sim
