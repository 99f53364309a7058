// SPDX-License-Identifier: Apache-2.0
// What a training run is made of, but the loop around it, and the words that it is made from.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/networks/network.h"
#include "models/operations/tensor.h"
#include "models/programs/formats.h"
#include "sim/config/recipe_file.h"
#include "sim/config/settings.h"
#include "sim/run/make_spec.h"
#include "sim/train/batches.h"
#include "sim/train/session.h"

namespace binade::sim {

/// As `binade train` takes them; messages name its options.
struct TrainWords {
  std::string network;  ///< a built-in name or a file
  std::string data;     ///< a folder or a file; empty: a synthetic set
  std::string init;     ///< parameters by PyTorch names; empty: drawn
  std::string order = "shuffled", augment = "none";
  std::uint64_t seed = 0;
  int threads = 1;
};

/// What a session follows from. The network outlives the session.
struct SessionSpec {
  const networks::Network& network;
  const operations::Parameters& parameters;  ///< the first ones
  const programs::FormatChoice& formats;
  const Settings& settings;
  std::vector<std::int64_t> batches =
      {};  ///< how many samples its steps will have: of all of them a step can be made, or it throws
  std::uint64_t seed = 0;
  int threads = 1;
};
/// Throws InputError where the network has no gradient, or none of such a batch, or a rule of the recipe no tensor.
using SessionMaker = std::function<std::unique_ptr<Session>(const SessionSpec&)>;

struct TrainingParts {
  std::unique_ptr<const networks::Network> network;
  std::unique_ptr<const Batches> batches;
  std::unique_ptr<Session> session;
  /// The learning rate of the step after `steps` steps, which is one of epoch number `epoch`.
  std::function<double(std::int64_t epoch, std::uint64_t steps)> lr;
  bool lr_follows_epochs = false;  ///< the rate of a step depends on how many epochs the whole run has
  programs::FormatChoice formats;
  operations::Parameters weights;                           ///< the first ones, until cost_specs() takes them
  std::string data, initialisation, order, augmentation;    ///< in words
  std::string network_digest, data_digest, initial_digest;  ///< SHA-256
};
using PartsMaker = std::function<TrainingParts(const TrainWords&, const Settings&, const RecipeFile*, const NoteSink&)>;

}  // namespace binade::sim
