// SPDX-License-Identifier: Apache-2.0
// Elaboration parameters of our modules (models/datapath/module_parameters.h) as literals, and what the RTL does not cover.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "models/datapath/module_parameters.h"

namespace binade::rtl {

using Parameters = std::vector<std::pair<std::string, std::string>>;

/// What the RTL does not cover of formats under a policy, one problem a line; empty = all of it (docs/rtl/pe.md).
std::vector<std::string> uncovered(const numerics::OperandFormats& formats, const numerics::AccumulateSpec& accumulate);

/// Of the decoder and of the encoder of posits and floats: what names the format.
Parameters codec_parameters(const numerics::FormatSpec& format);
/// Of the processing element and of the lane of the formats' datapath.
Parameters pe_parameters(const numerics::OperandFormats& formats, const numerics::AccumulateSpec& accumulate, int latency);
Parameters lane_parameters(const numerics::OperandFormats& formats, const numerics::AccumulateSpec& accumulate);
/// Of the exponent unit beside the core's lanes.
Parameters exponent_parameters(const datapath::CoreConfig& config);
/// Of systolic_array and core alike: Config, the word of models/spec/core_config.def. `bank_rows`: of the partial-sum bank.
Parameters core_parameters(const datapath::CoreConfig& config, int bank_rows);
/// What it says, in words: "4x4 os posit8".
std::string core_title(const datapath::CoreConfig& config);

/// What a core is elaborated with.
using datapath::bank_rows;
using datapath::kBiasBlocks;
/// Bits of a lane of the B port, which takes B's elements and biases, in the output's format, alike.
int b_lane_bits(const numerics::OperandFormats& formats);

}  // namespace binade::rtl
