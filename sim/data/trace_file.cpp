// SPDX-License-Identifier: Apache-2.0
#include "sim/data/trace_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "models/networks/layer_lookup.h"
#include "models/numerics/error.h"
#include "sim/data/dataset.h"
#include "sim/data/parameters.h"
#include "sim/import/network_yaml.h"

namespace binade::sim {
namespace {

using Problems = std::vector<std::string>;

// The members of a trace beside the parameters.
constexpr const char *kNetwork = "network", *kInputLayer = "input_layer", *kSource = "source", *kInput = "input",
                     *kLabels = "labels";

/// The first `samples` of a tensor; all of them where there are no more.
void keep_samples(operations::Tensor& tensor, std::int64_t samples) {
  const auto each = tensor.elements() / tensor.shape.front();
  tensor.shape.front() = samples;
  tensor.values.resize(static_cast<std::size_t>(samples * each));
}

void throw_all(const Problems& problems) {
  if (!problems.empty()) throw InputError(fmt::format("{}", fmt::join(problems, "\n")));
}

ArrayHeader header_of(NpzReader& archive, const std::string& name) {
  if (!archive.contains(name))
    throw InputError(fmt::format("{}: {} is missing; a trace has it (traces/README.md)", archive.file(), name));
  return archive.header(name);
}

std::string text_member(NpzReader& archive, const std::string& name) {
  if (!header_of(archive, name).is_text)
    throw InputError(fmt::format("{}: {} is not a string; allowed: a string", archive.file(), name));
  return archive.read(name).text;
}

/// Members that are no parameters. A training step has many more.
std::set<std::string> other_members(const NpzReader& archive, const networks::Network& network) {
  std::set<std::string> others{kNetwork, kInputLayer, kSource, kInput, kLabels};
  if (!archive.contains(kStepMember)) return others;
  others.insert({kStepMember, kNetworkMember});
  for (const auto& name : archive.names())
    if (name.starts_with("step") || name.starts_with("session/")) others.insert(name);
  for (int i = 0; i < static_cast<int>(network.layers.size()); ++i)
    for (const auto& parameter : networks::parameter_shapes(network, i)) others.erase(parameter.name);
  return others;
}

/// Where it is another than the built-in one of that name, a trace has it.
networks::Network network_of(NpzReader& archive, const std::string& name) {
  if (!archive.contains(kNetworkMember)) return networks::make_network(name);
  const auto bytes = values_of<std::uint8_t>(archive.read_saved(kNetworkMember));
  return network_from_yaml({bytes.begin(), bytes.end()}, fmt::format("{}: {}", archive.file(), kNetworkMember));
}

std::vector<int> read_labels(NpzReader& archive, std::int64_t samples, int classes, std::optional<std::int64_t> wanted,
                             Problems& problems) {
  const auto& file = archive.file();
  const auto header = header_of(archive, kLabels);
  if (header.is_text || header.shape != std::vector{samples}) {
    problems.push_back(
        fmt::format("{}: {} has shape {}; allowed: ({}), one per sample", file, kLabels, shape_text(header.shape), samples));
    return {};
  }
  const auto array = archive.read(kLabels, wanted);
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

Trace load_trace(const std::filesystem::path& file, std::optional<std::int64_t> samples, std::optional<networks::Network> given) {
  NpzReader archive(file);
  const auto& name = archive.file();
  Trace trace;
  const auto network = text_member(archive, kNetwork);
  trace.source = text_member(archive, kSource);
  trace.input_layer = text_member(archive, kInputLayer);
  try {
    trace.network = given ? std::move(*given) : network_of(archive, network);
    const auto& shape = trace.network.layers[static_cast<std::size_t>(networks::layer_index(trace.network, trace.input_layer))].out;
    Problems problems;
    const auto input = header_of(archive, kInput);
    const std::vector<std::int64_t> expected{input.shape.empty() ? 0 : input.shape[0], shape.channels, shape.height, shape.width};
    const bool fits = !input.is_text && input.shape == expected && expected[0] != 0;
    if (!fits) {
      problems.push_back(fmt::format("{}: {} has shape {}; the output of {}'s {} is (samples, {}, {}, {})", name, kInput,
                                     shape_text(input.shape), trace.network.name, trace.input_layer, shape.channels, shape.height,
                                     shape.width));
    }
    const auto wanted = fits ? checked_samples(samples, expected[0], name) : 0;
    if (fits) trace.input = to_tensor(archive.read(kInput, wanted), fmt::format("{}: {}", name, kInput));
    trace.labels = read_labels(archive, expected[0], trace.network.classes, fits ? std::optional(wanted) : std::nullopt, problems);
    trace.parameters = all_parameters(archive, trace.network, other_members(archive, trace.network), problems);
    throw_all(problems);
    keep_samples(trace.input, wanted);
    trace.labels.resize(static_cast<std::size_t>(wanted));
  } catch (const InputError& error) {
    if (std::string_view(error.what()).find(name) != std::string_view::npos) throw;
    throw InputError(fmt::format("{}: {}", name, error.what()));
  }
  return trace;
}

NpzMembers members_of(const Trace& trace) {
  NpzMembers members;
  members.emplace_back(kNetwork, make_npy_text(trace.network.name));
  members.emplace_back(kInputLayer, make_npy_text(trace.input_layer));
  members.emplace_back(kSource, make_npy_text(trace.source));
  members.emplace_back(kInput, make_npy_float32(trace.input.shape, trace.input.values));
  const std::vector<std::int64_t> labels(trace.labels.begin(), trace.labels.end());
  members.emplace_back(kLabels, make_npy_int64(std::vector{static_cast<std::int64_t>(labels.size())}, labels));
  std::vector<double> room;
  for (const auto& [name, tensor] : trace.parameters)
    members.emplace_back(name, make_npy_float32(tensor.shape, tensor.reals().all(room)));
  return members;
}

void save_trace(const std::filesystem::path& file, const Trace& trace) { write_npz(file, members_of(trace)); }

}  // namespace binade::sim
