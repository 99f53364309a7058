// SPDX-License-Identifier: Apache-2.0
// What the keys train.* say: optimiser, loss, loop, and the orders of rounding that a recipe may leave open. Plain data; what a
// word does is said where it acts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace binade::sim {

/// Defaults of the loop and of SGD are those of PositNN's examples (examples/*/src/train_posit.cpp: batch 64, 1/16, 0.5, 10
/// epochs), those of RMSProp and Adam are PyTorch's (torch.optim 2: alpha, betas, eps).
struct TrainSettings {
  std::int64_t batch = 64, epochs = 10;
  std::int64_t checkpoint_steps = 0;  ///< 0: by time and epochs alone
  double lr = 0.0625;
  std::string schedule = "constant";  ///< words of models/programs/learning_rate.h
  std::string init = "pytorch";       ///< words of sim/train/initialise.h
  std::string data_set = "auto";      ///< words of sim/train/training_data.h

  std::string optimiser = "sgd";  ///< a word of spec::kOptimiserWords
  double momentum = 0.5, dampening = 0;
  bool nesterov = false;
  double weight_decay = 0;
  double alpha = 0.99;  ///< rmsprop: of the mean of squares
  double beta1 = 0.9, beta2 = 0.999;
  double epsilon = 1e-8;

  std::string loss = "cross-entropy";  ///< spec::kLossWords
  std::int64_t loss_scale = 1;         ///< a power of two

  std::string average = "loss";                    ///< spec::kAverageWords
  std::string weight_order = "samples-outermost";  ///< spec::kWeightOrderWords
  std::string bias_sums = "whole";                 ///< spec::kBiasSumsWords
  std::string elementwise = "composite";           ///< spec::kElementwiseWords
  std::string arithmetic = "accelerator";          ///< spec::kArithmeticWords
  std::optional<int> sdfp_gradients = 0;           ///< absent: automatic (SdfpOptions)
  std::string flex_age = "auto";                   ///< auto, or a word of spec::kFlexAgeWords

  bool operator==(const TrainSettings&) const = default;
};

/// Every problem of the settings together, one line each; empty when valid.
std::vector<std::string> validate(const TrainSettings& train);

}  // namespace binade::sim
