// SPDX-License-Identifier: Apache-2.0
// MNIST, Fashion-MNIST, CIFAR-10 and CIFAR-100 as they are published.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "sim/data/cifar.h"
#include "sim/data/gzip.h"
#include "sim/data/idx.h"
#include "sim/train/data_sources.h"

namespace binade::sim {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& data, const std::string& what) {
  throw InputError(fmt::format("--data {}: {}; allowed: {}", printable(data.string()), what, kDataAllowed));
}

fs::path needed_file(const fs::path& folder, const std::string& stem) {
  if (auto file = gzip_or_plain(folder, stem)) return *std::move(file);
  throw InputError(fmt::format("{}: no such file, nor {}.gz; allowed: with the others of its data set",
                               printable((folder / stem).string()), stem));
}

// MNIST and Fashion-MNIST.

constexpr const char *kTrain = "train", *kTen = "t10k";  // prefixes of the two halves
std::string images_of(const std::string& prefix) { return prefix + "-images-idx3-ubyte"; }
std::string labels_of(const std::string& prefix) { return prefix + "-labels-idx1-ubyte"; }
bool has_idx(const fs::path& folder, const std::string& prefix) { return gzip_or_plain(folder, images_of(prefix)).has_value(); }

/// The two have the same files: the folder's name tells them apart (torchvision: FashionMNIST/raw).
bool is_called_fashion(const fs::path& folder) {
  auto path = fs::weakly_canonical(folder);
  if (path.filename() == "raw") path = path.parent_path();
  auto name = path.filename().string();
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; });
  return name.find("fashion") != std::string::npos;
}

class IdxData {
 public:
  IdxData(fs::path folder, const Wanted& wanted) : folder_(std::move(folder)), wanted_(wanted) {
    const bool by_name = wanted.set == "auto";
    const auto& set = (by_name ? is_called_fashion(folder_) : wanted.set == "fashion-mnist") ? kFashionMnist : kMnist;
    levels_ = binary32_levels(set);
    name_ = fmt::format("{}{}", set.data_set, by_name ? " by its folder's name" : "");
    normalisation_ = set.text();
  }

  /// `train`: its files are there and wanted; without them those of t10k are parted.
  TrainingData load(bool train) {
    TrainingData data;
    if (!train) return parted(read(kTen));
    auto images = read(kTrain);
    const auto trained = images.images;
    data.train = part(images, 0, trained);
    std::string tested = "no test set";
    if (has_idx(folder_, kTen)) {
      images = read(kTen);
      data.test = part(images, 0, images.images);
      tested = fmt::format("test {} of {}", images.images, images_of(kTen));
    }
    describe(data, fmt::format("train {} of {}, {}", trained, images_of(kTrain), tested));
    return data;
  }

 private:
  IdxPair read(const char* prefix) const {
    return read_idx_pair(needed_file(folder_, images_of(prefix)), needed_file(folder_, labels_of(prefix)), wanted_.shape.height,
                         wanted_.shape.width, static_cast<int>(std::min<std::int64_t>(wanted_.classes, 256)));
  }

  /// Of MNIST's 10,000: 8,000 and 2,000.
  TrainingData parted(const IdxPair& pair) const {
    const auto tested = pair.images / 5, trained = pair.images - tested;
    TrainingData data;
    data.train = part(pair, 0, trained);
    if (tested > 0) data.test = part(pair, trained, tested);
    describe(data, fmt::format("{} alone: train images 0..{}, {}", images_of(kTen), trained - 1,
                               tested > 0 ? fmt::format("test {}..{}", trained, pair.images - 1) : "no test set"));
    return data;
  }

  std::unique_ptr<Images> part(const IdxPair& pair, std::int64_t first, std::int64_t count) const {
    const auto elements = wanted_.shape.elements();
    const auto pixels = pair.pixels.begin() + first * elements;
    const auto labels = pair.labels.begin() + first;
    return std::make_unique<ByteImages>(wanted_.shape, levels_, std::vector<std::uint8_t>(pixels, pixels + count * elements),
                                        std::vector<std::uint8_t>(labels, labels + count));
  }

  void describe(TrainingData& data, const std::string& what) const {
    data.description = fmt::format("{}: {}; {} in binary32", name_, what, normalisation_);
  }

  fs::path folder_;
  const Wanted& wanted_;
  std::vector<Levels> levels_;
  std::string name_, normalisation_;
};

// CIFAR-10 and CIFAR-100.

