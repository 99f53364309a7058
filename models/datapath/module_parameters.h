// SPDX-License-Identifier: Apache-2.0
// The modules of the RTL that a core is made of: names and elaboration parameters, as numbers. rtl/cosim writes them as literals,
// models/cost looks the modules up in tables of what they cost.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/datapath/core_config.h"

namespace binade::datapath {

struct Parameter {
  std::string name;
  std::int64_t value = 0;
  bool flag = false;  ///< one bit
  bool operator==(const Parameter&) const = default;
};
using Parameters = std::vector<Parameter>;

/// A module with its parameters.
struct Module {
  std::string name;
  Parameters parameters;
};
std::string to_string(const Module& module);  ///< "dfp_pe ABits=8 BBits=8 ..."

/// float_pkg: the code of a float's specials, and Saturating.
int specials_code(const numerics::FormatSpec& format);

/// Of the decoder and of the encoder of posits and floats: what names the format.
Parameters codec_parameters(const numerics::FormatSpec& format);
/// The processing element and the lane of the formats' datapath. Preconditions: operand_problem() has nothing against the formats,
/// and the RTL has the policy (rtl::uncovered).
Module element_module(const numerics::OperandFormats& formats, const numerics::AccumulateSpec& accumulate, int latency);
Module lane_module(const numerics::OperandFormats& formats, const numerics::AccumulateSpec& accumulate);
/// Its name: that of the datapath, dfp_float_lane where integer sums leave as a float, dfp_chain_lane where they are chained.
std::string lane_name(const numerics::OperandFormats& formats, const numerics::AccumulateSpec& accumulate);
/// What the sequencer of a core is elaborated with; its other parameters do not depend on the configuration.
Module sequencer_module(const CoreConfig& config);
/// The exponent unit beside the core's lanes, as `binade verify` builds it: three histories, counters of exponent_count_bits.
/// Precondition: integers of a shared exponent.
Module exponent_module(const CoreConfig& config);
inline constexpr int kExponentTensors = 3;  ///< with a history
/// Of it what takes every vector that the lanes put out: statistics. Of the tensor's end what its exponent then asks for: nothing
/// of dfp, whose exponent is the leading bit of the largest; Autoflex of flex, the bias chooser of sdfp.
Module exponent_statistics_module(const CoreConfig& config);
std::optional<Module> exponent_choice_module(const CoreConfig& config);
/// Of a counter of elements: few bits, so that sums fill every width behind it, but enough for tensors that want a bias.
int exponent_count_bits(const numerics::FormatSpec& format);

/// Rows of the partial-sum bank that a core is elaborated with.
int bank_rows(const CoreConfig& config);
/// Column blocks of its bias memory.
inline constexpr int kBiasBlocks = 4096;

/// Config of array and core, field by field (models/spec/core_config.def).
struct OperandFields {
#define OPERAND_FIELD(name, bits, meaning) std::uint64_t name = 0;
#include "models/spec/core_config.def"
};
struct CoreFields {
#define CORE_FIELD(name, bits, meaning) std::uint64_t name = 0;
#define CORE_OPERAND(name, meaning) OperandFields name;
#include "models/spec/core_config.def"
};
CoreFields core_fields(const CoreConfig& config, int bank_rows);
/// The fields by name, those of the operands as a_n, b_n, out_n, ...
Parameters named(const CoreFields& fields);
/// The array of a core: the fields of Config and the bits of an element's state.
Module array_module(const CoreConfig& config);

}  // namespace binade::datapath
