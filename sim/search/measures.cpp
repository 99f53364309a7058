// SPDX-License-Identifier: Apache-2.0
#include "sim/search/measures.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "sim/report/output_file.h"

namespace binade::sim {
namespace {

constexpr const char* kSchema = "binade-search-measures";
constexpr int kVersion = 1;
constexpr std::chrono::seconds kAtMost{1};

}  // namespace

Measures::Measures(std::filesystem::path file) : file_(std::move(file)) {
  std::error_code ignored;
  if (file_.empty() || !std::filesystem::exists(file_, ignored)) return;
  std::ifstream stream(file_);
  const auto json = nlohmann::json::parse(stream, nullptr, false);
  const bool ours = json.is_object() && json.value("schema", nlohmann::json()) == kSchema &&
                    json.value("schema_version", nlohmann::json()) == kVersion && json.contains("measures") &&
                    json["measures"].is_object();
  const auto refuse = [&] {
    throw InputError(fmt::format("{}: holds no measurements of a `binade search` of this version; allowed: another --out",
                                 printable(file_.string())));
  };
  if (!ours) refuse();
  for (const auto& [identity, pair] : json["measures"].items()) {
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number() || !pair[1].is_number()) refuse();
    all_[identity] = {.value = pair[0].get<double>(), .seconds = pair[1].get<double>()};
  }
}

std::optional<Measure> Measures::find(const std::string& identity) const {
  const auto found = all_.find(identity);
  return found == all_.end() ? std::nullopt : std::optional(found->second);
}

void Measures::put(const std::string& identity, const Measure& measure) {
  all_[identity] = measure;
  changed_ = true;
  if (std::chrono::steady_clock::now() - written_ >= kAtMost) flush();
}

void Measures::flush() {
  if (file_.empty() || !changed_) return;
  nlohmann::json json{{"schema", kSchema}, {"schema_version", kVersion}, {"measures", nlohmann::json::object()}};
  for (const auto& [identity, measure] : all_) json["measures"][identity] = {measure.value, measure.seconds};
  write_file(file_, json.dump() + "\n");
  changed_ = false;
  written_ = std::chrono::steady_clock::now();
}

}  // namespace binade::sim
