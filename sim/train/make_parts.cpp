// SPDX-License-Identifier: Apache-2.0
#include "sim/train/make_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "models/programs/learning_rate.h"
#include "sim/data/parameters.h"
#include "sim/host/digest.h"
#include "sim/import/network_yaml.h"
#include "sim/import/workload.h"
#include "sim/run/recipes.h"
#include "sim/run/tensor_digest.h"
#include "sim/train/data_batches.h"
#include "sim/train/initialise.h"

namespace binade::sim {
namespace {

/// Batches of data that it holds.
class HeldBatches final : public Batches {
 public:
  HeldBatches(TrainingData data, OrderKind order, const Augmentation& augmentation, std::uint64_t seed)
      : data_(std::move(data)), batches_(data_, order, augmentation, seed) {}
  std::int64_t train_samples() const override { return batches_.train_samples(); }
  std::int64_t test_samples() const override { return batches_.test_samples(); }
  Batch train(std::int64_t epoch, std::int64_t first, std::int64_t count) const override {
    return batches_.train(epoch, first, count);
  }
  Batch test(std::int64_t first, std::int64_t count) const override { return batches_.test(first, count); }

 private:
  TrainingData data_;
  DataBatches batches_;
};

void load_samples(const TrainWords& words, const Settings& settings, const NoteSink& note, TrainingParts& parts) {
  const auto order = parse_order(words.order, "--order");
  const auto augmentation = parse_augmentation(words.augment, "--augment");
  auto data = load_training_data(*parts.network, words.data, settings.train.data_set, words.seed);
  check_augmentation(augmentation, data.train->shape(), "--augment");
  for (const auto& each : data.notes) note(each);
  if (data.synthetic) note("no --data: the samples are synthetic");
  if (!data.test) note(fmt::format("{}: no test set; accuracies are of training samples alone", printable(words.data)));
  parts.data = data.description;
  parts.data_digest = digest_of(data);
  parts.order = to_string(order);
  parts.augmentation = augmentation.text();
  parts.batches = std::make_unique<HeldBatches>(std::move(data), order, augmentation, words.seed);
}

operations::Parameters first_weights(const TrainWords& words, const Settings& settings, TrainingParts& parts) {
  operations::Parameters weights;
  if (words.init.empty()) {
    const auto scheme = parse_initialisation(settings.train.init, "train.init");
    parts.initialisation = fmt::format("drawn, {}, seed {}", scheme.text(), words.seed);
    weights = initialise(*parts.network, words.seed, scheme);
  } else {
    parts.initialisation = printable(std::filesystem::path(words.init).filename().string());
    weights = load_parameters(words.init, *parts.network);
  }
  Digest digest;
  add_tensors(weights, digest);
  parts.initial_digest = digest.hex();
  return weights;
}

void set_learning_rate(const Settings& settings, TrainingParts& parts) {
  const auto schedule = programs::parse_learning_rate(settings.train.schedule, "train.schedule");
  programs::Moment moment;
  moment.epochs = settings.train.epochs;
  moment.steps_per_epoch = batches_of(parts.batches->train_samples(), settings.train.batch);
  parts.lr_follows_epochs = schedule.decay == programs::LearningRate::Decay::Cosine;
  parts.lr = [schedule, moment, lr = settings.train.lr](std::int64_t, std::uint64_t steps) mutable {
    moment.step = steps;
    return lr * schedule.factor(moment);
  };
}

/// How many samples steps have: all but the last of an epoch, and that one where it has fewer.
std::vector<std::int64_t> batches_of_steps(std::int64_t samples, std::int64_t batch) {
  std::vector<std::int64_t> all{std::min(batch, samples)};
  if (samples > batch && samples % batch != 0) all.push_back(samples % batch);
  return all;
}

}  // namespace

TrainingParts make_training_parts(const TrainWords& words, const Settings& settings, const RecipeFile* recipe, const NoteSink& note,
                                  const SessionMaker& make_session) {
  TrainingParts parts;
  auto workload = load_workload(words.network);
  for (const auto& each : workload.notes) note(each);
  parts.network = std::make_unique<const networks::Network>(std::move(workload.network));
  Digest digest;
  digest.update(network_to_yaml(*parts.network));
  parts.network_digest = digest.hex();
  load_samples(words, settings, note, parts);
  set_learning_rate(settings, parts);
  parts.weights = first_weights(words, settings, parts);
  parts.formats = choice_of(settings, recipe != nullptr ? static_cast<const programs::Recipe&>(*recipe) : programs::Recipe());
  parts.session = make_session({.network = *parts.network,
                                .parameters = parts.weights,
                                .formats = parts.formats,
                                .settings = settings,
                                .batches = batches_of_steps(parts.batches->train_samples(), settings.train.batch),
                                .seed = words.seed,
                                .threads = words.threads});
  return parts;
}

}  // namespace binade::sim
