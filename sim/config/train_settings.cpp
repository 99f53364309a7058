// SPDX-License-Identifier: Apache-2.0
#include "sim/config/train_settings.h"

namespace binade::sim {

std::vector<std::string> validate(const TrainSettings& train) {
  std::vector<std::string> problems;
  // What the definition needs (PyTorch's torch.optim.SGD refuses the same).
  if (train.nesterov && !(train.momentum > 0 && train.dampening == 0))
    problems.emplace_back(
        "train.nesterov: true without momentum or with dampening; allowed: train.momentum above 0 and "
        "train.dampening 0");
  // The step is divided by 1 - beta^t.
  if (train.optimiser == "adam" && (train.beta1 == 1 || train.beta2 == 1))
    problems.emplace_back("train.beta1, train.beta2: 1 with train.optimiser adam; allowed: below 1");
  return problems;
}

}  // namespace binade::sim
