// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/trace_command.h"

#include <fmt/format.h>

#include <filesystem>
#include <iostream>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "models/networks/layer_lookup.h"
#include "models/networks/reference.h"
#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "sim/cli/output_folder.h"
#include "sim/cli/step_trace_command.h"
#include "sim/data/dataset.h"
#include "sim/data/parameters.h"
#include "sim/data/trace_file.h"
#include "sim/import/workload.h"
#include "sim/report/output_file.h"

namespace binade::sim {
namespace {

constexpr std::int64_t kSamplesAfterLayer = 100;

struct TraceOptions : TrainOptions {
  std::string weights, after;
  std::optional<std::uint64_t> step;
  std::optional<std::int64_t> samples;
};

/// Output of layer `target` in binary64, for the whole batch at once; `input` is the network's only input.
operations::Tensor forward(const networks::Network& network, const operations::Parameters& parameters,
                           const operations::Tensor& input, int target) {
  const auto samples = input.shape.front();
  std::vector<std::vector<double>> outputs{input.values};
  for (int i = 1; i <= target; ++i) {
    std::vector<std::span<const double>> inputs;
    for (const auto from : network.layers[static_cast<std::size_t>(i)].inputs)
      inputs.emplace_back(outputs[static_cast<std::size_t>(from)]);
    const auto mine = networks::layer_parameters(network, i, parameters);
    outputs.push_back(networks::reference_forward(network, i, samples, inputs, mine.weight, mine.bias));
  }
  const auto& shape = network.layers[static_cast<std::size_t>(target)].out;
  return {{samples, shape.channels, shape.height, shape.width}, std::move(outputs.back())};
}

void capture(const TraceOptions& options) {
  check_output_file(options.out);
  check_named_output("--out", options.out, {}, {chosen_file(options.network), options.weights, options.data});
  Trace trace;
  trace.network = load_workload(options.network).network;
  const int target = networks::layer_index(trace.network, options.after);
  const auto weights = options.weights.empty() ? parameters_in(options.data, trace.network).value_or("") : options.weights;
  if (weights.empty()) throw InputError("--weights is missing; allowed: an npz or safetensors file of trained parameters");
  trace.parameters = load_parameters(weights, trace.network);
  const std::int64_t samples = options.samples.value_or(kSamplesAfterLayer);
  auto data = load_dataset(trace.network, options.data, samples);
  trace.input_layer = options.after;
  trace.input = forward(trace.network, trace.parameters, data.images, target);
  trace.labels = std::move(data.labels);
  trace.source = fmt::format("{}; weights {}; float64 forward, rounded to float32", data.description,
                             printable(std::filesystem::path(weights).filename().string()));
  save_trace(options.out, trace);
  std::cout << fmt::format("{}: {} samples after {} of {}, {} bytes\n", printable(options.out), samples, options.after,
                           options.network, std::filesystem::file_size(options.out));
}

constexpr const char* kExamples = R"(
Examples:
  binade trace --network lenet5 --data ../shared/data --after pool1 --samples 100 --out traces/lenet5-mnist.npz
  binade trace --network lenet5 --data ../shared/data --step 500 --recipe positnn --batch 16 --samples 2 --out step.npz
)";

}  // namespace

void add_trace_command(CLI::App& app, int& exit_code, PartsMaker make) {
  auto* command = app.add_subcommand("trace", "capture the activations after one layer, or a training step, from real samples");
  const auto options = std::make_shared<TraceOptions>();
  auto* const after = command->add_option_group("activations");
  auto* const layer =
      after->add_option("--after", options->after, "layer whose output is captured; needs --data")->type_name("LAYER");
  after->add_option("--weights", options->weights, "trained parameters; default: the file in --data that fits")
      ->type_name("FILE")
      ->needs(layer);
  auto* const training = command->add_option_group("training step");
  auto* const step = training->add_option("--step", options->step, "capture that step of a training run, the first being 1")
                         ->type_name("N")
                         ->check(CLI::Range(std::int64_t{1}, std::numeric_limits<std::int64_t>::max()))
                         ->excludes(layer);
  for (auto* const option : declare_run(*training, *options)) option->needs(step);
  command->add_option("--network", options->network, "network (`binade networks`), or a file")->type_name("NAME|FILE")->required();
  command
      ->add_option("--data", options->data,
                   "folder of the data set; of --step also arrays (docs/data.md), default: a synthetic set")
      ->type_name("DIR|FILE.npz");
  command
      ->add_option(
          "--samples", options->samples,
          fmt::format("test samples from the start of the range, default {}; of --step the first ones of its batch, default all",
                      kSamplesAfterLayer))
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, std::numeric_limits<std::int64_t>::max()));
  command->add_option("--out", options->out, "the trace")->type_name("FILE.npz")->required();
  command->footer(kExamples);
  command->callback([options, &exit_code, make = std::move(make)] {
    if (options->step) {
      exit_code = write_step_trace(*options, *options->step, options->samples, make);
      return;
    }
    if (options->after.empty()) throw InputError("--after: what to capture is missing; allowed: --after LAYER, or --step N");
    if (options->data.empty()) throw InputError("--data is missing; allowed: the folder of a data set");
    capture(*options);
  });
}

}  // namespace binade::sim
