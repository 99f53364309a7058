// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/train_identity.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "sim/cli/seal.h"
#include "sim/cli/train_outputs.h"
#include "sim/host/digest.h"
#include "sim/report/training_json.h"
#include "sim/run/identity.h"

namespace binade::sim {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kShownDigits = 16;

/// Of a report that is as the program wrote it.
std::optional<TrainingReport> report_in(const fs::path& directory) {
  std::ifstream stream(directory / "report.json");
  if (!stream) return std::nullopt;
  const auto json = nlohmann::ordered_json::parse(stream, nullptr, false);
  if (!seal_holds(json)) return std::nullopt;
  try {
    return training_from_json(json);
  } catch (const InputError&) {
    return std::nullopt;
  }
}

}  // namespace

RunIdentity told_by(const TrainingReport& report, bool epochs_count) {
  Digest formats;
  formats.update(report.formats);
  RunIdentity names{{"network", report.network},
                    {"recipe", report.recipe},
                    {"formats", formats.hex().substr(0, kShownDigits)},
                    {"data", report.data},
                    {"initial weights", report.initialisation},
                    {"seed", std::to_string(report.seed)},
                    {"order", report.order},
                    {"augmentation", report.augmentation}};
  for (const auto& [key, value] : report.config)
    if (key != "train.checkpoint_steps" && (key != "train.epochs" || epochs_count)) names.emplace_back(key, value);
  return names;
}

RunIdentity identity_of(const TrainingReport& report, const TrainingParts& parts) {
  RunIdentity names = told_by(report, parts.lr_follows_epochs);
  const auto add = [&](const char* name, const std::string& digest) {
    for (auto& [each, value] : names)
      if (each == name) value += fmt::format(" ({})", digest.substr(0, kShownDigits));
  };
  add("network", parts.network_digest);
  add("data", parts.data_digest);
  add("initial weights", parts.initial_digest);
  return names;
}

std::string digest_of(const RunIdentity& identity) {
  Digest digest;
  for (const auto& [name, value] : identity) digest.update(fmt::format("{}:{}={}:{}", name.size(), name, value.size(), value));
  digest.update(program_version());
  return digest.hex();
}

void check_same_run(const fs::path& file, const RunIdentity& ours, const RunIdentity& theirs) {
  const auto different = differences(ours, theirs);
  if (different.empty()) return;
  std::string lines;
  for (const auto& line : different) lines += fmt::format("\n  {}", printable(line));
  throw InputError(fmt::format("{} is of another run; allowed: what that one began with, or another --out and --checkpoint{}",
                               printable(file.string()), lines));
}

void check_training_folder(const fs::path& directory, const fs::path& checkpoint, const TrainingReport& report,
                           const TrainingParts& parts) {
  std::error_code error;
  const fs::path other = directory / kCheckpointName;
  if (fs::is_regular_file(other, error) && !fs::equivalent(other, checkpoint, error))
    check_same_run(other, identity_of(report, parts), read_checkpoint(other).identity);
  if (const auto earlier = report_in(directory)) {
    const auto ours = training_from_json(to_json(report));  // values as a file has them
    check_same_run(directory / "report.json", told_by(ours, parts.lr_follows_epochs), told_by(*earlier, parts.lr_follows_epochs));
  }
}

}  // namespace binade::sim
