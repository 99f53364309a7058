// SPDX-License-Identifier: Apache-2.0
// Training data in a file of arrays.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "sim/data/array_file.h"
#include "sim/train/data_sources.h"

namespace binade::sim {

namespace {

/// 1 GiB of binary32 numbers.
constexpr std::int64_t kMostNumbers = std::int64_t{1} << 28;

class Arrays {
 public:
  Arrays(const std::filesystem::path& file, const Wanted& wanted) : arrays_(open_arrays(file)), wanted_(wanted) {}

  bool contains(const std::string& name) const { return arrays_->contains(name); }

  std::unique_ptr<Images> images(const std::string& x, const std::string& y) {
    const auto samples = samples_of(x, y);
    auto labels = labels_of(y);
    std::vector<float> numbers;
    numbers.reserve(static_cast<std::size_t>(samples * wanted_.shape.elements()));
    arrays_->read_pieces(x, [&](std::span<const double> some) {
      for (const double number : some) {
        if (!std::isfinite(static_cast<float>(number)))
          fail(x, fmt::format("element {} (row-major) is {}; allowed: finite numbers of binary32", numbers.size(), number));
        numbers.push_back(static_cast<float>(number));
      }
    });
    return std::make_unique<NumberImages>(wanted_.shape, std::move(numbers), std::move(labels));
  }

  std::vector<std::string> others(const std::vector<std::string>& used) const {
    auto names = arrays_->names();
    std::erase_if(names, [&](const std::string& name) { return std::find(used.begin(), used.end(), name) != used.end(); });
    return names;
  }

  const std::string& file() const { return arrays_->file(); }

  [[noreturn]] void fail(const std::string& name, const std::string& what) const {
    throw InputError(fmt::format("--data {}: {}: {}", file(), printable(name), what));
  }

 private:
  ArrayHeader header_of(const std::string& name) {
    if (!contains(name)) fail(name, "is missing; allowed: x and y, x_test and y_test beside them or neither");
    return arrays_->header(name);
  }

  std::vector<std::int64_t> extents() const {
    const auto& shape = wanted_.shape;
    if (shape.sequence) return {shape.channels, shape.width};
    return {shape.channels, shape.height, shape.width};
  }

  /// Extents of 1 may be left out.
  std::int64_t samples_of(const std::string& x, const std::string& y) {
    const auto header = header_of(x), labels = header_of(y);
    auto given = header.shape, sample = extents();
    const auto samples = given.empty() ? 0 : given.front();
    if (!given.empty()) given.erase(given.begin());
    std::erase(given, 1);
    std::erase(sample, 1);
    if (header.is_text || samples < 1 || given != sample)
      fail(x, fmt::format("shape {}; allowed: (samples, {}), as {} takes them", shape_text(header.shape),
                          fmt::join(extents(), ", "), wanted_.network));
    if (samples > kMostNumbers / wanted_.shape.elements())
      fail(x, fmt::format("{} samples of {} numbers; allowed: {} numbers", samples, wanted_.shape.elements(), kMostNumbers));
    if (labels.is_text || labels.shape != std::vector{samples})
      fail(y, fmt::format("shape {}; allowed: ({}), a label for each sample", shape_text(labels.shape), samples));
    return samples;
  }

  std::vector<std::int64_t> labels_of(const std::string& y) {
    std::vector<std::int64_t> labels;
    for (const double label : arrays_->read(y).values) {
      if (!(label >= 0 && label < static_cast<double>(wanted_.classes)) || label != std::floor(label))
        fail(y, fmt::format("element {} is {}; allowed: whole numbers 0..{}, the outputs of {}", labels.size(), label,
                            wanted_.classes - 1, wanted_.network));
      labels.push_back(static_cast<std::int64_t>(label));
    }
    return labels;
  }

  std::unique_ptr<ArrayFile> arrays_;
  const Wanted& wanted_;
};

}  // namespace

bool is_array_file(const std::filesystem::path& file) {
  std::array<char, 2> start{};
  std::ifstream(file, std::ios::binary).read(start.data(), start.size());
  return file.extension() == ".npz" || file.extension() == ".safetensors" || std::string_view(start.data(), start.size()) == "PK";
}

TrainingData from_arrays(const std::filesystem::path& file, const Wanted& wanted) {
  if (wanted.set != "auto")
    throw InputError(fmt::format("--data {}: its numbers are taken as they are; allowed: no data set named beside it, not '{}'",
                                 printable(file.string()), wanted.set));
  Arrays arrays(file, wanted);
  TrainingData data;
  data.train = arrays.images("x", "y");
  std::vector<std::string> used{"x", "y"};
  if (arrays.contains("x_test") || arrays.contains("y_test")) {
    data.test = arrays.images("x_test", "y_test");
    used.insert(used.end(), {"x_test", "y_test"});
  }
  data.description = fmt::format("{}: train {} samples, {}; taken as they are", printable(arrays.file()), data.train->size(),
                                 data.test ? fmt::format("test {}", data.test->size()) : "no test set");
  if (const auto others = arrays.others(used); !others.empty())
    data.notes.push_back(
        printable(fmt::format("{}: not used, neither x, y, x_test nor y_test: {}", arrays.file(), fmt::join(others, " "))));
  return data;
}

}  // namespace binade::sim
