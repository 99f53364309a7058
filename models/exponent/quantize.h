// SPDX-License-Identifier: Apache-2.0
// A host-written tensor in any format: exponent from the data, then one rounding per element (docs/fidelity.md 1.4, 4.2, 5.3).
// `binade eval FORMAT quantize` and every tensor that the host writes go through here.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "models/numerics/codec.h"
#include "models/numerics/encoded_tensor.h"
#include "models/numerics/reals.h"

namespace binade::exponent {

struct QuantizeOptions {
  std::optional<numerics::Rounding> rounding = std::nullopt;  ///< absent: the format's default (flex host writes in ngraph: rtz)
  std::optional<int> sdfp_bias = 0;                ///< added to the exponent of sdfp; absent: from the leading-bit histogram
  int add_shift = 0;                               ///< dfp, sdfp: headroom bits of libxsmm's quantiser
  std::optional<int> lsb_exponent = std::nullopt;  ///< flex, dfp, sdfp: this exponent instead of the data's
  std::uint32_t seed = 0, tensor = 0;              ///< of stochastic rounding
  std::uint64_t first_element = 0;                 ///< index of values[0] in the whole tensor, for stochastic rounding
};

struct QuantizedTensor : numerics::EncodedTensor {
  numerics::Events events;
};

/// The exponent that quantize_tensor uses: flex floor(log2 max) - (N-2) clamped to [-32, 0]; dfp floor(log2 max) - (P-2);
/// sdfp that plus the bias; fixed -F; a zero tensor 0 in all but fixed; 0 for formats without a shared exponent.
/// Throws InputError on NaN or Inf, naming the element.
int tensor_exponent(const numerics::FormatSpec& format, const numerics::Reals& values, const QuantizeOptions& options = {});

/// The values in `format`, as a tensor of one dimension. Throws InputError on NaN or Inf, naming the element.
QuantizedTensor quantize_tensor(const numerics::FormatSpec& format, std::span<const double> values,
                                const QuantizeOptions& options = {});

}  // namespace binade::exponent
