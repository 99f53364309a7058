// SPDX-License-Identifier: Apache-2.0
// Exponents that follow from the current maximum of a finished tensor: dynamic fixed point (Das et al. 2018; docs/fidelity.md 4.2)
// and the host's first scale of a Flexpoint tensor (`get_scale`, docs/fidelity.md 1.4).
#pragma once

#include <cstdint>

namespace binade::exponent {

/// floor(log2 value) of a positive finite value.
int floor_log2(double value);

/// LSB exponent floor(log2 max) - (P-2) + add_shift; 0 for a zero tensor. `add_shift` gives headroom: 2 in libxsmm's GxM.
int dfp_exponent(double max_abs, int bits, int add_shift = 0);
/// The same from the largest |raw accumulator|, whose LSB is 2^raw_lsb_exponent.
int dfp_exponent(std::uint64_t max_abs_raw, int raw_lsb_exponent, int bits, int add_shift = 0);

/// floor(log2 max) - (N-2) clamped to [-32, 0]; 0 for a zero tensor.
int flex_host_exponent(double max_abs, int bits);

}  // namespace binade::exponent
