// SPDX-License-Identifier: Apache-2.0
// The units, one maker a kind. make_unit() of unit.h chooses.
#pragma once

#include "sim/verify/unit.h"

namespace binade::verify {

std::unique_ptr<Unit> make_pe_unit(const datapath::CoreConfig& config);        ///< flex_pe posit_pe float_pe dfp_pe
std::unique_ptr<Unit> make_lane_unit(const datapath::CoreConfig& config);      ///< flex_lane posit_lane float_lane dfp_lane
std::unique_ptr<Unit> make_decoder_unit(const datapath::CoreConfig& config);   ///< posit_decoder float_decoder
std::unique_ptr<Unit> make_encoder_unit(const datapath::CoreConfig& config);   ///< posit_encoder float_encoder
std::unique_ptr<Unit> make_array_unit(const datapath::CoreConfig& config);     ///< systolic_array
std::unique_ptr<Unit> make_exponent_unit(const datapath::CoreConfig& config);  ///< exponent_unit
std::unique_ptr<Unit> make_core_unit(const datapath::CoreConfig& config);      ///< core

}  // namespace binade::verify
