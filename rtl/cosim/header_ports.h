// SPDX-License-Identifier: Apache-2.0
// The ports of a Verilated class.
#pragma once

#include <string>
#include <vector>

#include "rtl/cosim/port_members.h"

namespace binade::rtl {

/// The declarations of `header`, which Verilator generated, as lines for module_wrapper.cpp: `VL_IN8(&clk_i,0,0);` is
/// `PORT(clk_i, 1, 0)`. An unpacked array, `VL_IN8((&x)[2],7,0);`, is a line for each element; as newer Verilators have it,
/// `VlUnpacked<CData, 2> &x;`, neither width nor direction are there, and `elements` has them. Throws InputError where it has not.
std::string port_lines(const std::string& header, const std::vector<ArrayElement>& elements);

}  // namespace binade::rtl
