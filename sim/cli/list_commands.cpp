// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/list_commands.h"

#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "models/datapath/core_config.h"
#include "models/networks/network.h"
#include "models/numerics/format_words.h"
#include "sim/config/keys.h"
#include "sim/report/figures.h"
#include "sim/report/text_report.h"

namespace binade::sim {
namespace {

std::string patterns() {
  using numerics::Range;
  const auto range = [](const char* letter, Range r) { return fmt::format("{} = {}..{}", letter, r.first, r.last); };
  std::vector<std::vector<std::string>> rows{
      {"  posit<N>", "Posit Standard 2022, es = 2", range("N", numerics::kPositBits)},
      {"  posit<N>es<E>", "posit with E exponent bits", range("E", numerics::kPositEs)},
      {"  ieee<E>.<M>", "IEEE 754 layout of any width: subnormals, Inf and NaN",
       range("E", numerics::kIeeeExponentBits) + ", " + range("M", numerics::kIeeeFractionBits)},
      {"  <word>sat", "an IEEE or OCP float that saturates instead of overflowing", "fp8e4m3sat, ieee5.2sat, ..."},
      {"  e<E>m<M>", "float of Hill et al.: no subnormals, Inf or NaN; truncates",
       range("E", numerics::kHillExponentBits) + ", " + range("M", numerics::kHillFractionBits)},
      {"  flex<N>+<M>", "Flexpoint: N-bit mantissas, M-bit exponent per tensor",
       range("N", numerics::kFlexBits) + ", " + range("M", numerics::kFlexExponentBits)},
      {"  dfp<P>", "dynamic fixed point, exponent from the tensor's maximum", range("P", numerics::kDfpBits)},
      {"  sdfp<P>", "shifted dynamic fixed point", range("P", numerics::kDfpBits)},
      {"  fixed<W>.<F>", "static fixed point, W bits, F of them fraction",
       range("W", numerics::kFixedBits) + ", " + range("F", numerics::kFixedFractionBits)},
  };
  return "\nAny width is a format word:\n" + table({"  word", "format", "range"}, rows, "lll");
}

/// Words that look like a standard's format and are not it.
std::string twins() {
  std::string notes = "\nTwo families of one shape:\n";
  for (const char* word : {"e4m3", "e5m2", "e5m10", "e8m7", "e8m23", "e2m1"})
    notes += "  " + numerics::twin_note(numerics::parse_format(word)) + "\n";
  return notes;
}

void print_formats() {
  std::vector<std::vector<std::string>> rows;
  for (const auto& [word, format, meaning] : numerics::named_formats()) {
    rows.push_back({std::string(word), std::to_string(format.bits), std::string(to_string(datapath::datapath_of(format))),
                    std::string(to_string(numerics::default_accumulate(format))), std::string(to_string(format.default_rounding())),
                    std::string(meaning)});
  }
  std::cout << table({"format", "bits", "datapath", "accumulate", "rounding", "meaning"}, rows, "lrllll") << patterns() << twins();
}

struct Size {
  std::uint64_t macs = 0, parameters = 0;
};

Size size_of(const networks::Network& network, int layer) {
  Size size{networks::macs(network, layer), 0};
  for (const auto& parameter : networks::parameter_shapes(network, layer)) {
    std::int64_t elements = 1;
    for (const auto extent : parameter.shape) elements *= extent;
    // Batch-norm statistics are not learned by gradient and not counted as parameters.
    if (!parameter.name.ends_with(".running_mean") && !parameter.name.ends_with(".running_var"))
      size.parameters += static_cast<std::uint64_t>(elements);
  }
  return size;
}

std::string shape_text(const networks::Shape& shape) { return fmt::format("{}x{}x{}", shape.channels, shape.height, shape.width); }

void print_networks() {
  std::vector<std::vector<std::string>> rows;
  for (const auto& name : networks::network_names()) {
    const auto network = networks::make_network(name);
    Size total;
    for (int i = 0; i < static_cast<int>(network.layers.size()); ++i) {
      const auto size = size_of(network, i);
      total.macs += size.macs;
      total.parameters += size.parameters;
    }
    rows.push_back({name, shape_text(network.layers.front().out), std::to_string(network.layers.size() - 1), grouped(total.macs),
                    grouped(total.parameters), network.source});
  }
  std::cout << table({"network", "input", "layers", "MACs", "parameters", "source"}, rows, "llrrrl");
}

void print_layers(const std::string& name) {
  const auto network = networks::make_network(name);
  std::vector<std::vector<std::string>> rows;
  for (int i = 0; i < static_cast<int>(network.layers.size()); ++i) {
    const auto& layer = network.layers[static_cast<std::size_t>(i)];
    const auto size = size_of(network, i);
    std::string inputs;
    for (const auto input : layer.inputs) {
      if (!inputs.empty()) inputs += ", ";
      inputs += network.layers[static_cast<std::size_t>(input)].name;
    }
    rows.push_back({layer.name, std::string(to_string(layer.op)), inputs, shape_text(layer.out), grouped(size.macs),
                    grouped(size.parameters)});
  }
  std::cout << network.name << ": " << network.source << "\n\n"
            << table({"layer", "op", "inputs", "output", "MACs", "parameters"}, rows, "lllrrr");
}

void print_keys() {
  for (const auto& key : configuration_keys()) {
    std::cout << key.name << " = " << key.default_value() << (key.unit.empty() ? "" : " (" + key.unit + ")") << "\n    "
              << key.meaning << "\n    allowed: " << key.allowed << '\n';
  }
}

}  // namespace

void add_list_commands(CLI::App& app) {
  app.add_subcommand("formats", "list the number formats")->callback(print_formats);

  auto* networks_command = app.add_subcommand("networks", "list the networks, or the layers of one");
  const auto name = std::make_shared<std::string>();
  networks_command->add_option("NETWORK", *name, "list this network's layers");
  networks_command->callback([name] { name->empty() ? print_networks() : print_layers(*name); });

  auto* keys_command = app.add_subcommand("keys", "list the configuration keys");
  const auto markdown = std::make_shared<bool>(false);
  keys_command->add_flag("--markdown", *markdown, "as the table of docs/configuration.md");
  keys_command->callback([markdown] {
    if (*markdown) {
      std::cout << keys_markdown();
    } else {
      print_keys();
    }
  });
}

}  // namespace binade::sim
