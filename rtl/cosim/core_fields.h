// SPDX-License-Identifier: Apache-2.0
// The packed word of models/spec/core_config.def that the RTL takes: core_config_pkg::core_config_t.
#pragma once

#include <string>

#include "models/datapath/module_parameters.h"

namespace binade::rtl {

/// A SystemVerilog literal, first field in the highest bits. Throws InvariantError where a field does not fit.
std::string word_of(const datapath::CoreFields& fields);

}  // namespace binade::rtl
