// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/identity.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

#include "models/numerics/error.h"
#include "sim/host/digest.h"
#include "sim/report/version.h"

namespace binade::sim {
namespace {

constexpr const char* kChecksum = "checksum";

/// Parts are told apart by their lengths.
void add(Digest& digest, std::string_view part) {
  digest.update(fmt::format("{}:", part.size()));
  digest.update(part);
}

/// A modified tree has many states under one revision: the program's own bytes tell them apart.
std::string program_version() {
  const std::string revision(tool_revision());
  auto version = fmt::format("{} {}", tool_version(), revision);
  if (!revision.ends_with('+') && revision != "unknown") return version;
  return version + " " + file_digest("/proc/self/exe").value_or("");
}

std::string checksum_of(nlohmann::ordered_json report) {
  report.erase(kChecksum);
  Digest digest;
  digest.update(report.dump());
  return digest.hex();
}

}  // namespace

std::string run_identity(const RunSpec& request, const Settings& resolved, const std::string& extra) {
  static const std::string version = program_version();
  Digest digest;
  add(digest, version);
  add(digest, request.network.name);
  for (const auto& [name, tensor] : request.inputs) add(digest, name);
  add(digest, request.tensors);
  add(digest, request.tensors_digest);
  for (const auto& pattern : request.layer_selection) add(digest, pattern);
  add(digest, fmt::format("{} {} {} {}", samples_of(request), request.batch, request.seed, to_string(request.core)));
  add(digest, request.energy_table.path());
  for (const auto& [name, row] : request.energy_table.rows())
    add(digest, fmt::format("{} {} {} {} {}", name, row.value, row.unit, static_cast<int>(row.provenance), row.source));
  for (const auto& [key, value] : key_values(resolved)) add(digest, key + "=" + value);
  add(digest, extra);
  return digest.hex();
}

std::string sources_digest(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    const auto extension = entry.path().extension();
    if (entry.is_regular_file() && (extension == ".sv" || extension == ".svh" || extension == ".f")) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  Digest digest;
  for (const auto& file : files) {
    const auto content = file_digest(file);
    if (!content) throw InputError(fmt::format("{}: cannot read the file", file.string()));
    add(digest, file.lexically_relative(directory).string());
    add(digest, *content);
  }
  return digest.hex();
}

std::optional<std::string> file_digest(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  Digest digest;
  std::vector<char> chunk(std::size_t{1} << 20);
  while (stream) {
    stream.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    digest.update(std::string_view(chunk.data(), static_cast<std::size_t>(stream.gcount())));
  }
  return stream.eof() ? std::optional(digest.hex()) : std::nullopt;
}

nlohmann::ordered_json sealed(nlohmann::ordered_json report) {
  report[kChecksum] = checksum_of(report);
  return report;
}

bool seal_holds(const nlohmann::ordered_json& report) {
  return report.is_object() && report.contains(kChecksum) && report[kChecksum] == checksum_of(report);
}

}  // namespace binade::sim
