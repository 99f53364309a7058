// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/module_parameters.h"

#include <algorithm>
#include <bit>
#include <string_view>
#include <utility>

#include "models/datapath/dataflow/dataflow.h"
#include "models/numerics/accumulators.h"

namespace binade::datapath {

using numerics::Accumulate;
using numerics::AccumulateSpec;
using numerics::FormatSpec;
using numerics::OperandFormats;

namespace {

bool is_float(const FormatSpec& format) { return datapath_of(format) == Datapath::FloatPe; }
bool is_fp32(const AccumulateSpec& accumulate) { return accumulate.policy == Accumulate::Fp32; }
bool is_chained(const AccumulateSpec& accumulate) { return accumulate.policy == Accumulate::Chained; }
std::uint64_t unsigned_of(int value) { return static_cast<std::uint64_t>(value); }
template <class Enum>
std::uint64_t code(Enum value) {
  return static_cast<std::uint64_t>(value);
}

void add(Parameters& parameters, std::string name, std::int64_t value) { parameters.push_back({std::move(name), value}); }
void add_flag(Parameters& parameters, std::string name, bool value) {
  parameters.push_back({std::move(name), value ? 1 : 0, true});
}

/// `side` before each name: of the operand's that a module tells apart.
void add_float(Parameters& parameters, const FormatSpec& format, const std::string& side = {}) {
  add(parameters, side + "ExponentBits", format.exponent_bits);
  add(parameters, side + "FractionBits", format.fraction_bits);
  add(parameters, side + "Specials", specials_code(format));
}

void add_operand_bits(Parameters& parameters, const OperandFormats& formats) {
  add(parameters, "ABits", formats.a.bits);
  add(parameters, "BBits", formats.b.bits);
}

OperandFields operand_fields(const FormatSpec& format) {
  const bool floats = is_float(format);
  OperandFields fields;
  fields.datapath = code(datapath_of(format));
  fields.n = unsigned_of(format.bits);
  fields.es = floats ? 0 : unsigned_of(format.exponent_bits);
  fields.underflow = format.underflows ? 1 : 0;
  fields.exponent_bits = floats ? unsigned_of(format.exponent_bits) : 0;
  fields.fraction_bits = floats ? unsigned_of(format.fraction_bits) : 0;
  fields.specials = floats ? unsigned_of(specials_code(format)) : 0;
  return fields;
}

/// flex_pe and flex_lane, ...; of integers that are summed in chains, dfp_chain_pe and dfp_chain_lane.
std::string datapath_module(const OperandFormats& formats, const AccumulateSpec& accumulate, std::string_view part) {
  std::string name(to_string(datapath_of(formats)));
  name.resize(name.size() - 2);
  if (is_chained(accumulate)) name += "chain_";
  return name.append(part);
}

}  // namespace

int specials_code(const FormatSpec& format) {
#define SPECIALS_FLAG(name, code, meaning) constexpr int k##name = code;
#include "models/spec/enumerations.def"
  return static_cast<int>(format.specials) + (format.saturates ? kSaturating : 0);
}

std::string to_string(const Module& module) {
  std::string text = module.name;
  for (const Parameter& parameter : module.parameters) text += ' ' + parameter.name + '=' + std::to_string(parameter.value);
  return text;
}

Parameters codec_parameters(const FormatSpec& format) {
  Parameters parameters;
  if (is_float(format)) {
    add_float(parameters, format);
  } else {
    add(parameters, "N", format.bits);
    add(parameters, "Es", format.exponent_bits);
  }
  return parameters;
}

Module element_module(const OperandFormats& formats, const AccumulateSpec& accumulate, int latency) {
  const int bits = numerics::accumulator_bits(formats, accumulate);
  Parameters parameters;
  switch (datapath_of(formats)) {
    case Datapath::FlexPe:
      add_operand_bits(parameters, formats);
      add(parameters, "OutBits", formats.out.bits);
      add(parameters, "BlockBits", bits);
      break;
    case Datapath::PositPe:
      add_operand_bits(parameters, formats);
      add(parameters, "Es", formats.out.exponent_bits);
      add(parameters, "QuireBits", bits);
      break;
    case Datapath::FloatPe:
      add_float(parameters, formats.a, "A");
      add_float(parameters, formats.b, "B");
      add_float(parameters, formats.out);
      add_flag(parameters, "Fp32", is_fp32(accumulate));
      break;
    case Datapath::DfpPe:
      add_operand_bits(parameters, formats);
      add(parameters, is_chained(accumulate) ? "ChainBits" : "AccBits", bits);
      break;
  }
  add(parameters, "Latency", latency);
  return {datapath_module(formats, accumulate, "pe"), std::move(parameters)};
}

std::string lane_name(const OperandFormats& formats, const AccumulateSpec& accumulate) {
  return datapath_module(formats, accumulate, formats.integers_to_float() && !is_chained(accumulate) ? "float_lane" : "lane");
}

Module lane_module(const OperandFormats& formats, const AccumulateSpec& accumulate) {
  const int bits = numerics::accumulator_bits(formats, accumulate);
  Parameters parameters;
  if (is_chained(accumulate)) {
    const bool to_float = formats.integers_to_float();
    add(parameters, "ChainBits", bits);
    add_flag(parameters, "FloatOut", to_float);
    add(parameters, "N", formats.out.bits);
    // An integer leaves the binary32 sum by itself.
    add_float(parameters, to_float ? formats.out : numerics::kBinary32);
    return {lane_name(formats, accumulate), std::move(parameters)};
  }
  if (!is_float(formats.out)) add(parameters, "N", formats.out.bits);
  switch (datapath_of(formats)) {
    case Datapath::FlexPe:
      add(parameters, "BlockBits", bits);
      break;
    case Datapath::PositPe:
      add(parameters, "Es", formats.out.exponent_bits);
      add(parameters, "PointBits", -numerics::exact_register(formats).lsb_exponent);
      add(parameters, "QuireBits", bits);
      add_flag(parameters, "Underflow", formats.out.underflows);
      break;
    case Datapath::FloatPe:
      add_float(parameters, formats.out);
      add_flag(parameters, "Fp32", is_fp32(accumulate));
      break;
    case Datapath::DfpPe:
      add(parameters, "AccBits", bits);
      if (is_float(formats.out)) add_float(parameters, formats.out);
      break;
  }
  return {lane_name(formats, accumulate), std::move(parameters)};
}

Module sequencer_module(const CoreConfig& config) {
  Parameters parameters;
  add(parameters, "Rows", config.rows);
  add(parameters, "Cols", config.cols);
  add(parameters, "Dataflow", static_cast<std::int64_t>(config.dataflow));
  return {"sequencer", std::move(parameters)};
}

int exponent_count_bits(const FormatSpec& format) { return std::min(2 * format.bits + 6, 20); }

Module exponent_statistics_module(const CoreConfig& config) {
  const FormatSpec& format = config.format.out;
  Parameters parameters;
  add(parameters, "Lanes", config.cols);
  add(parameters, "MagnitudeBits", stores_raw(config) ? numerics::accumulator_bits(config.format, config.accumulate) : format.bits);
  add(parameters, "CountBits", exponent_count_bits(format));
  return {"exponent_statistics", std::move(parameters)};
}

std::optional<Module> exponent_choice_module(const CoreConfig& config) {
  const FormatSpec& format = config.format.out;
  Parameters parameters;
  if (format.family == numerics::Family::Flex) {
    add(parameters, "N", format.bits);
    add(parameters, "Tensors", kExponentTensors);
    return Module{"autoflex_predictor", std::move(parameters)};
  }
  if (format.family != numerics::Family::Sdfp) return std::nullopt;
  add(parameters, "P", format.bits);
  add(parameters, "CountBits", exponent_count_bits(format));
  return Module{"sdfp_bias_chooser", std::move(parameters)};
}

Module exponent_module(const CoreConfig& config) {
  Parameters parameters = exponent_statistics_module(config).parameters;
  add(parameters, "N", config.format.out.bits);
  add(parameters, "Tensors", kExponentTensors);
  return {"exponent_unit", std::move(parameters)};
}

int bank_rows(const CoreConfig& config) {
  constexpr std::int64_t kMostRows = 1 << 16;
  if (rules_of(config).sums_stay()) return 1;
  const std::int64_t rows = config.capacity_limited ? psum_rows(config) : kMostRows;
  return static_cast<int>(std::bit_ceil(static_cast<std::uint64_t>(std::clamp<std::int64_t>(rows, 1, kMostRows))));
}

CoreFields core_fields(const CoreConfig& config, int bank_rows) {
  CoreFields core;
  core.rows = unsigned_of(config.rows);
  core.cols = unsigned_of(config.cols);
  core.dataflow = code(config.dataflow);
  core.latency = unsigned_of(config.pe_latency);
  core.bank_rows = unsigned_of(bank_rows);
  core.bias_blocks = kBiasBlocks;
  core.lane_interval = unsigned_of(config.lane_interval);
  core.accumulate = code(config.accumulate.policy);
  const int block = numerics::block_length(config.accumulate);
  core.block = unsigned_of(block != 0 ? block : config.accumulate.block);
  core.acc_bits = unsigned_of(numerics::accumulator_bits(config.format, config.accumulate));
  core.raw = stores_raw(config) ? 1 : 0;
  core.rounding = code(config.accumulate.rounding);
  core.bias_first = numerics::bias_starts_sums(config.accumulate) ? 1 : 0;
  core.a = operand_fields(config.format.a);
  core.b = operand_fields(config.format.b);
  core.out = operand_fields(config.format.out);
  return core;
}

Parameters named(const CoreFields& fields) {
  Parameters parameters;
  const auto operand = [&](const std::string& side, const OperandFields& of) {
#define OPERAND_FIELD(name, bits, meaning) add(parameters, side + "_" #name, static_cast<std::int64_t>(of.name));
#include "models/spec/core_config.def"
  };
#define CORE_FIELD(name, bits, meaning) add(parameters, #name, static_cast<std::int64_t>(fields.name));
#define CORE_OPERAND(name, meaning) operand(#name, fields.name);
#include "models/spec/core_config.def"
  return parameters;
}

Module array_module(const CoreConfig& config) {
  Parameters parameters = named(core_fields(config, bank_rows(config)));
  add(parameters, "StateBits", psum_bits(config));
  return {"systolic_array", std::move(parameters)};
}

}  // namespace binade::datapath
