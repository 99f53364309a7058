// SPDX-License-Identifier: Apache-2.0
#include "sim/data/dataset.h"

#include <fmt/format.h>

#include <array>
#include <span>

#include "models/numerics/error.h"
#include "sim/data/gzip.h"

namespace binade::sim {
namespace {

/// `stem` or `stem`.gz in `directory`.
std::filesystem::path find_file(const std::filesystem::path& directory, const std::string& stem) {
  for (const auto& name : {stem + ".gz", stem})
    if (std::filesystem::is_regular_file(directory / name)) return directory / name;
  throw InputError(
      fmt::format("{}: no such file; allowed: a --data directory with {} or {}.gz", (directory / stem).string(), stem, stem));
}

/// (x / 255 - mean) / deviation, per channel, over interleaved samples of channels x plane bytes.
operations::Tensor normalised(std::span<const std::uint8_t> pixels, std::int64_t samples, std::int64_t channels, std::int64_t side,
                              std::span<const double> mean, std::span<const double> deviation) {
  operations::Tensor images{{samples, channels, side, side}, std::vector<double>(pixels.size())};
  const auto plane = static_cast<std::size_t>(side * side);
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const std::size_t channel = i / plane % static_cast<std::size_t>(channels);
    // Data files hold binary32 tensors elsewhere; images are rounded alike so that a captured trace is exact.
    images.values[i] = static_cast<float>((pixels[i] / 255.0 - mean[channel]) / deviation[channel]);
  }
  return images;
}

std::vector<int> checked_labels(std::span<const std::uint8_t> labels, const std::string& where) {
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] > 9) throw InputError(fmt::format("{}: label {} of record {}; allowed: 0..9", where, labels[i], i));
  return {labels.begin(), labels.end()};
}

Dataset load_mnist(const std::filesystem::path& directory, std::optional<std::int64_t> samples) {
  constexpr std::int64_t kSide = 28, kTestRange = 2000;
  constexpr std::array kMean{0.1307}, kDeviation{0.3081};
  const auto image_file = find_file(directory, "t10k-images-idx3-ubyte");
  const auto label_file = find_file(directory, "t10k-labels-idx1-ubyte");
  const auto images = parse_idx(read_gzip(image_file), image_file.string());
  const auto labels = parse_idx(read_gzip(label_file), label_file.string());
  if (images.shape.size() != 3 || images.shape[1] != kSide || images.shape[2] != kSide)
    throw InputError(fmt::format("{}: not {} x {} images; allowed: n x {} x {}", image_file.string(), kSide, kSide, kSide, kSide));
  const auto records = images.shape[0];
  if (labels.shape.size() != 1 || labels.shape[0] != records)
    throw InputError(
        fmt::format("{}: its shape does not match the {} images of {}", label_file.string(), records, image_file.string()));
  const auto available = std::min(records, kTestRange), first = records - available;
  const auto count = checked_samples(samples, available, image_file.string());
  const auto pixels =
      std::span(images.values)
          .subspan(static_cast<std::size_t>(first * kSide * kSide), static_cast<std::size_t>(count * kSide * kSide));
  return {normalised(pixels, count, 1, kSide, kMean, kDeviation),
          checked_labels(std::span(labels.values).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count)),
                         label_file.string()),
          fmt::format("MNIST {}, images {}..{}, (x/255 - {}) / {}", image_file.filename().string(), first, first + count - 1,
                      kMean[0], kDeviation[0])};
}

Dataset load_cifar10(const std::filesystem::path& directory, std::optional<std::int64_t> samples) {
  constexpr std::int64_t kSide = 32, kChannels = 3, kPixels = kChannels * kSide * kSide, kRecord = 1 + kPixels;
  constexpr std::array kMean{.4914, .4822, .4465}, kDeviation{.247, .243, .261};
  const auto file = find_file(directory, "cifar10-test-2k.bin");
  const auto bytes = read_gzip(file);
  const auto size = static_cast<std::int64_t>(bytes.size());
  if (size == 0 || size % kRecord != 0)
    throw InputError(
        fmt::format("{}: {} bytes; allowed: records of {} bytes (CIFAR-10 binary version)", file.string(), size, kRecord));
  const auto count = checked_samples(samples, size / kRecord, file.string());
  std::vector<std::uint8_t> labels, pixels;
  pixels.reserve(static_cast<std::size_t>(count * kPixels));
  for (std::int64_t i = 0; i < count; ++i) {
    const auto record = bytes.begin() + i * kRecord;
    labels.push_back(*record);
    pixels.insert(pixels.end(), record + 1, record + kRecord);
  }
  return {
      normalised(pixels, count, kChannels, kSide, kMean, kDeviation), checked_labels(labels, file.string()),
      fmt::format("CIFAR-10 {}, images 0..{}, (x/255 - mean) / deviation, mean ({}, {}, {}), deviation ({}, {}, {})",
                  file.filename().string(), count - 1, kMean[0], kMean[1], kMean[2], kDeviation[0], kDeviation[1], kDeviation[2])};
}

}  // namespace

Idx parse_idx(const std::vector<std::uint8_t>& bytes, const std::string& where) {
  constexpr std::uint8_t kUnsignedByte = 0x08;
  if (bytes.size() < 4 || bytes[0] != 0 || bytes[1] != 0 || bytes[2] != kUnsignedByte || bytes[3] == 0 || bytes[3] > 4)
    throw InputError(where + ": not an IDX file of unsigned bytes");
  const std::size_t dimensions = bytes[3], start = 4 + 4 * dimensions;
  if (bytes.size() < start) throw InputError(where + ": truncated in the IDX header");
  Idx idx;
  std::uint64_t elements = 1;
  for (std::size_t d = 0; d < dimensions; ++d) {
    std::uint32_t extent = 0;
    for (std::size_t i = 0; i < 4; ++i) extent = extent << 8 | bytes[4 + 4 * d + i];
    idx.shape.push_back(extent);
    elements = extent == 0 ? 0 : std::min<std::uint64_t>(elements * extent, std::uint64_t{1} << 31);
  }
  if (elements == 0 || bytes.size() - start != elements)
    throw InputError(fmt::format("{}: truncated or malformed: {} bytes of data, its header announces {}", where,
                                 bytes.size() - start, elements));
  idx.values.assign(bytes.begin() + static_cast<std::ptrdiff_t>(start), bytes.end());
  return idx;
}

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
                  "one input and 10 classes, 1x28x28 (MNIST: lenet5) or 3x32x32 (CIFAR-10: resnet20-cifar, "
                  "resnet110-cifar, cifarnet)",
                  network.name, inputs.size(), shape.channels, shape.height, shape.width, network.classes));
}

}  // namespace binade::sim
