// SPDX-License-Identifier: Apache-2.0
// Training data as the loop asks for it: in an order, augmented.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "sim/train/augment.h"
#include "sim/train/batch_order.h"
#include "sim/train/batches.h"
#include "sim/train/training_data.h"

namespace binade::sim {

class DataBatches final : public Batches {
 public:
  /// `data` outlives it.
  DataBatches(const TrainingData& data, OrderKind order, const Augmentation& augmentation, std::uint64_t seed);

  std::int64_t train_samples() const override { return data_.train->size(); }
  std::int64_t test_samples() const override { return data_.test ? data_.test->size() : 0; }
  Batch train(std::int64_t epoch, std::int64_t first, std::int64_t count) const override;
  Batch test(std::int64_t first, std::int64_t count) const override;

 private:
  const TrainingData& data_;
  OrderKind order_;
  Augmentation augmentation_;
  std::uint64_t seed_;
  /// The order of the epoch that was asked for last.
  mutable std::mutex mutex_;
  mutable std::int64_t epoch_ = -1;
  mutable std::vector<std::int64_t> samples_;
};

}  // namespace binade::sim
