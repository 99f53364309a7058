// SPDX-License-Identifier: Apache-2.0
#include "sim/run/make_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "sim/data/dataset.h"
#include "sim/data/network_inputs.h"
#include "sim/data/parameters.h"
#include "sim/data/trace_file.h"
#include "sim/host/digest.h"
#include "sim/host/run.h"
#include "sim/import/workload.h"
#include "sim/run/cost_choice.h"
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

std::optional<lockstep::SampleSize> sample_of(const std::string& word) {
  if (word.empty()) return std::nullopt;
  try {
    return lockstep::parse_sample_size(word);
  } catch (const InputError& error) {
    throw InputError(fmt::format("--rtl-sample: {}", error.what()));
  }
}

/// Where tensors come from.
struct Origin {
  std::string words;
  bool synthetic = false;  ///< some of them at least
};

class Maker {
 public:
  Maker(const SpecWords& words, const NoteSink& note) : words_(words), note_(note) {}

  RunSpec make() {
    choose_costs(words_.energy_table, words_.energy, spec_);
    if (words_.energy == "fixed" && !spec_.calibrated)
      throw InputError("--energy fixed: no operands are counted; allowed: with --cost-table and a calibrated technology");
    if (words_.values == "none") {
      without_values();
    } else if (words_.trace.empty()) {
      from_parts();
    } else {
      from_trace();
    }
    spec_.tensors_digest = digest_.hex();
    const auto samples = samples_of(spec_);
    spec_.batch = std::min(samples, words_.batch.value_or(kDefaultBatch));
    check_sizes(spec_.network, samples, spec_.batch);
    spec_.layer_selection = words_.layers;
    spec_.seed = words_.seed;
    spec_.check = words_.check;
    spec_.reference = words_.reference == "full";
    spec_.core = parse_core_kind(words_.core);
    spec_.platform.values = words_.values == "full";
    spec_.rtl_sample = sample_of(words_.rtl_sample);
    return std::move(spec_);
  }

 private:
  void say(const std::string& what) const {
    if (note_) note_(what);
  }

  Workload chosen_workload() const {
    if (!words_.gemms.empty() && (!words_.network.empty() || !words_.data.empty()))
      throw InputError("--gemm: it brings its own shapes; allowed: without --network and --data");
    if (!words_.input.empty() && !words_.data.empty())
      throw InputError("--input: it brings the network's inputs; allowed: without --data");
    if (words_.network.empty() && words_.gemms.empty())
      throw InputError(
          "--network is missing; allowed: a name that `binade networks` lists, a file, --gemm M,N,K or --trace FILE.npz");
    auto workload = words_.gemms.empty() ? load_workload(words_.network) : gemm_workload(words_.gemms);
    for (const auto& note : workload.notes) say(note);
    return workload;
  }

  void from_trace() {
    if (!words_.data.empty() || !words_.weights.empty() || !words_.gemms.empty() || !words_.input.empty())
      throw InputError("--trace: it brings its own tensors; allowed: without --data, --weights, --input and --gemm");
    const auto file = user_or_shared_file(words_.trace);
    std::optional<networks::Network> network;
    if (!words_.network.empty()) network = load_workload(words_.network).network;
    auto trace = load_trace(file, words_.samples, std::move(network));
    spec_.tensors = fmt::format("trace {} (activations after {}): {}", name_of(file), trace.input_layer, printable(trace.source));
    spec_.network = std::move(trace.network);
    spec_.parameters = std::move(trace.parameters);
    spec_.inputs.emplace(std::move(trace.input_layer), std::move(trace.input));
    spec_.labels = std::move(trace.labels);
    add_inputs(spec_, digest_);
    add_tensors(spec_.parameters, digest_);
  }

  void from_parts() {
    auto workload = chosen_workload();
    spec_.network = std::move(workload.network);
    const bool looks = !words_.data.empty() && words_.weights.empty() && workload.parameters.empty();
    const auto known = looks ? parameters_in(words_.data, spec_.network) : std::nullopt;
    const auto weights = words_.weights.empty() ? known.value_or("") : words_.weights;
    if (weights.empty() && words_.input.empty()) check_sizes(spec_.network, words_.samples.value_or(1), words_.batch.value_or(1));
    const auto inputs = take_inputs();
    const auto parameters = take_weights(weights, std::move(workload.parameters));
    spec_.tensors = fmt::format("inputs: {}; weights: {}", inputs.words, parameters.words);
    if (inputs.synthetic || parameters.synthetic) spec_.tensors += fmt::format(" ({})", synthetic_description());
  }

