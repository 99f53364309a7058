// SPDX-License-Identifier: Apache-2.0
// A session that is small enough to be judged by eye: softmax regression in binary64 with momentum, on samples of a few numbers. It
// counts writes as "overflows" and "underflows" by a rule of its own, so that a loop that loses one is seen.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sim/train/batches.h"
#include "sim/train/session.h"

namespace binade::support {

class SmallSession final : public sim::Session {
 public:
  SmallSession(std::int64_t features, std::int64_t classes, double momentum);

  sim::StepResult step(std::span<const float> x, std::span<const std::int64_t> y, double lr, std::uint64_t step,
                       std::vector<sim::Captured>* capture) override;
  sim::StepResult evaluate(std::span<const float> x, std::span<const std::int64_t> y) override;
  std::string first_bad_tensor() const override { return bad_; }
  std::vector<sim::TensorHistory> history() override;
  std::string formats() const override { return "fc.weight state binary64 - rne\n"; }
  std::vector<sim::Captured> parameter_codes() const override;
  operations::Parameters parameters() const override;
  std::map<std::string, sim::SavedArray> save() const override;
  void restore(const std::map<std::string, sim::SavedArray>& saved, std::uint64_t steps) override;

  const std::vector<double>& weights() const { return weights_; }

 private:
  /// Loss and hits of one sample; adds its gradient where there is one.
  double sample(std::span<const float> x, std::int64_t label, std::vector<double>* gradient, std::int64_t& correct) const;
  sim::Captured captured(const std::string& key, const std::vector<double>& values) const;

  std::size_t features_, classes_;
  double momentum_;
  std::vector<double> weights_, velocity_;  ///< classes x features
  std::uint64_t writes_ = 0, overflows_ = 0, underflows_ = 0;
  std::string bad_;
};

/// Samples of a line that a linear rule separates; labels follow from the numbers, which follow from seed, epoch and place.
class SmallBatches final : public sim::Batches {
 public:
  SmallBatches(std::uint64_t seed, std::int64_t train, std::int64_t test, std::int64_t features, std::int64_t classes)
      : seed_(seed), train_(train), test_(test), features_(features), classes_(classes) {}

  std::int64_t train_samples() const override { return train_; }
  std::int64_t test_samples() const override { return test_; }
  sim::Batch train(std::int64_t epoch, std::int64_t first, std::int64_t count) const override;
  sim::Batch test(std::int64_t first, std::int64_t count) const override;

 private:
  sim::Batch make(std::uint64_t stream, std::int64_t first, std::int64_t count) const;

  std::uint64_t seed_;
  std::int64_t train_, test_, features_, classes_;
};

}  // namespace binade::support
