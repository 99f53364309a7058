// SPDX-License-Identifier: Apache-2.0
#include "sim/import/workload.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "sim/import/gemm_list.h"
#include "sim/import/limits.h"
#include "sim/import/network_yaml.h"
#include "sim/import/onnx/import_onnx.h"
#include "sim/import/topology.h"

namespace binade::sim {
namespace {

enum class FileKind { Yaml, Topology, Unknown };

/// The first line that is neither empty nor a comment.
std::string_view first_line(std::string_view text) {
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of("\r\n"), text.size());
    const auto line = text.substr(0, end);
    const auto first = line.find_first_not_of(" \t");
    if (first != std::string_view::npos && line[first] != '#') return line;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

FileKind kind_of(const std::filesystem::path& file, const std::string& text) {
  const auto extension = file.extension().string();
  if (extension == ".yaml" || extension == ".yml") return FileKind::Yaml;
  if (extension == ".csv") return FileKind::Topology;
  const auto line = first_line(text);
  if (line.find(": ") != std::string_view::npos || line.starts_with("---") || line.ends_with(':')) return FileKind::Yaml;
  return line.find(',') != std::string_view::npos ? FileKind::Topology : FileKind::Unknown;
}

/// Of learned tensors and of multiply-accumulates: counts that are computed in 64 bits later.
void check_counts(const networks::Network& network) {
  constexpr long double kMostMacs = 0x1p62L;
  for (int i = 0; i < static_cast<int>(network.layers.size()); ++i) {
    const auto& layer = network.layers[static_cast<std::size_t>(i)];
    for (const auto& parameter : parameter_shapes(network, i)) {
      long double elements = 1;
      for (const auto extent : parameter.shape) elements *= static_cast<long double>(extent);
      if (elements > static_cast<long double>(kMostParameters))
        throw InputError(fmt::format("network: layer '{}': {} has more than 2^32 elements", layer.name, parameter.name));
      if (elements / static_cast<long double>(parameter.shape[0]) * static_cast<long double>(layer.out.elements()) > kMostMacs)
        throw InputError(fmt::format("network: layer '{}': more than 2^62 multiply-accumulates", layer.name));
    }
  }
}

Workload checked(Workload workload) {
  infer_shapes(workload.network);
  check_counts(workload.network);
  return workload;
}

Workload checked_file(Workload workload, const std::string& name) {
  try {
    return checked(std::move(workload));
  } catch (const InputError& error) {
    throw InputError(fmt::format("{}: {}", name, error.what()));
  }
}

bool is_onnx(const std::filesystem::path& file) {
  const auto extension = file.extension().string();
  const bool text = extension == ".yaml" || extension == ".yml" || extension == ".csv";
  return extension == ".onnx" || (!text && looks_like_onnx(file));
}

Workload read_file(const std::string& word) {
  const std::filesystem::path file = word;
  const auto name = printable(word);
  std::error_code ignored;
  std::ifstream stream(file, std::ios::binary);
  if (std::filesystem::is_directory(file, ignored) || !stream)
    throw InputError(
        fmt::format("--network {}: cannot read the file; allowed: a name that `binade networks` lists, a network in YAML, "
                    "a topology in CSV or an ONNX model",
                    name));
  Workload workload;
  workload.from_file = true;
  if (is_onnx(file)) {
    auto model = import_onnx(file);
    workload.network = std::move(model.network);
    workload.parameters = std::move(model.parameters);
    workload.notes = std::move(model.notes);
    return checked_file(std::move(workload), name);
  }
  const auto text = read_text(stream, name);
  switch (kind_of(file, text)) {
    case FileKind::Yaml:
      workload.network = network_from_yaml(text, name);
      break;
    case FileKind::Topology:
      workload.network = topology_network(text, name, workload.notes);
      break;
    case FileKind::Unknown:
      throw InputError(
          fmt::format("--network {}: neither YAML nor comma-separated; allowed: a network in YAML (.yaml), a SCALE-Sim "
                      "topology (.csv) or an ONNX model (.onnx)",
                      name));
  }
  return checked_file(std::move(workload), name);
}

}  // namespace

Workload load_workload(const std::string& word) {
  const auto names = networks::network_names();
  if (std::find(names.begin(), names.end(), word) != names.end()) return {networks::make_network(word), {}, false};
  std::error_code ignored;
  const bool file = word.find_first_of("/.") != std::string::npos || std::filesystem::is_regular_file(word, ignored);
  if (file) return read_file(word);
  return {networks::make_network(word), {}, false};  // refuses, with the nearest name
}

Workload gemm_workload(const std::vector<std::string>& words) { return checked({gemm_network(words, "--gemm"), {}, false}); }

}  // namespace binade::sim
