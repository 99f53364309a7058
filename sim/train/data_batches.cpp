// SPDX-License-Identifier: Apache-2.0
#include "sim/train/data_batches.h"

#include <span>

#include "models/numerics/error.h"

namespace binade::sim {

namespace {

/// `at(i)`: the image that is number i of the batch, read into the room given.
template <typename At>
Batch batch_of(const Images& images, std::int64_t first, std::int64_t count, At at) {
  if (first < 0 || count < 1 || first > images.size() - count) throw InvariantError("DataBatches: no such samples");
  const auto elements = static_cast<std::size_t>(images.shape().elements());
  Batch batch;
  batch.x.resize(static_cast<std::size_t>(count) * elements);
  for (std::int64_t i = 0; i < count; ++i)
    batch.y.push_back(images.label(at(first + i, std::span(batch.x).subspan(static_cast<std::size_t>(i) * elements, elements))));
  return batch;
}

}  // namespace

DataBatches::DataBatches(const TrainingData& data, OrderKind order, const Augmentation& augmentation, std::uint64_t seed)
    : data_(data), order_(order), augmentation_(augmentation), seed_(seed) {
  check_augmentation(augmentation, data.train->shape(), "--augment");
}

Batch DataBatches::train(std::int64_t epoch, std::int64_t first, std::int64_t count) const {
  const std::scoped_lock lock(mutex_);
  if (epoch_ != epoch) {
    samples_ = epoch_order(order_, train_samples(), seed_, epoch);
    epoch_ = epoch;
  }
  return batch_of(*data_.train, first, count, [&](std::int64_t place, std::span<float> out) {
    const auto sample = samples_[static_cast<std::size_t>(place)];
    read_moved(*data_.train, sample, draw_move(augmentation_, seed_, epoch, sample), out);
    return sample;
  });
}

Batch DataBatches::test(std::int64_t first, std::int64_t count) const {
  if (!data_.test) throw InvariantError("DataBatches: no test set");
  return batch_of(*data_.test, first, count, [&](std::int64_t sample, std::span<float> out) {
    data_.test->read(sample, out);
    return sample;
  });
}

}  // namespace binade::sim