  /// Shapes alone.
  void without_values() {
    if (!words_.trace.empty() || !words_.data.empty() || !words_.weights.empty() || !words_.input.empty())
      throw InputError("--values none: it reads no tensors; allowed: without --trace, --data, --weights and --input");
    if (!words_.rtl_sample.empty()) throw InputError("--values none: the RTL computes; allowed: without --rtl-sample");
    auto workload = chosen_workload();
    spec_.network = std::move(workload.network);
    const auto samples = samples_to_draw();
    for (const int index : input_layers(spec_.network)) {
      const networks::Layer& layer = spec_.network.layers[static_cast<std::size_t>(index)];
      spec_.inputs[layer.name].shape = {samples, layer.out.channels, layer.out.height, layer.out.width};
    }
    spec_.tensors = "none: shapes without values; energies are those of activity";
    spec_.tensors += spec_.calibrated ? ", and of the operands that are expected" : ", which do not depend on operands";
  }

  /// Samples of inputs that no file brings.
  std::int64_t samples_to_draw() const {
    const auto samples = words_.samples.value_or(words_.batch.value_or(1));
    check_sizes(spec_.network, samples, std::min(samples, words_.batch.value_or(samples)));
    return samples;
  }

  /// The network's inputs: from --input, --data, or drawn.
  Origin take_inputs() {
    if (words_.input.empty() && words_.data.empty()) {
      spec_.inputs = synthetic_inputs(spec_.network, samples_to_draw(), words_.seed);
      return {"synthetic", true};
    }
    Origin origin;
    if (!words_.input.empty()) {
      origin.words = inputs_from_file();
    } else {
      auto data = load_dataset(spec_.network, words_.data, words_.samples);
      spec_.inputs.emplace(spec_.network.layers.front().name, std::move(data.images));
      spec_.labels = std::move(data.labels);
      origin.words = printable(data.description);
    }
    add_inputs(spec_, digest_);
    return origin;
  }

  std::string inputs_from_file() {
    NetworkInputs inputs(words_.input, spec_.network);
    const auto samples = checked_samples(words_.samples, inputs.samples(), words_.input);
    check_sizes(spec_.network, samples, std::min(samples, words_.batch.value_or(kDefaultBatch)));
    if (!inputs.ignored().empty())
      say(fmt::format("{}: not used, no inputs of {}: {}", printable(words_.input), spec_.network.name, some_of(inputs.ignored())));
    spec_.inputs = inputs.read(samples);
    return name_of(words_.input);
  }

  /// Its parameters: from `file`, from the network's own file, or drawn where there is neither.
  Origin take_weights(const std::string& file, operations::Parameters own) {
    if (file.empty() && own.empty()) {
      spec_.parameters = synthetic_parameters(spec_.network, words_.seed);
      return {"synthetic", true};
    }
    Origin origin;
    if (file.empty()) {
      spec_.parameters = std::move(own);
      origin.words = name_of(words_.network);
    } else {
      origin = weights_from_file(file);
    }
    add_tensors(spec_.parameters, digest_);
    return origin;
  }

  /// Parameters that the file lacks are synthetic.
  Origin weights_from_file(const std::string& file) {
    auto found = load_given_parameters(file, spec_.network);
    spec_.parameters = std::move(found.parameters);
    if (!found.unknown.empty())
      say(fmt::format("{}: not used, no parameters of {}: {}", printable(file), spec_.network.name, some_of(found.unknown)));
    if (found.missing.empty()) return {name_of(file), false};
    std::vector<std::string> names;
    for (const auto& parameter : found.missing) names.push_back(parameter.name);
    say(fmt::format("{}: not in it and synthetic: {}", printable(file), some_of(names)));
    add_synthetic_parameters(spec_.network, words_.seed, spec_.parameters);
    return {fmt::format("{}, but {} synthetic: {}", name_of(file), names.size(), some_of(names)), true};
  }

  const SpecWords& words_;
  const NoteSink& note_;
  RunSpec spec_;
  Digest digest_;  ///< of what was read; drawn tensors follow from network, samples and seed
};

}  // namespace

std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 8;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) text += (i > 0 ? " " : "") + names[i];
  if (names.size() > kShown) text += fmt::format(" and {} more", names.size() - kShown);
  return printable(text);
}

RunSpec make_spec(const SpecWords& words, const NoteSink& note) { return Maker(words, note).make(); }

}  // namespace binade::sim
