// SPDX-License-Identifier: Apache-2.0
#include "sim/data/trace_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "models/numerics/error.h"
#include "models/numerics/nearest.h"
#include "sim/data/npz.h"

namespace binade::sim {
namespace {

using Members = std::map<std::string, NpyArray>;
using Problems = std::vector<std::string>;

// The members of a trace beside the parameters.
constexpr const char *kNetwork = "network", *kInputLayer = "input_layer", *kSource = "source", *kInput = "input",
                     *kLabels = "labels";

std::string shape_text(const std::vector<std::int64_t>& shape) { return fmt::format("({})", fmt::join(shape, ", ")); }

void throw_all(const Problems& problems) {
  if (!problems.empty()) throw InputError(fmt::format("{}", fmt::join(problems, "\n")));
}

layers::Parameters parameters_of(const Members& members, const networks::Network& network, const std::string& file,
                                 std::set<std::string> known, Problems& problems) {
  layers::Parameters parameters;
  for (int layer = 0; layer < static_cast<int>(network.layers.size()); ++layer) {
    for (const auto& expected : networks::parameter_shapes(network, layer)) {
      auto underscored = expected.name;
      std::replace(underscored.begin(), underscored.end(), '.', '_');
      const auto found = members.contains(expected.name) ? members.find(expected.name) : members.find(underscored);
      if (found == members.end()) {
        problems.push_back(fmt::format("{}: {} is missing; {} needs it with shape {}", file, expected.name, network.name,
                                       shape_text(expected.shape)));
        continue;
      }
      known.insert(found->first);
      if (found->second.is_text || found->second.shape != expected.shape) {
        problems.push_back(fmt::format("{}: {} has shape {}; {} needs {}", file, found->first, shape_text(found->second.shape),
                                       network.name, shape_text(expected.shape)));
        continue;
      }
      try {
        parameters[expected.name] = to_tensor(found->second, fmt::format("{}: {}", file, found->first));
      } catch (const InputError& error) {
        problems.emplace_back(error.what());
      }
    }
  }
  for (const auto& [name, array] : members)
    if (!known.contains(name) && !name.ends_with("num_batches_tracked"))
      problems.push_back(fmt::format("{}: {} is no parameter of {}", file, name, network.name));
  return parameters;
}

const NpyArray& member(const Members& members, const std::string& name, const std::string& file) {
  const auto found = members.find(name);
  if (found == members.end()) throw InputError(fmt::format("{}: {} is missing; a trace has it (traces/README.md)", file, name));
  return found->second;
}

std::string text_member(const Members& members, const std::string& name, const std::string& file) {
  const auto& array = member(members, name, file);
  if (!array.is_text) throw InputError(fmt::format("{}: {} is not a string; allowed: a string", file, name));
  return array.text;
}

std::vector<int> read_labels(const NpyArray& array, std::int64_t samples, int classes, const std::string& file,
                             Problems& problems) {
  if (array.is_text || array.shape != std::vector{samples}) {
    problems.push_back(
        fmt::format("{}: {} has shape {}; allowed: ({}), one per sample", file, kLabels, shape_text(array.shape), samples));
    return {};
  }
  std::vector<int> labels;
  for (std::size_t i = 0; i < array.values.size(); ++i) {
    const double label = array.values[i];
    if (!(label >= 0 && label < classes) || label != std::floor(label)) {
      problems.push_back(fmt::format("{}: {}[{}] is {}; allowed: 0..{}", file, kLabels, i, label, classes - 1));
      return {};
    }
    labels.push_back(static_cast<int>(label));
  }
  return labels;
}

}  // namespace

int find_layer(const networks::Network& network, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& layer : network.layers) {
    if (layer.name == name) return static_cast<int>(names.size());
    names.push_back(layer.name);
  }
  throw InputError(fmt::format("{} has no layer '{}', the nearest is '{}'; allowed: the names that `binade networks {}` lists",
                               network.name, name, nearest_word(name, names), network.name));
}

layers::Parameters load_parameters(const std::filesystem::path& file, const networks::Network& network) {
  Problems problems;
  auto parameters = parameters_of(read_npz(file), network, file.string(), {}, problems);
  throw_all(problems);
  return parameters;
}

Trace load_trace(const std::filesystem::path& file) {
  const auto members = read_npz(file);
  const auto name = file.string();
  Trace trace;
  trace.source = text_member(members, kSource, name);
  trace.input_layer = text_member(members, kInputLayer, name);
  try {
    trace.network = networks::make_network(text_member(members, kNetwork, name));
    const auto& shape = trace.network.layers[static_cast<std::size_t>(find_layer(trace.network, trace.input_layer))].out;
    Problems problems;
    const auto& input = member(members, kInput, name);
    const std::vector<std::int64_t> expected{input.shape.empty() ? 0 : input.shape[0], shape.channels, shape.height, shape.width};
    if (input.is_text || input.shape != expected || expected[0] == 0) {
      problems.push_back(fmt::format("{}: {} has shape {}; the output of {}'s {} is (samples, {}, {}, {})", name, kInput,
                                     shape_text(input.shape), trace.network.name, trace.input_layer, shape.channels, shape.height,
                                     shape.width));
    } else {
      trace.input = to_tensor(input, fmt::format("{}: {}", name, kInput));
    }
    trace.labels = read_labels(member(members, kLabels, name), expected[0], trace.network.classes, name, problems);
    trace.parameters = parameters_of(members, trace.network, name, {kNetwork, kInputLayer, kSource, kInput, kLabels}, problems);
    throw_all(problems);
  } catch (const InputError& error) {
    if (std::string_view(error.what()).starts_with(name)) throw;
    throw InputError(fmt::format("{}: {}", name, error.what()));
  }
  return trace;
}

void save_trace(const std::filesystem::path& file, const Trace& trace) {
  std::vector<std::pair<std::string, std::vector<std::byte>>> members;
  members.emplace_back(kNetwork, make_npy_text(trace.network.name));
  members.emplace_back(kInputLayer, make_npy_text(trace.input_layer));
  members.emplace_back(kSource, make_npy_text(trace.source));
  members.emplace_back(kInput, make_npy_float32(trace.input.shape, trace.input.values));
  const std::vector<std::int64_t> labels(trace.labels.begin(), trace.labels.end());
  members.emplace_back(kLabels, make_npy_int64(std::vector{static_cast<std::int64_t>(labels.size())}, labels));
  for (const auto& [name, tensor] : trace.parameters) members.emplace_back(name, make_npy_float32(tensor.shape, tensor.values));
  write_npz(file, members);
}

}  // namespace binade::sim
