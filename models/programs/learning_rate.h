// SPDX-License-Identifier: Apache-2.0
// Learning-rate schedules: what the rate of a step is multiplied by.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace binade::programs {

/// Where in a run a step stands.
struct Moment {
  std::uint64_t step = 0;  ///< steps done before it
  std::int64_t steps_per_epoch = 1;
  std::int64_t epochs = 1;  ///< of the whole run
  std::int64_t epoch() const { return static_cast<std::int64_t>(step) / steps_per_epoch; }
};

/// A decay, and a warm-up that multiplies it. Only operations that IEEE 754 rounds correctly are used, so factors are the same bits
/// on every machine.
struct LearningRate {
  enum class Decay : std::uint8_t { Constant, Step, Cosine };
  Decay decay = Decay::Constant;
  std::int64_t every = 1;   ///< epochs, Step
  double times = 1;         ///< Step
  std::int64_t warmup = 0;  ///< epochs; 0: none

  double factor(const Moment& at) const;
  std::string text() const;  ///< words that parse to the same
  bool operator==(const LearningRate&) const = default;
};

/// Parts with a plus between them, at most one decay and one warm-up:
///   constant
///   step:EPOCHS:FACTOR  times FACTOR after every EPOCHS epochs (torch.optim.lr_scheduler.StepLR)
///   halving:EPOCHS      step:EPOCHS:0.5, as PositNN's examples train
///   cosine              from 1 to 0 over the run, step by step: (1 + cos(pi step / steps)) / 2 (Loshchilov and Hutter 2017,
///                       arXiv 1608.03983, equation 5, without restarts)
///   warmup:EPOCHS       from 1/n of the rate to all of it in the n steps of the first EPOCHS epochs (Goyal et al. 2017,
///                       arXiv 1706.02677, section 2.2)
/// Throws InputError that starts with `where`.
LearningRate parse_learning_rate(std::string_view words, std::string_view where);

}  // namespace binade::programs
