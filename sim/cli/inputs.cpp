// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/inputs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "sim/cli/error_output.h"
#include "sim/data/dataset.h"
#include "sim/data/network_inputs.h"
#include "sim/data/parameters.h"
#include "sim/data/trace_file.h"
#include "sim/host/digest.h"
#include "sim/import/workload.h"
#include "sim/run/share.h"
#include "sim/run/simulate.h"
#include "sim/run/tensor_digest.h"

namespace binade::sim {
namespace {

constexpr std::int64_t kDefaultBatch = 100;
/// Values that one tensor may hold: the binary64 reference of a pass has to fit in memory.
constexpr std::int64_t kMostValues = std::int64_t{1} << 31;

void check_sizes(const networks::Network& network, std::int64_t samples, std::int64_t batch) {
  std::int64_t input = 0;
  for (const int index : networks::input_layers(network)) input += network.layers[static_cast<std::size_t>(index)].out.elements();
  if (samples > kMostValues / input)
    throw InputError(
        fmt::format("--samples {}: {} input values each; allowed: up to {} samples", samples, input, kMostValues / input));
  for (const auto& layer : network.layers)
    if (batch > kMostValues / layer.out.elements())
      throw InputError(fmt::format("--batch {}: {} has {} values a sample; allowed: up to {}", batch, layer.name,
                                   layer.out.elements(), kMostValues / layer.out.elements()));
}

/// The last part of a path, in text that reports can hold whatever its bytes are.
std::string name_of(const std::filesystem::path& file) { return printable(file.filename().string()); }

void from_trace(RunSpec& request, const RunOptions& options) {
  if (!options.data.empty() || !options.weights.empty() || !options.gemms.empty() || !options.input.empty())
    throw InputError("--trace: it brings its own tensors; allowed: without --data, --weights, --input and --gemm");
  const auto file = user_or_shared_file(options.trace);
  std::optional<networks::Network> network;
  if (!options.network.empty()) network = load_workload(options.network).network;
  auto trace = load_trace(file, options.samples, std::move(network));
  request.tensors = fmt::format("trace {} (activations after {}): {}", name_of(file), trace.input_layer, printable(trace.source));
  request.network = std::move(trace.network);
  request.parameters = std::move(trace.parameters);
  request.inputs.emplace(std::move(trace.input_layer), std::move(trace.input));
  request.labels = std::move(trace.labels);
  Digest digest;
  add_inputs(request, digest);
  add_tensors(request.parameters, digest);
  request.tensors_digest = digest.hex();
}

/// A few of many names, for a line of text.
std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 8;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) text += (i > 0 ? " " : "") + names[i];
  if (names.size() > kShown) text += fmt::format(" and {} more", names.size() - kShown);
  return printable(text);
}

/// Where tensors come from.
struct Origin {
  std::string words;
  bool synthetic = false;  ///< some of them at least
};

/// From a file; parameters that it lacks are synthetic.
Origin weights_from_file(RunSpec& request, const std::string& file, std::uint64_t seed) {
  auto found = load_given_parameters(file, request.network);
  request.parameters = std::move(found.parameters);
  if (!found.unknown.empty())
    report_note(
        fmt::format("{}: not used, no parameters of {}: {}", printable(file), request.network.name, some_of(found.unknown)));
  if (found.missing.empty()) return {name_of(file), false};
  std::vector<std::string> names;
  for (const auto& parameter : found.missing) names.push_back(parameter.name);
  report_note(fmt::format("{}: not in it and synthetic: {}", printable(file), some_of(names)));
  add_synthetic_parameters(request.network, seed, request.parameters);
  return {fmt::format("{}, but {} synthetic: {}", name_of(file), names.size(), some_of(names)), true};
}

/// From the file of --input; says in words where they come from.
std::string inputs_from_file(RunSpec& request, const RunOptions& options) {
  NetworkInputs inputs(options.input, request.network);
  const auto samples = checked_samples(options.samples, inputs.samples(), options.input);
  check_sizes(request.network, samples, std::min(samples, options.batch.value_or(kDefaultBatch)));
  if (!inputs.ignored().empty())
    report_note(fmt::format("{}: not used, no inputs of {}: {}", printable(options.input), request.network.name,
                            some_of(inputs.ignored())));
  request.inputs = inputs.read(samples);
  return name_of(options.input);
}

Workload chosen_workload(const RunOptions& options) {
  if (!options.gemms.empty() && (!options.network.empty() || !options.data.empty()))
    throw InputError("--gemm: it brings its own shapes; allowed: without --network and --data");
  if (!options.input.empty() && !options.data.empty())
    throw InputError("--input: it brings the network's inputs; allowed: without --data");
  if (options.network.empty() && options.gemms.empty())
    throw InputError(
        "--network is missing; allowed: a name that `binade networks` lists, a file, --gemm M,N,K or --trace FILE.npz");
  auto workload = options.gemms.empty() ? load_workload(options.network) : gemm_workload(options.gemms);
  for (const auto& note : workload.notes) report_note(note);
  return workload;
}

