// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/train_cost.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "models/numerics/error.h"
#include "sim/cli/progress_bar.h"
#include "sim/cli/rtl_builds.h"
#include "sim/cli/seal.h"
#include "sim/jobs/interrupt.h"
#include "sim/platform/cores.h"
#include "sim/report/json_report.h"
#include "sim/report/output_file.h"
#include "sim/report/training_json.h"
#include "sim/run/identity.h"
#include "sim/run/processes.h"
#include "sim/run/simulate.h"

namespace binade::sim {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::array kReports{"first_step", "step", "last_step"};
constexpr const char* kTable = "cost.csv";
constexpr const char* kWhole = "cost.json";

/// What cost.json says; nothing where it is not as this program writes it.
std::optional<Json> read(const fs::path& directory) {
  if (directory.empty()) return std::nullopt;
  std::ifstream stream(directory / kWhole);
  if (!stream) return std::nullopt;
  auto json = Json::parse(stream, nullptr, false);
  if (!seal_holds(json) || json.value("schema", "") != kCostSchema || json.value("schema_version", 0) != kCostSchemaVersion)
    return std::nullopt;
  return json;
}

/// A complete report of that run; nothing where it is of another.
std::optional<RunReport> report_of(const Json& json, const RunSpec& spec) {
  auto report = report_from_json(json);
  if (!report.complete || report.identity != run_identity(spec)) return std::nullopt;
  return report;
}

}  // namespace

CostOfTraining::CostOfTraining(TrainingParts& parts, const Settings& settings, const CostWords& words, int threads,
                               fs::path directory)
    : specs_(cost_specs(parts, settings, words)),
      train_samples_(parts.batches->train_samples()),
      threads_(threads),
      directory_(std::move(directory)) {
  for (const RunSpec* const spec : specs()) check(*spec);
  if (!specs_.first.uses_rtl()) return;
  rtl_.emplace(speaking_rtl_cache());
  check_rtl(specs_.first.platform.core, *rtl_);
}

std::vector<const RunSpec*> CostOfTraining::specs() const {
  std::vector<const RunSpec*> all{&specs_.first, &specs_.step};
  if (specs_.last_step) all.push_back(&*specs_.last_step);
  return all;
}

bool CostOfTraining::complete() const {
  return std::all_of(reports_.begin(), reports_.begin() + static_cast<std::ptrdiff_t>(specs().size()),
                     [](const auto& report) { return report.has_value(); });
}

void CostOfTraining::count() {
  cost_ = cost_of({.first = *reports_[0], .step = *reports_[1], .last = reports_[2] ? &*reports_[2] : nullptr}, train_samples_);
}

void CostOfTraining::check_files() const {
  if (directory_.empty()) return;
  for (const char* const name : {kTable, kWhole}) check_output_file(directory_ / name);
}

std::optional<CoreKind> CostOfTraining::core_of(const fs::path& directory) {
  const auto json = read(directory);
  if (!json) return std::nullopt;
  try {
    return parse_core_kind(json->at("core").get<std::string>());
  } catch (const std::exception&) {  // of another program's file
    return std::nullopt;
  }
}

bool CostOfTraining::keep() {
  const auto json = read(directory_);
  if (!json) return false;
  try {
    const auto all = specs();
    for (std::size_t i = 0; i < all.size(); ++i) reports_[i] = report_of(json->at(kReports[i]), *all[i]);
  } catch (const std::exception&) {  // of another program's file
    reports_ = {};
  }
  if (!complete()) return false;
  count();
  return true;
}

std::optional<Failure> CostOfTraining::run() {
  if (rtl_) build_rtl(specs_.first.platform.core, *rtl_);
  ProgressBar bar;
  std::optional<Failure> failure;
  const auto simulated = [&](std::size_t i, const ProgressSink& progress) {
    SimulateHooks hooks;
    hooks.run.progress = [&](const Progress& at) { progress({at.step, at.steps, "cost: " + at.what}); };
    hooks.run.stop = &interrupted();
    hooks.run.threads = threads_;
    hooks.rtl = rtl_ ? &*rtl_ : nullptr;
    hooks.mismatch_directory = directory_;
    return simulate(*specs()[i], hooks);
  };
  const auto done = [&](std::size_t i, ProcessResult result) {
    if (result.exit_code != 0 && !failure) failure = Failure{"--cost: " + result.error, result.exit_code};
    if (result.report && result.report->complete) reports_[i] = std::move(result.report);
  };
  run_in_processes(specs().size(), {.at_a_time = 1, .noun = "step", .remedy = "a smaller train.batch"}, simulated, done,
                   [&](const Progress& at) { bar.show(at.step, at.steps, at.what); });
  if (failure || !complete()) return failure;
  count();
  if (!directory_.empty()) write();
  return std::nullopt;
}

void CostOfTraining::write() const {
  Json json{{"schema", kCostSchema}, {"schema_version", kCostSchemaVersion}, {"train_samples", train_samples_}};
  json.update(cost_to_json(*cost_));
  for (std::size_t i = 0; i < reports_.size(); ++i) json[kReports[i]] = reports_[i] ? sealed(to_json(*reports_[i])) : Json();
  write_file(directory_ / kTable, cost_to_csv(cost_->rows));
  write_file(directory_ / kWhole, sealed(std::move(json)).dump(2) + "\n");
}

void CostOfTraining::remove(const fs::path& directory) {
  std::error_code ignored;
  for (const char* const name : {kTable, kWhole}) fs::remove(directory / name, ignored);
}

}  // namespace binade::sim
