// SPDX-License-Identifier: Apache-2.0
// Scales of float tensors by what was written before: value = code * 2^scale for every code of a tensor, where scale follows from
// the largest magnitudes of the tensor's last writes. Delayed scaling of 8-bit floats: Micikevicius et al., FP8 Formats for Deep
// Learning (2022), scale tensors to the format's range; the rule is that of NVIDIA's Transformer Engine, recipe.DelayedScaling,
// whose first release took the last maximum alone (amax_history_len 1, margin 0):
//   exponent = floor(log2(largest finite / maximum)) - margin;  a code is the value * 2^exponent, rounded
// and the scale stays where the maximum is 0 or not finite. There a first write has scale 1; here the first
// whose maximum is above 0 and finite takes it from its own values, and those before it have scale 1.
#pragma once

#include <vector>

#include "models/numerics/format_spec.h"

namespace binade::exponent {

inline constexpr int kLongestScaleHistory = 1024;  ///< Transformer Engine's default amax_history_len
inline constexpr int kLargestScaleMargin = 32;
/// Scales lie within +-63: two of them together are a normal binary32 number, which sums of products are multiplied with.
inline constexpr int kFarthestScale = 63;

struct ScaleRule {
  int history = 1;  ///< writes whose largest magnitude counts
  int margin = 0;   ///< bits that are left free above it
  bool operator==(const ScaleRule&) const = default;
};

/// Of a format with an exponent of its own and a largest finite value that is worth scaling to: IEEE, OCP and Hill's floats.
bool has_scale(const numerics::FormatSpec& format);
/// The smallest scale at which `max_abs`, above 0 and finite, is at most the largest finite value over 2^margin; held within range.
int scale_for(const numerics::FormatSpec& format, double max_abs, int margin);

/// What the scale of a tensor's next write follows from.
struct ScaleHistory {
  int scale = 0;               ///< of the next write
  std::vector<double> maxima;  ///< of the last writes, as many as the rule says; newest last
  bool operator==(const ScaleHistory&) const = default;
};
/// After a write whose largest magnitude was `max_abs`; infinite and NaN: nothing is known of it.
void record(ScaleHistory& history, const numerics::FormatSpec& format, const ScaleRule& rule, double max_abs);

}  // namespace binade::exponent
