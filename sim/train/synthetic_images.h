// SPDX-License-Identifier: Apache-2.0
// A data set that needs no data: samples of any extents whose classes can be learnt.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "sim/data/images.h"

namespace binade::sim {

/// What the samples of one class have in common: normal(1) numbers, of images one for each cell of kCell x kCell pixels, so that it
/// survives pooling.
class SyntheticClasses {
 public:
  static constexpr std::int64_t kCell = 4;

  SyntheticClasses(const networks::Shape& shape, std::int64_t classes, std::uint64_t seed);

  const networks::Shape& shape() const { return shape_; }
  std::int64_t classes() const { return classes_; }
  std::uint64_t seed() const { return seed_; }
  bool image() const { return cell_ > 1; }
  /// Of a class, at a position that may lie outside: the pattern goes on from the other side.
  double pattern(std::int64_t label, std::int64_t channel, std::int64_t row, std::int64_t column) const;

 private:
  networks::Shape shape_;
  std::int64_t classes_;
  std::uint64_t seed_;
  std::int64_t cell_, rows_, columns_;  ///< pixels of a cell's side; cells
  std::vector<double> patterns_;
};

/// Sample i is of class i modulo the classes: the class's pattern, of images shifted by up to kShift pixels each way, plus
/// normal(1) noise for each element. Nothing is held but the patterns.
class SyntheticImages final : public Images {
 public:
  static constexpr std::int64_t kShift = 2;

  /// `part`: samples of another word are others of the same classes.
  SyntheticImages(std::shared_ptr<const SyntheticClasses> classes, std::string_view part, std::int64_t samples);

  std::int64_t size() const override { return samples_; }
  networks::Shape shape() const override { return classes_->shape(); }
  std::int64_t label(std::int64_t image) const override { return image % classes_->classes(); }
  void read(std::int64_t image, std::span<float> out) const override;
  float surround(std::int64_t) const override { return 0; }
  void content(const Take& take) const override;

 private:
  std::shared_ptr<const SyntheticClasses> classes_;
  std::uint64_t noise_, shifts_;  ///< streams of draws
  std::int64_t samples_;
};

}  // namespace binade::sim
