// SPDX-License-Identifier: Apache-2.0
// The units, one maker a kind. make_unit() of unit.h chooses.
#pragma once

#include "sim/verify/unit.h"

namespace binade::verify {

std::unique_ptr<Unit> make_pe_unit(const datapath::CoreConfig& config);  ///< flex_pe posit_pe float_pe dfp_pe
std::unique_ptr<Unit> make_core_unit(const datapath::CoreConfig& config);

}  // namespace binade::verify
