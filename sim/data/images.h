// SPDX-License-Identifier: Apache-2.0
// Labelled images that are read one by one, as binary32 numbers: held as the bytes of a file, as numbers, or made at each request.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "models/networks/network.h"
#include "sim/data/normalisation.h"

namespace binade::sim {

class Images {
 public:
  virtual ~Images() = default;
  virtual std::int64_t size() const = 0;
  virtual networks::Shape shape() const = 0;  ///< of one image
  virtual std::int64_t label(std::int64_t image) const = 0;
  /// shape().elements() numbers, the same at every request.
  virtual void read(std::int64_t image, std::span<float> out) const = 0;
  /// What stands around the image in `channel` where it is moved: black of bytes, zero of numbers.
  virtual float surround(std::int64_t channel) const = 0;
  /// Bytes that all of the above follow from: two sets with the same are the same.
  using Take = std::function<void(std::span<const std::byte>)>;
  virtual void content(const Take& take) const = 0;
};

/// A byte each until they are read.
class ByteImages final : public Images {
 public:
  /// `levels`: of each channel of `shape`. As many pixels as labels times elements.
  ByteImages(const networks::Shape& shape, std::vector<Levels> levels, std::vector<std::uint8_t> pixels,
             std::vector<std::uint8_t> labels);

  std::int64_t size() const override { return static_cast<std::int64_t>(labels_.size()); }
  networks::Shape shape() const override { return shape_; }
  std::int64_t label(std::int64_t image) const override { return labels_.at(static_cast<std::size_t>(image)); }
  void read(std::int64_t image, std::span<float> out) const override;
  float surround(std::int64_t channel) const override { return levels_.at(static_cast<std::size_t>(channel))[0]; }
  void content(const Take& take) const override;

 private:
  networks::Shape shape_;
  std::vector<Levels> levels_;
  std::vector<std::uint8_t> pixels_, labels_;
};

class NumberImages final : public Images {
 public:
  NumberImages(const networks::Shape& shape, std::vector<float> numbers, std::vector<std::int64_t> labels);

  std::int64_t size() const override { return static_cast<std::int64_t>(labels_.size()); }
  networks::Shape shape() const override { return shape_; }
  std::int64_t label(std::int64_t image) const override { return labels_.at(static_cast<std::size_t>(image)); }
  void read(std::int64_t image, std::span<float> out) const override;
  float surround(std::int64_t) const override { return 0; }
  void content(const Take& take) const override;

 private:
  networks::Shape shape_;
  std::vector<float> numbers_;
  std::vector<std::int64_t> labels_;
};

}  // namespace binade::sim
