// SPDX-License-Identifier: Apache-2.0
// Training in encoded tensors on a golden machine of its own.
#pragma once

#include "models/programs/golden_machine.h"
#include "models/programs/training/encoded_executor.h"
#include "models/programs/training/network_training.h"

namespace binade::support {

struct EncodedTraining {
  /// `network` outlives it.
  EncodedTraining(const networks::Network& network, const programs::TrainingChoice& choice)
      : core(core_in(choice.formats.format)),
        machine(core),
        options{.core = core, .seed = 1},
        executor(machine, book, options),
        training(network, choice, executor, 1) {}
  EncodedTraining(const EncodedTraining&) = delete;
  EncodedTraining& operator=(const EncodedTraining&) = delete;

  datapath::CoreConfig core;
  programs::GoldenMachine machine;
  programs::ExponentBook book{{}};
  programs::ExecutionOptions options;
  programs::EncodedExecutor executor;
  programs::NetworkTraining training;

 private:
  static datapath::CoreConfig core_in(const numerics::FormatSpec& format) {
    datapath::CoreConfig core;
    core.format = format;
    return core;
  }
};

}  // namespace binade::support
