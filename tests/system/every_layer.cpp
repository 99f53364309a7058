// SPDX-License-Identifier: Apache-2.0
// `binade run` for one small network that has a layer of every kind, and corners of each: uneven strides, padding and dilation,
// groups, one output column, attention with two heads. Takes the flags of `binade run` that the tests use,
// and --input-factor, which multiplies the input.
#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "models/numerics/error.h"
#include "sim/config/settings.h"
#include "sim/report/json_report.h"
#include "sim/run/simulate.h"
#include "sim/run/spec_settings.h"

namespace {

using namespace binade;
using networks::Layer;
using networks::Op;

networks::Network every_layer() {
  networks::Network network{.name = "every-layer", .source = "tests/system", .layers = {}};
  const auto add = [&network](Layer layer) {
    network.layers.push_back(std::move(layer));
    return static_cast<int>(network.layers.size()) - 1;
  };
  const auto plain = [&add](const char* name, Op op, std::vector<int> inputs) {
    return add({.name = name, .op = op, .inputs = std::move(inputs), .window = {}, .shape = {}, .out = {}});
  };
  const auto linear = [&add](const char* name, int input, std::int64_t features) {
    return add({.name = name,
                .op = Op::Linear,
                .inputs = {input},
                .window = {},
                .out_features = features,
                .bias = true,
                .shape = {},
                .out = {}});
  };

  const int input = add({.name = "input", .inputs = {}, .window = {}, .shape = {}, .out = {3, 9, 7}});
  const int stem = add({.name = "stem",  // 6 x 5 x 8
                        .op = Op::Conv2d,
                        .inputs = {input},
                        .window = {.kernel_h = 3, .kernel_w = 2, .stride_h = 2, .pad_h = 2, .pad_w = 1, .dilation_h = 2},
                        .out_features = 6,
                        .bias = true,
                        .shape = {},
                        .out = {}});
  const int bent = plain("stem_relu", Op::Relu, {stem});
  const int grouped = add({.name = "grouped",
                           .op = Op::Conv2d,
                           .inputs = {bent},
                           .window = {.kernel_h = 3, .kernel_w = 3, .pad_h = 1, .pad_w = 1},
                           .groups = 3,
                           .out_features = 6,
                           .shape = {},
                           .out = {}});
  const int norm = plain("norm", Op::BatchNorm, {grouped});
  const int sum = plain("sum", Op::Add, {norm, bent});
  const int one = add(
      {.name = "one", .op = Op::Conv2d, .inputs = {sum}, .window = {}, .out_features = 1, .bias = true, .shape = {}, .out = {}});
  const int joined = plain("joined", Op::Concat, {sum, one});
  const int thin = add({.name = "thin",  // 8 x 3 x 4
                        .op = Op::Subsample,
                        .inputs = {joined},
                        .window = {.stride_h = 2, .stride_w = 2},
                        .out_features = 8,
                        .shape = {},
                        .out = {}});
  const int most = add({.name = "most",  // 8 x 4 x 5
                        .op = Op::MaxPool,
                        .inputs = {thin},
                        .window = {.kernel_h = 2, .kernel_w = 2, .pad_h = 1, .pad_w = 1},
                        .shape = {},
                        .out = {}});
  const int mean = add({.name = "mean",  // 8 x 2 x 2
                        .op = Op::AvgPool,
                        .inputs = {most},
                        .window = {.kernel_h = 2, .kernel_w = 2, .stride_h = 2, .stride_w = 2},
                        .shape = {},
                        .out = {}});
  // A sequence of 5 tokens from here on.
  const int columns = add({.name = "columns",
                           .op = Op::Conv2d,
                           .inputs = {mean},
                           .window = {.kernel_h = 2},
                           .out_features = 5,
                           .bias = true,
                           .shape = {},
                           .out = {}});
  const int tokens = add(
      {.name = "tokens", .op = Op::Reshape, .inputs = {columns}, .window = {}, .shape = networks::Shape::tokens(5, 2), .out = {}});
  const int query = linear("query", tokens, 6), key = linear("key", tokens, 6), value = linear("value", tokens, 6);
  const int scores = plain("scores", Op::MatMul, {query, key});
  network.layers[static_cast<std::size_t>(scores)].transpose_b = true;
  network.layers[static_cast<std::size_t>(scores)].heads = 2;
  network.layers[static_cast<std::size_t>(scores)].scale = 0.5;
  const int weights = plain("softmax", Op::Softmax, {scores});
  network.layers[static_cast<std::size_t>(weights)].heads = 2;
  const int context = plain("context", Op::MatMul, {weights, value});
  network.layers[static_cast<std::size_t>(context)].heads = 2;
  const int even = plain("layernorm", Op::LayerNorm, {context});
  const int gelu = plain("gelu", Op::Gelu, {even});
  linear("last", gelu, 3);
  networks::infer_shapes(network);
  return network;
}

struct Flags {
  std::string format, core = "fast", report_format;
  std::vector<std::string> assignments;
  std::int64_t samples = 1, batch = 0;
  std::uint64_t seed = 0;
  std::string input_factor = "1";  ///< decimal or hexadecimal
  std::string values = "full";
};

int run(const Flags& flags) {
  sim::Settings settings;
  std::vector<std::string> problems;
  for (const auto& assignment : flags.assignments) sim::apply_assignment(settings, assignment, problems);
  settings.formats = {flags.format};
  for (const auto& problem : problems) throw InputError(problem);
  settings = sim::resolved_for(settings, flags.format);

  sim::RunSpec spec;
  spec.network = every_layer();
  spec.parameters = sim::synthetic_parameters(spec.network, flags.seed);
  spec.inputs = sim::synthetic_inputs(spec.network, flags.samples, flags.seed);
  for (double& value : spec.inputs.at("input").values) value *= std::stod(flags.input_factor);
  spec.tensors = sim::synthetic_description();
  spec.batch = flags.batch == 0 ? flags.samples : flags.batch;
  sim::apply_settings(settings, spec);
  sim::complete_platform(spec);
  spec.core = sim::parse_core_kind(flags.core);
  spec.seed = flags.seed;
  spec.energy_table = cost::EnergyTable::load(BINADE_ENERGY_TABLE);
  if (flags.values == "none") {
    spec.platform.values = false;
    spec.parameters.clear();
    for (auto& [name, tensor] : spec.inputs) tensor.values.clear();
  }
  sim::check(spec);
  std::cout << sim::to_json(sim::simulate(spec)).dump(2) << std::endl;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("runs a small network of every layer through the simulated accelerator");
  Flags flags;
  app.add_option("--format", flags.format)->required();
  app.add_option("--core", flags.core)->check(CLI::IsMember(sim::core_kind_words()));
  app.add_option("--set", flags.assignments)->expected(1)->take_all();
  app.add_option("--samples", flags.samples);
  app.add_option("--batch", flags.batch);
  app.add_option("--seed", flags.seed);
  app.add_option("--input-factor", flags.input_factor);
  app.add_option("--values", flags.values)->check(CLI::IsMember({"full", "none"}));
  app.add_option("--report-format", flags.report_format)->check(CLI::IsMember({"json"}));
  CLI11_PARSE(app, argc, argv);
  try {
    return run(flags);
  } catch (const std::exception& error) {
    std::cerr << "run_every_layer: " << error.what() << '\n';
    return 2;
  }
}
