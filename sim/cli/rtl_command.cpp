// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/rtl_command.h"

#include <fmt/format.h>

#include <iostream>
#include <memory>

#include "rtl/cosim/verilated_core.h"
#include "sim/cli/rtl_builds.h"
#include "sim/cli/run_options.h"

namespace binade::sim {
namespace {

struct BuildOptions {
  RunOptions configuration;
  bool waves = false;
};

void build(const BuildOptions& options) {
  const Settings settings = settings_of(options.configuration);
  rtl::ModuleCache cache = speaking_rtl_cache();
  std::vector<rtl::ModuleSpec> specs;
  for (const auto& format : settings.formats) {
    specs.push_back(core_module(cache, platform_of(resolved_for(settings, format)).core));
    specs.back().waves = options.waves;
  }
  for (const auto& spec : specs) {
    static_cast<void>(cache.load(spec));
    std::cout << fmt::format("ready: {}\n", describe(spec));
  }
}

}  // namespace

void add_rtl_command(CLI::App& app) {
  auto* rtl = app.add_subcommand("rtl", "the SystemVerilog of the core");
  rtl->require_subcommand(1);
  auto* command = rtl->add_subcommand("build", "build the Verilated core of each format into the cache, where it is not there yet");
  const auto options = std::make_shared<BuildOptions>();
  declare_configuration(*command, options->configuration);
  command->add_flag("--waves", options->waves, "the build that writes waveforms, which a mismatch in lockstep needs");
  command->footer(
      "\nThe cache is $BINADE_RTL_CACHE, else ~/.cache/binade/rtl.\n"
      "\nExample:\n  binade rtl build --format posit8,dfp8 --set core.rows=8 --set core.cols=8\n");
  command->callback([options] { build(*options); });
}

}  // namespace binade::sim
