// SPDX-License-Identifier: Apache-2.0
// The program. Every mismatch ends here with exit code 1, every error of the user or the machine with 2, every broken invariant
// with 3.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <iostream>
#include <string>
#include <vector>

#include "models/numerics/error.h"
#include "models/numerics/nearest.h"
#include "sim/cli/cost_command.h"
#include "sim/cli/error_output.h"
#include "sim/cli/eval_command.h"
#include "sim/cli/explore_command.h"
#include "sim/cli/explore_worker.h"
#include "sim/cli/list_commands.h"
#include "sim/cli/report_command.h"
#include "sim/cli/rtl_command.h"
#include "sim/cli/run_command.h"
#include "sim/cli/search_command.h"
#include "sim/cli/trace_command.h"
#include "sim/cli/train_command.h"
#include "sim/cli/vectors_command.h"
#include "sim/cli/verify_command.h"
#include "sim/jobs/exit_codes.h"
#include "sim/jobs/failure.h"
#include "sim/report/version.h"
#include "sim/train/make_parts.h"
#include "sim/train/program_session.h"

namespace {

using binade::sim::kMismatchExit;
using binade::sim::kUserErrorExit;

int fail(const std::string& what, int code) {
  binade::sim::report_error(what);
  return code;
}

/// CLI11's own words, unless the command itself is unknown.
std::string parse_message(const CLI::App& app, int argc, char** argv, const CLI::ParseError& error) {
  std::vector<std::string> names;
  for (const auto* command : app.get_subcommands([](const CLI::App* each) { return !each->get_group().empty(); }))
    names.push_back(command->get_name());
  const std::string word = argc > 1 ? argv[1] : "";
  if (!word.empty() && word.front() != '-' && std::find(names.begin(), names.end(), word) == names.end())
    return fmt::format("unknown command '{}', the nearest is '{}'; allowed: {}", word, binade::nearest_word(word, names),
                       fmt::join(names, ", "));
  return fmt::format("{} (`--help` lists what is allowed)", error.what());
}

int run(int argc, char** argv) {
  CLI::App app{"Binade: a cycle-accurate, bit-exact accelerator model whose number format is the variable.", "binade"};
  app.set_version_flag("--version",
                       fmt::format("binade {} (revision {})", binade::sim::tool_version(), binade::sim::tool_revision()));
  app.require_subcommand(1);
  app.footer(
      "\nExamples:\n  binade run --network lenet5 --format flex16+5,posit8,fp32\n  echo 0.1 | binade eval posit8 encode\n  binade "
      "formats\n"
      "\n`binade COMMAND --help` explains a command.");
  int exit_code = 0;
  const binade::sim::PartsMaker training_parts = [](const auto& words, const auto& settings, const auto* recipe, const auto& note) {
    return binade::sim::make_training_parts(words, settings, recipe, note, binade::sim::make_program_session);
  };
  binade::sim::add_run_command(app, exit_code);
  binade::sim::add_train_command(app, exit_code, training_parts);
  binade::sim::add_verify_command(app, exit_code);
  binade::sim::add_vectors_command(app);
  binade::sim::add_cost_command(app);
  binade::sim::add_explore_command(app, exit_code, {argv + std::min(argc, 2), argv + argc});
  binade::sim::add_explore_worker_command(app, exit_code);
  binade::sim::add_search_command(app, exit_code);
  binade::sim::add_eval_command(app);
  binade::sim::add_report_command(app);
  binade::sim::add_rtl_command(app);
  binade::sim::add_trace_command(app, exit_code, training_parts);
  binade::sim::add_list_commands(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {  // --help, --version
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    return fail(parse_message(app, argc, argv, error), kUserErrorExit);
  }
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // a limit of files' sizes is then an error of what writes, as a full disk is
  try {
    const int code = run(argc, argv);
    // A mismatch has been said on stderr by then, and stays the exit code.
    if (!std::cout.flush() && code != kMismatchExit)
      throw binade::InputError("standard output: cannot write; allowed: a file or pipe that takes the results");
    return code;
  } catch (...) {
    const auto failure = binade::sim::current_failure();
    return fail(failure.what, failure.exit_code);
  }
}
