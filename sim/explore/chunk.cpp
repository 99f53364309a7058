// SPDX-License-Identifier: Apache-2.0
#include "sim/explore/chunk.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "sim/explore/metrics.h"
#include "sim/report/output_file.h"
#include "sim/run/identity.h"

namespace binade::sim {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// CBOR, as cells_to_bytes has cells.
void write_json(const fs::path& file, const Json& json) {
  const auto bytes = Json::to_cbor(json);
  write_file(file, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

/// No object where the file is not there or damaged.
Json read_json(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(stream), {}};
  return Json::from_cbor(bytes, true, false);
}

[[noreturn]] void refuse(const fs::path& file) {
  throw InputError(fmt::format("{}: no points of a task of `binade explore`; allowed: as it wrote them", printable(file.string())));
}

Json bytes_of(const std::vector<Cell>& cells) {
  const std::string text = cells_to_bytes(cells);
  return Json::binary({text.begin(), text.end()});
}

}  // namespace

void write_chunk(const fs::path& file, const Chunk& chunk) {
  Json points = Json::array();
  for (const auto& point : chunk.points) points.push_back({{"choice", point.choice}, {"identity", point.identity}});
  write_json(file, {{"tool", program_version()},
                    {"folder", chunk.folder.string()},
                    {"arguments", chunk.arguments},
                    {"points", std::move(points)}});
}

Chunk read_chunk(const fs::path& file) try {
  const Json json = read_json(file);
  if (json.at("tool") != program_version())
    throw InputError(fmt::format("{}: written by {}, this is {}; allowed: the same program on every machine",
                                 printable(file.string()), json.at("tool").get<std::string>(), program_version()));
  Chunk chunk{.folder = json.at("folder").get<std::string>(), .arguments = json.at("arguments"), .points = {}};
  for (const auto& point : json.at("points"))
    chunk.points.push_back({.choice = point.at("choice"), .identity = point.at("identity")});
  return chunk;
} catch (const Json::exception&) {
  refuse(file);
}

void write_results(const fs::path& file, const std::vector<StoredPoint>& rows) {
  Json points = Json::array();
  for (const auto& row : rows)
    points.push_back({{"identity", row.identity},
                      {"done", row.done},
                      {"reason", row.reason},
                      {"axes", row.axes},
                      {"config", row.config},
                      {"components", row.components},
                      {"metrics", bytes_of(row.metrics)}});
  write_json(file, {{"tool", program_version()}, {"points", std::move(points)}});
}

std::vector<StoredPoint> read_results(const fs::path& file) try {
  const Json json = read_json(file);
  std::vector<StoredPoint> rows;
  if (!json.is_object() || json.at("tool") != program_version()) return rows;
  for (const auto& point : json.at("points")) {
    const auto& cells = point.at("metrics").get_binary();
    rows.push_back({.identity = point.at("identity"),
                    .done = point.at("done"),
                    .reason = point.at("reason"),
                    .axes = point.at("axes"),
                    .config = point.at("config"),
                    .components = point.at("components"),
                    .metrics = cells_from_bytes({cells.begin(), cells.end()})});
  }
  return rows;
} catch (const Json::exception&) {
  return {};
}

fs::path chunk_file(const fs::path& folder, std::size_t task) { return folder / fmt::format("{}.points", task); }
fs::path results_file(const fs::path& folder, std::size_t task) { return folder / fmt::format("{}.results", task); }

}  // namespace binade::sim