struct CifarFiles {
  const char* word;
  const CifarKind& kind;
  const Normalisation& colours;
  std::vector<std::string> train;
  std::string test;
};
/// The official files first, then the balanced part of CIFAR-10 that studies of a few hours train on.
const std::array<CifarFiles, 3>& cifar_files() {
  static const std::array<CifarFiles, 3> rows{{
      {"cifar10",
       kCifar10,
       kCifar10Colours,
       {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"},
       "test_batch.bin"},
      {"cifar100", kCifar100, kCifar100Colours, {"train.bin"}, "test.bin"},
      {"cifar10", kCifar10, kCifar10Colours, {"cifar10-train-10k.bin"}, "cifar10-test-2k.bin"},
  }};
  return rows;
}

std::unique_ptr<Images> cifar_images(const CifarFiles& files, CifarRecords records) {
  return std::make_unique<ByteImages>(networks::Shape{kCifarChannels, kCifarSide, kCifarSide}, binary32_levels(files.colours),
                                      std::move(records.pixels), std::move(records.labels));
}

TrainingData load_cifar(const fs::path& folder, const CifarFiles& files, const Wanted& wanted) {
  if (files.kind.classes > wanted.classes)
    throw InputError(fmt::format("--data {}: {} has {} classes, the last layer of {} {} outputs; allowed: an output for each class",
                                 printable(folder.string()), files.kind.name, files.kind.classes, wanted.network, wanted.classes));
  TrainingData data;
  CifarRecords records;
  for (const auto& stem : files.train) read_cifar(needed_file(folder, stem), files.kind, records);
  auto text = fmt::format("{}{}: train {} of {}", files.kind.name, files.kind.label_bytes > 1 ? ", fine labels" : "",
                          records.images(), fmt::join(files.train, ", "));
  data.train = cifar_images(files, std::move(records));
  records = {};
  if (const auto test = gzip_or_plain(folder, files.test)) {
    read_cifar(*test, files.kind, records);
    text += fmt::format(", test {} of {}", records.images(), files.test);
    data.test = cifar_images(files, std::move(records));
  } else {
    text += ", no test set";
  }
  data.description = fmt::format("{}; {} in binary32", text, files.colours.text());
  return data;
}

/// Of those that are there, the first with as many classes as the network has outputs; else the first.
const CifarFiles* choose_cifar(const fs::path& folder, const Wanted& wanted) {
  const CifarFiles* chosen = nullptr;
  for (const auto& files : cifar_files()) {
    if ((wanted.set != "auto" && wanted.set != files.word) || !gzip_or_plain(folder, files.train.front())) continue;
    if (chosen == nullptr || (chosen->kind.classes != wanted.classes && files.kind.classes == wanted.classes)) chosen = &files;
  }
  return chosen;
}

/// The kind of set by its word, or else by the extents of a sample. Refuses words of other extents.
enum class Kind : std::uint8_t { Idx, Cifar, None };
Kind kind_of(const fs::path& data, const Wanted& wanted) {
  const auto& shape = wanted.shape;
  const auto by_extents = shape == networks::Shape{kCifarChannels, kCifarSide, kCifarSide} ? Kind::Cifar
                          : !shape.sequence && shape.channels == 1 && shape.height > 1     ? Kind::Idx
                                                                                           : Kind::None;
  const auto by_word = wanted.set == "auto" ? by_extents : wanted.set.starts_with("cifar") ? Kind::Cifar : Kind::Idx;
  if (by_word != by_extents)
    refuse(data, fmt::format("{} has no samples of {}, which {} takes", wanted.set, text(shape), wanted.network));
  return by_extents;
}

}  // namespace

TrainingData from_folder(const fs::path& folder, const Wanted& wanted) {
  const auto kind = kind_of(folder, wanted);
  const bool train = has_idx(folder, kTrain);
  if (kind == Kind::Idx && (train || has_idx(folder, kTen))) return IdxData(folder, wanted).load(train);
  if (kind == Kind::Cifar)
    if (const auto* files = choose_cifar(folder, wanted)) return load_cifar(folder, *files, wanted);
  refuse(folder, fmt::format("no data set{} with samples of {}, which {} takes, is in it",
                             wanted.set == "auto" ? "" : " " + wanted.set, text(wanted.shape), wanted.network));
}

TrainingData from_file(const fs::path& file, const Wanted& wanted) {
  const auto folder = file.parent_path().empty() ? fs::path(".") : file.parent_path();
  const auto kind = kind_of(file, wanted);
  const auto stem = (file.extension() == ".gz" ? file.stem() : file.filename()).string();
  if (kind == Kind::Idx)
    for (const auto* prefix : {kTrain, kTen})
      if (stem == images_of(prefix) || stem == labels_of(prefix)) return IdxData(folder, wanted).load(prefix == kTrain);
  if (kind == Kind::Cifar)
    for (const auto& files : cifar_files()) {
      const bool right_set = wanted.set == "auto" || wanted.set == files.word;
      if (right_set && (stem == files.test || std::find(files.train.begin(), files.train.end(), stem) != files.train.end()))
        return load_cifar(folder, files, wanted);
    }
  refuse(file, fmt::format("no file of a data set with samples of {}, which {} takes", text(wanted.shape), wanted.network));
}

}  // namespace binade::sim
