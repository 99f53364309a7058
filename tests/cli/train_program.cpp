// SPDX-License-Identifier: Apache-2.0
// `train` and `report` of the program around a small session (tests/support/small_session.h): what the loop, its files and its
// options do does not depend on the arithmetic, and so little of it is over at once. $SMALL_BREAKS_AT: the step whose learning rate
// is infinite.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <limits>
#include <string>

#include "sim/cli/error_output.h"
#include "sim/cli/report_command.h"
#include "sim/cli/train_command.h"
#include "sim/import/workload.h"
#include "sim/jobs/failure.h"
#include "tests/support/small_session.h"

namespace {

using namespace binade;

constexpr std::int64_t kFeatures = 6, kClasses = 2, kTrain = 300, kTest = 100;

sim::TrainingParts make(const sim::TrainWords& words, const sim::Settings& settings, const sim::RecipeFile*, const sim::NoteSink&) {
  sim::TrainingParts parts;
  parts.network = std::make_unique<networks::Network>(sim::load_workload(words.network).network);
  parts.batches = std::make_unique<support::SmallBatches>(words.seed, kTrain, kTest, kFeatures, kClasses);
  parts.session = std::make_unique<support::SmallSession>(kFeatures, kClasses, settings.train.momentum);
  const char* const breaks_at = std::getenv("SMALL_BREAKS_AT");
  const std::uint64_t bad = breaks_at == nullptr ? 0 : std::stoull(breaks_at);
  parts.lr = [lr = settings.train.lr, bad](std::int64_t, std::uint64_t steps) {
    return steps + 1 == bad ? std::numeric_limits<double>::infinity() : lr;
  };
  parts.data = "small samples " + words.data;
  parts.initialisation = "small numbers";
  parts.order = words.order;
  parts.augmentation = words.augment;
  parts.network_digest = std::string(64, 'a');
  parts.data_digest = std::string(64, 'b');
  parts.initial_digest = std::string(64, 'c');
  return parts;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"train and report around a small session"};
  app.require_subcommand(1);
  int exit_code = 0;
  sim::add_train_command(app, exit_code, make);
  sim::add_report_command(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    sim::report_error(error.what());
    return 2;
  } catch (...) {
    const auto failure = sim::current_failure();
    sim::report_error(failure.what);
    return failure.exit_code;
  }
  return exit_code;
}
