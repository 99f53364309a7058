// SPDX-License-Identifier: Apache-2.0
// The samples of a training run, as the loop asks for them.
#pragma once

#include <cstdint>
#include <vector>

namespace binade::sim {

struct Batch {
  std::vector<float> x;         ///< samples x channels x height x width
  std::vector<std::int64_t> y;  ///< labels
};

/// Everything that it hands out follows from its arguments: order and augmentation of an epoch need nothing of the ones before.
class Batches {
 public:
  virtual ~Batches() = default;
  virtual std::int64_t train_samples() const = 0;
  virtual std::int64_t test_samples() const = 0;  ///< 0: there is no test set
  /// `count` samples from number `first` of an epoch's order on.
  virtual Batch train(std::int64_t epoch, std::int64_t first, std::int64_t count) const = 0;
  virtual Batch test(std::int64_t first, std::int64_t count) const = 0;
};

}  // namespace binade::sim
