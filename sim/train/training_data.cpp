// SPDX-License-Identifier: Apache-2.0
#include "sim/train/training_data.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "models/numerics/error.h"
#include "models/numerics/nearest.h"
#include "models/numerics/text.h"
#include "models/spec/train_words.h"
#include "sim/host/digest.h"
#include "sim/train/data_sources.h"
#include "sim/train/synthetic_images.h"

namespace binade::sim {

namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kSyntheticTrain = 2000, kSyntheticTest = 500;

Wanted wanted_by(const networks::Network& network, std::string_view set) {
  const auto inputs = input_layers(network);
  const auto& out = network.layers.back().out;
  if (inputs.size() != 1 || out.sequence || out.elements() < 2)
    throw InputError(
        fmt::format("--network {}: {} input(s), and a last layer of {}; allowed for training: one input, and an output for "
                    "each of two classes or more",
                    network.name, inputs.size(), text(out)));
  return {network.name, network.layers[static_cast<std::size_t>(inputs[0])].out, out.elements(), std::string(set)};
}

TrainingData synthetic(const Wanted& wanted, std::uint64_t seed) {
  const auto classes = std::make_shared<const SyntheticClasses>(wanted.shape, wanted.classes, seed);
  TrainingData data;
  data.train = std::make_unique<SyntheticImages>(classes, "train", kSyntheticTrain);
  data.test = std::make_unique<SyntheticImages>(classes, "test", kSyntheticTest);
  data.description = fmt::format(
      "synthetic, seed {}: {} classes, each a pattern of normal(1) numbers{} plus normal(1) noise; train {} "
      "samples, test {} others",
      seed, wanted.classes, classes->image() ? " in shifted 4x4 cells" : "", kSyntheticTrain, kSyntheticTest);
  data.synthetic = true;
  return data;
}

}  // namespace

std::vector<std::string> data_set_words() { return {spec::kDataSetWords.begin(), spec::kDataSetWords.end()}; }

TrainingData load_training_data(const networks::Network& network, const fs::path& data, std::string_view set, std::uint64_t seed) {
  const auto words = data_set_words();
  if (std::find(words.begin(), words.end(), set) == words.end())
    throw InputError(fmt::format("data set '{}': no such word, the nearest is '{}'; allowed: {}", printable(set),
                                 nearest_word(set, words), fmt::join(words, " ")));
  const auto wanted = wanted_by(network, set);
  auto found = [&] {
    if (data.empty()) return synthetic(wanted, seed);
    if (fs::is_directory(data)) return from_folder(data, wanted);
    if (!fs::is_regular_file(data))
      throw InputError(fmt::format("--data {}: no such file or folder; allowed: {}", printable(data.string()), kDataAllowed));
    return is_array_file(data) ? from_arrays(data, wanted) : from_file(data, wanted);
  }();
  found.classes = wanted.classes;
  return found;
}

std::string digest_of(const TrainingData& data) {
  Digest digest;
  for (const auto* images : {data.train.get(), data.test.get()}) {
    digest.update(images == nullptr ? "none" : "images");
    if (images != nullptr) images->content([&](std::span<const std::byte> bytes) { digest.update(bytes); });
  }
  return digest.hex();
}

}  // namespace binade::sim
