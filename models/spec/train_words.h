// SPDX-License-Identifier: Apache-2.0
// Words of the keys train.*, as words.h has those of a run.
#pragma once

#include <array>
#include <string_view>

namespace binade::spec {

/// Data sets whose pixels are normalised; auto: as the files say.
inline constexpr std::array<std::string_view, 5> kDataSetWords{"auto", "mnist", "fashion-mnist", "cifar10", "cifar100"};
inline constexpr std::array<std::string_view, 3> kOptimiserWords{"sgd", "rmsprop", "adam"};
inline constexpr std::array<std::string_view, 2> kLossWords{"cross-entropy", "mse"};
inline constexpr std::array<std::string_view, 2> kAverageWords{"loss", "gradients"};  ///< what is divided by the batch
inline constexpr std::array<std::string_view, 2> kWeightOrderWords{"samples-outermost",
                                                                   "samples-innermost"};  ///< of k, backward-weight
inline constexpr std::array<std::string_view, 2> kBiasSumsWords{"whole", "per-sample"};
inline constexpr std::array<std::string_view, 2> kElementwiseWords{"composite", "stepwise"};
inline constexpr std::array<std::string_view, 2> kArithmeticWords{"accelerator", "binary64"};
inline constexpr std::array<std::string_view, 2> kFlexAgeWords{"pass", "step"};  ///< what makes an exponent history older by one

}  // namespace binade::spec
