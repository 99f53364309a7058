// SPDX-License-Identifier: Apache-2.0
#include "sim/data/dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "models/numerics/error.h"
#include "sim/data/cifar.h"
#include "sim/data/gzip.h"
#include "sim/data/idx.h"
#include "sim/data/normalisation.h"

namespace binade::sim {
namespace {

std::filesystem::path find_file(const std::filesystem::path& directory, const std::string& stem) {
  if (auto file = gzip_or_plain(directory, stem)) return *std::move(file);
  throw InputError(
      fmt::format("{}: no such file; allowed: a --data directory with {} or {}.gz", (directory / stem).string(), stem, stem));
}

/// Over interleaved samples of channels x plane bytes.
operations::Tensor normalised(std::span<const std::uint8_t> pixels, std::int64_t samples, std::int64_t side,
                              const Normalisation& normalisation) {
  const auto channels = static_cast<std::int64_t>(normalisation.channels);
  operations::Tensor images{{samples, channels, side, side}, std::vector<double>(pixels.size())};
  const auto plane = static_cast<std::size_t>(side * side);
  // Data files hold binary32 tensors elsewhere; images are rounded alike so that a captured trace is exact.
  for (std::size_t i = 0; i < pixels.size(); ++i)
    images.values[i] = rounded_once(normalisation, i / plane % normalisation.channels, pixels[i]);
  return images;
}

template <typename T>
std::span<const T> part(const std::vector<T>& all, std::int64_t first, std::int64_t count) {
  return std::span(all).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
}

Dataset load_mnist(const std::filesystem::path& directory, std::optional<std::int64_t> samples) {
  constexpr std::int64_t kSide = 28, kPixels = kSide * kSide, kTestRange = 2000;
  constexpr int kClasses = 10;
  const auto image_file = find_file(directory, "t10k-images-idx3-ubyte");
  const auto label_file = find_file(directory, "t10k-labels-idx1-ubyte");
  const auto pair = read_idx_pair(image_file, label_file, kSide, kSide, kClasses);
  const auto available = std::min(pair.images, kTestRange), first = pair.images - available;
  const auto count = checked_samples(samples, available, image_file.string());
  const auto labels = part(pair.labels, first, count);
  return {normalised(part(pair.pixels, first * kPixels, count * kPixels), count, kSide, kMnist),
          {labels.begin(), labels.end()},
          fmt::format("MNIST {}, images {}..{}, {}", image_file.filename().string(), first, first + count - 1, kMnist.text())};
}

Dataset load_cifar10(const std::filesystem::path& directory, std::optional<std::int64_t> samples) {
  const auto file = find_file(directory, "cifar10-test-2k.bin");
  CifarRecords records;
  read_cifar(file, kCifar10, records);
  const auto count = checked_samples(samples, records.images(), file.string());
  const auto labels = part(records.labels, 0, count);
  return {normalised(part(records.pixels, 0, count * kCifarPixels), count, kCifarSide, kCifar10Colours),
          {labels.begin(), labels.end()},
          fmt::format("CIFAR-10 {}, images 0..{}, {}", file.filename().string(), count - 1, kCifar10Colours.text())};
}

}  // namespace

std::int64_t checked_samples(std::optional<std::int64_t> samples, std::int64_t available, const std::string& where) {
  if (!samples) return available;
  if (*samples < 1 || *samples > available)
    throw InputError(fmt::format("--samples {}: {} has {} samples; allowed: 1..{}", *samples, where, available, available));
  return *samples;
}

Dataset load_dataset(const networks::Network& network, const std::filesystem::path& directory,
                     std::optional<std::int64_t> samples) {
  if (!std::filesystem::is_directory(directory))
    throw InputError(fmt::format("--data {}: no such directory; allowed: a directory of data files", directory.string()));
  const auto inputs = input_layers(network);
  const auto& shape = network.layers.at(static_cast<std::size_t>(inputs.at(0))).out;
  if (inputs.size() == 1 && network.classes == 10) {
    if (shape == networks::Shape{1, 28, 28}) return load_mnist(directory, samples);
    if (shape == networks::Shape{3, 32, 32}) return load_cifar10(directory, samples);
  }
  throw InputError(
      fmt::format("--data: no data set is known for network '{}' ({} input(s), the first of {}x{}x{}, {} classes); allowed: "
                  "one input and 10 classes, 1x28x28 (MNIST: mlp, lenet5) or 3x32x32 (CIFAR-10: resnet20-cifar, "
                  "resnet110-cifar, cifarnet, alexnet-cifar)",
                  network.name, inputs.size(), shape.channels, shape.height, shape.width, network.classes));
}

}  // namespace binade::sim
