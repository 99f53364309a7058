// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/list_commands.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "models/datapath/core_config.h"
#include "models/networks/network.h"
#include "models/numerics/error.h"
#include "models/numerics/format_words.h"
#include "sim/cli/error_output.h"
#include "sim/config/keys.h"
#include "sim/import/layer_table.h"
#include "sim/import/network_yaml.h"
#include "sim/import/workload.h"
#include "sim/report/figures.h"
#include "sim/report/text_report.h"
#include "sim/run/recipes.h"
#include "sim/run/share.h"

namespace binade::sim {
namespace {

std::string patterns() {
  using numerics::Range;
  const auto range = [](const char* letter, Range r) { return fmt::format("{} = {}..{}", letter, r.first, r.last); };
  std::vector<std::vector<std::string>> rows{
      {"  posit<N>", "Posit Standard 2022, es = 2", range("N", numerics::kPositBits)},
      {"  posit<N>es<E>", "posit with E exponent bits", range("E", numerics::kPositEs)},
      {"  <word>u", "a posit that rounds to zero what is at most minpos / 2^(2^es)", "posit8u, posit16es1u, ..."},
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

std::string shape_text(const networks::Shape& shape) { return fmt::format("{}x{}x{}", shape.channels, shape.height, shape.width); }

void print_networks() {
  std::vector<std::vector<std::string>> rows;
  for (const auto& name : networks::network_names()) {
    const auto network = networks::make_network(name);
    std::uint64_t macs = 0, parameters = 0;
    for (const auto& row : layer_table(network)) {
      macs += row.macs;
      parameters += row.parameters;
    }
    rows.push_back({name, shape_text(network.layers.front().out), std::to_string(network.layers.size() - 1), grouped(macs),
                    grouped(parameters), network.source});
  }
  std::cout << table({"network", "input", "layers", "MACs", "parameters", "source"}, rows, "llrrrl");
}

void print_layers(const networks::Network& network) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& row : layer_table(network)) {
    const auto product = row.count == 0   ? std::string()
                         : row.count == 1 ? fmt::format("{} {} {}", row.m, row.n, row.k)
                                          : fmt::format("{} x {} {} {}", row.count, row.m, row.n, row.k);
    rows.push_back({row.name, row.op, fmt::format("{}", fmt::join(row.inputs, ", ")), shape_text(row.out), product,
                    grouped(row.macs), grouped(row.parameters)});
  }
  std::cout << network.name << ": " << network.source << "\n\n"
            << table({"layer", "op", "inputs", "output", "m n k", "MACs", "parameters"}, rows, "lllrrrr");
}

void print_recipes() {
  std::vector<std::vector<std::string>> rows;
  for (const auto& name : shared_names(kRecipes, ".yaml")) {
    const auto recipe = load_recipe(name);
    std::string parameters;
    for (const auto& [key, word] : recipe.parameters) parameters += (parameters.empty() ? "" : ",") + key + "=" + word;
    rows.push_back({name, parameters, recipe.about, recipe.source});
  }
  std::cout << table({"recipe", "parameters", "", "source"}, rows, "llll");
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

  app.add_subcommand("recipes", "list the recipes, rules that give each tensor its format")->callback(print_recipes);

  auto* networks_command = app.add_subcommand("networks", "list the networks, or the layers of one");
  struct NetworkOptions {
    std::string network, report_format = "text";
    std::vector<std::string> gemms;
    bool yaml = false;
  };
  const auto wanted = std::make_shared<NetworkOptions>();
  networks_command->add_option("NETWORK", wanted->network, "list the layers of this network: a name or a file (docs/workloads.md)");
  networks_command->add_option("--gemm", wanted->gemms, "list these matrix products; repeatable")
      ->type_name("M,N,K[,COUNT]")
      ->allow_extra_args(false);
  networks_command->add_flag("--yaml", wanted->yaml, "as a network in YAML that `run --network` reads");
  networks_command->add_option("--report-format", wanted->report_format, "of a network's layers")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  networks_command->callback([wanted] {
    if (!wanted->network.empty() && !wanted->gemms.empty())
      throw InputError("networks: --gemm brings its own shapes; allowed: without NETWORK");
    if (wanted->network.empty() && wanted->gemms.empty()) {
      if (wanted->yaml || wanted->report_format != "text")
        throw InputError("networks: NETWORK is missing; allowed: a name that `binade networks` lists, or a file");
      return print_networks();
    }
    const auto workload = wanted->gemms.empty() ? load_workload(wanted->network) : gemm_workload(wanted->gemms);
    for (const auto& note : workload.notes) report_note(note);
    if (wanted->yaml) {
      std::cout << network_to_yaml(workload.network);
    } else if (wanted->report_format == "json") {
      std::cout << layer_table_json(workload.network).dump(2) << '\n';
    } else {
      print_layers(workload.network);
    }
  });

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