/// Samples of inputs that no file brings.
std::int64_t samples_to_draw(const RunSpec& request, const RunOptions& options) {
  const auto samples = options.samples.value_or(options.batch.value_or(1));
  check_sizes(request.network, samples, std::min(samples, options.batch.value_or(samples)));
  return samples;
}

/// The network's inputs: from --input, --data, or drawn.
Origin take_inputs(RunSpec& request, const RunOptions& options, Digest& digest) {
  if (options.input.empty() && options.data.empty()) {
    request.inputs = synthetic_inputs(request.network, samples_to_draw(request, options), options.seed);
    return {"synthetic", true};
  }
  Origin origin;
  if (!options.input.empty()) {
    origin.words = inputs_from_file(request, options);
  } else {
    auto data = load_dataset(request.network, options.data, options.samples);
    request.inputs.emplace(request.network.layers.front().name, std::move(data.images));
    request.labels = std::move(data.labels);
    origin.words = printable(data.description);
  }
  add_inputs(request, digest);
  return origin;
}

/// Its parameters: from `file`, from the network's own file, or drawn where there is neither.
Origin take_weights(RunSpec& request, const RunOptions& options, const std::string& file, operations::Parameters own,
                    Digest& digest) {
  if (file.empty() && own.empty()) {
    request.parameters = synthetic_parameters(request.network, options.seed);
    return {"synthetic", true};
  }
  Origin origin;
  if (file.empty()) {
    request.parameters = std::move(own);
    origin.words = name_of(options.network);
  } else {
    origin = weights_from_file(request, file, options.seed);
  }
  add_tensors(request.parameters, digest);
  return origin;
}

void from_parts(RunSpec& request, const RunOptions& options) {
  auto workload = chosen_workload(options);
  request.network = std::move(workload.network);
  const bool looks = !options.data.empty() && options.weights.empty() && workload.parameters.empty();
  const auto known = looks ? parameters_in(options.data, request.network) : std::nullopt;
  const auto weights = options.weights.empty() ? known.value_or("") : options.weights;
  if (weights.empty()) check_sizes(request.network, options.samples.value_or(1), options.batch.value_or(1));
  Digest digest;  // drawn tensors follow from network, samples and seed
  const auto inputs = take_inputs(request, options, digest);
  const auto parameters = take_weights(request, options, weights, std::move(workload.parameters), digest);
  request.tensors_digest = digest.hex();
  request.tensors = fmt::format("inputs: {}; weights: {}", inputs.words, parameters.words);
  if (inputs.synthetic || parameters.synthetic) request.tensors += fmt::format(" ({})", synthetic_description());
}

std::optional<lockstep::SampleSize> sample_of(const RunOptions& options) {
  if (options.rtl_sample.empty()) return std::nullopt;
  try {
    return lockstep::parse_sample_size(options.rtl_sample);
  } catch (const InputError& error) {
    throw InputError(fmt::format("--rtl-sample: {}", error.what()));
  }
}

/// Shapes alone.
void without_values(RunSpec& request, const RunOptions& options) {
  if (!options.trace.empty() || !options.data.empty() || !options.weights.empty() || !options.input.empty())
    throw InputError("--values none: it reads no tensors; allowed: without --trace, --data, --weights and --input");
  if (!options.save.empty()) throw InputError("--values none: there are no outputs to save; allowed: without --save");
  if (!options.rtl_sample.empty()) throw InputError("--values none: the RTL computes; allowed: without --rtl-sample");
  auto workload = chosen_workload(options);
  request.network = std::move(workload.network);
  const auto samples = samples_to_draw(request, options);
  for (const int index : input_layers(request.network)) {
    const networks::Layer& layer = request.network.layers[static_cast<std::size_t>(index)];
    request.inputs[layer.name].shape = {samples, layer.out.channels, layer.out.height, layer.out.width};
  }
  request.tensors_digest = Digest().hex();
  request.tensors = "none: shapes without values; energies are those of activity, which do not depend on operands";
}

}  // namespace

RunSpec load_inputs(const RunOptions& options) {
  RunSpec request;
  request.energy_table = options.energy_table.empty() ? published_energy_table() : cost::EnergyTable::load(options.energy_table);
  if (options.values == "none") {
    without_values(request, options);
  } else if (options.trace.empty()) {
    from_parts(request, options);
  } else {
    from_trace(request, options);
  }
  const auto samples = samples_of(request);
  request.batch = std::min(samples, options.batch.value_or(kDefaultBatch));
  check_sizes(request.network, samples, request.batch);
  request.layer_selection = options.layers;
  request.seed = options.seed;
  request.check = options.check;
  request.reference = options.reference == "full";
  request.core = parse_core_kind(options.core);
  request.platform.values = options.values == "full";
  request.rtl_sample = sample_of(options);
  return request;
}

}  // namespace binade::sim
