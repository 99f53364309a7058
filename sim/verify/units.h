// SPDX-License-Identifier: Apache-2.0
// The units, one maker a kind. make_unit() of unit.h chooses.
#pragma once

#include <algorithm>

#include "sim/verify/unit.h"

namespace binade::verify {

/// Random tiles of an array that take some 20 s on one core, if those of 4 x 4 are as many: a clock costs as the elements do.
inline std::uint64_t tiles_in_seconds(const datapath::CoreConfig& config, std::uint64_t of_4x4) {
  constexpr std::uint64_t kElements = 16, kLeast = 50;
  const auto elements = static_cast<std::uint64_t>(config.rows) * static_cast<std::uint64_t>(config.cols);
  return std::clamp(of_4x4 * kElements / elements, kLeast, of_4x4);
}

/// Whether sums of products go through the unit, so that the accumulate policy matters.
bool adds_products(std::string_view name);

std::unique_ptr<Unit> make_pe_unit(const datapath::CoreConfig& config);        ///< flex_pe posit_pe float_pe dfp_pe
std::unique_ptr<Unit> make_decoder_unit(const datapath::CoreConfig& config);   ///< posit_decoder float_decoder
std::unique_ptr<Unit> make_array_unit(const datapath::CoreConfig& config);     ///< systolic_array
std::unique_ptr<Unit> make_exponent_unit(const datapath::CoreConfig& config);  ///< exponent_unit
std::unique_ptr<Unit> make_core_unit(const datapath::CoreConfig& config);      ///< core
/// flex_lane posit_lane float_lane dfp_lane dfp_float_lane, posit_encoder float_encoder: in the rounding modes that are wanted.
std::unique_ptr<Unit> make_lane_unit(const datapath::CoreConfig& config, const OperationOptions& options);
std::unique_ptr<Unit> make_encoder_unit(const datapath::CoreConfig& config, const OperationOptions& options);

}  // namespace binade::verify
