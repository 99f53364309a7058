// SPDX-License-Identifier: Apache-2.0
#include "rtl/cosim/parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "models/datapath/dataflow/dataflow.h"
#include "rtl/cosim/core_fields.h"

namespace binade::rtl {

using datapath::Datapath;
using datapath::datapath_of;
using numerics::Accumulate;
using numerics::AccumulateSpec;
using numerics::FormatSpec;

namespace {

/// float_pkg: the code of the specials, and Saturating.
int specials_code(const FormatSpec& format) {
#define SPECIALS_FLAG(name, code, meaning) constexpr int k##name = code;
#include "models/spec/enumerations.def"
  return static_cast<int>(format.specials) + (format.saturates ? kSaturating : 0);
}

std::string number(int value) { return fmt::format("{}", value); }
std::string bit(bool value) { return value ? "1'b1" : "1'b0"; }
std::uint64_t unsigned_of(int value) { return static_cast<std::uint64_t>(value); }
template <class Enum>
std::uint64_t code(Enum value) {
  return static_cast<std::uint64_t>(value);
}

bool is_float(const FormatSpec& format) { return datapath::datapath_of(format) == Datapath::FloatPe; }
bool is_fp32(const AccumulateSpec& accumulate) { return accumulate.policy == Accumulate::Fp32; }

void add_float(Parameters& parameters, const FormatSpec& format, const AccumulateSpec& accumulate) {
  const Parameters codec = codec_parameters(format);
  parameters.insert(parameters.end(), codec.begin(), codec.end());
  parameters.emplace_back("Fp32", bit(is_fp32(accumulate)));
}

}  // namespace

Parameters codec_parameters(const FormatSpec& format) {
  if (!is_float(format)) return {{"N", number(format.bits)}, {"Es", number(format.exponent_bits)}};
  return {{"ExponentBits", number(format.exponent_bits)},
          {"FractionBits", number(format.fraction_bits)},
          {"Specials", number(specials_code(format))}};
}

std::vector<std::string> uncovered(const numerics::OperandFormats& formats, const AccumulateSpec& accumulate) {
  if (!formats.uniform())
    return {fmt::format("core.format_a, core.format_b, core.format_out: the RTL has no {}; allowed there: one format for all three",
                        numerics::to_string(formats))};
  const FormatSpec& format = formats.out;
  std::vector<std::string> problems;
  const std::string word = to_string(format);
  const auto policy = [&](std::initializer_list<Accumulate> allowed, const char* words) {
    if (std::find(allowed.begin(), allowed.end(), accumulate.policy) == allowed.end())
      problems.push_back(fmt::format("accumulate: the RTL of {} has no '{}'; allowed there: {}", to_string(datapath_of(format)),
                                     to_string(accumulate.policy), words));
  };
  switch (datapath_of(format)) {
    case Datapath::FlexPe:
      policy({Accumulate::Blocked}, "blocked");
      if (format.bits < 4) problems.push_back(fmt::format("format: flex_pe has no {}; allowed there: 4 to 32 bits", word));
      if (!std::has_single_bit(static_cast<unsigned>(accumulate.block)))
        problems.push_back(fmt::format("core.block: the RTL has no {}; allowed there: powers of two", accumulate.block));
      break;
    case Datapath::PositPe:
      policy({Accumulate::Exact}, "exact");
      if (format.bits < 4 || format.exponent_bits > 3)
        problems.push_back(fmt::format("format: posit_pe has no {}; allowed there: 4 to 32 bits, es 0 to 3", word));
      if (accumulate.acc_bits != 0 && accumulate.acc_bits < 4)
        problems.push_back(fmt::format("core.acc_bits: posit_pe has no {}; allowed there: 4 or more", accumulate.acc_bits));
      break;
    case Datapath::FloatPe:
      policy({Accumulate::Serial, Accumulate::Fp32}, "serial fp32");
      break;
    case Datapath::DfpPe:
      policy({Accumulate::Exact}, "exact");
      break;
  }
  return problems;
}

Parameters lane_parameters(const FormatSpec& format, const AccumulateSpec& accumulate) {
  Parameters parameters;
  if (is_float(format)) {
    add_float(parameters, format, accumulate);
    return parameters;
  }
  const std::string bits = number(numerics::accumulator_bits(format, accumulate));
  parameters.emplace_back("N", number(format.bits));
  switch (datapath_of(format)) {
    case Datapath::FlexPe:
      parameters.emplace_back("BlockBits", bits);
      break;
    case Datapath::PositPe:
      parameters.emplace_back("Es", number(format.exponent_bits));
      parameters.emplace_back("QuireBits", bits);
      break;
    case Datapath::DfpPe:
      parameters.emplace_back("AccBits", bits);
      break;
    case Datapath::FloatPe:
      break;
  }
  return parameters;
}

Parameters pe_parameters(const FormatSpec& format, const AccumulateSpec& accumulate, int latency) {
  Parameters parameters = lane_parameters(format, accumulate);
  parameters.emplace_back("Latency", number(latency));
  return parameters;
}

Parameters core_parameters(const datapath::CoreConfig& config, int bank_rows) {
  const auto operand = [](const FormatSpec& format) {
    const bool floats = is_float(format);
    OperandFields fields;
    fields.datapath = code(datapath_of(format));
    fields.n = unsigned_of(format.bits);
    fields.es = floats ? 0 : unsigned_of(format.exponent_bits);
    fields.exponent_bits = floats ? unsigned_of(format.exponent_bits) : 0;
    fields.fraction_bits = floats ? unsigned_of(format.fraction_bits) : 0;
    fields.specials = floats ? unsigned_of(specials_code(format)) : 0;
    return fields;
  };

  CoreFields core;
  core.rows = unsigned_of(config.rows);
  core.cols = unsigned_of(config.cols);
  core.dataflow = code(config.dataflow);
  core.latency = unsigned_of(config.pe_latency);
  core.bank_rows = unsigned_of(bank_rows);
  core.bias_blocks = kBiasBlocks;
  core.lane_interval = unsigned_of(config.lane_interval);
  core.accumulate = code(config.accumulate.policy);
  core.block = unsigned_of(config.accumulate.block);
  core.acc_bits = unsigned_of(numerics::accumulator_bits(config.format, config.accumulate));
  core.raw = stores_raw(config) ? 1 : 0;
  core.rounding = code(config.accumulate.rounding);
  core.a = operand(config.format.a);
  core.b = operand(config.format.b);
  core.out = operand(config.format.out);
  return {{"Config", core.word()}};
}

std::string core_title(const datapath::CoreConfig& config) {
  return fmt::format("{}x{} {} {}", config.rows, config.cols, to_string(config.dataflow), to_string(config.format));
}

int bank_rows(const datapath::CoreConfig& config) {
  constexpr std::int64_t kMostRows = 1 << 16;
  if (datapath::rules_of(config).sums_stay()) return 1;
  const std::int64_t rows = config.capacity_limited ? psum_rows(config) : kMostRows;
  return static_cast<int>(std::bit_ceil(static_cast<std::uint64_t>(std::clamp<std::int64_t>(rows, 1, kMostRows))));
}

}  // namespace binade::rtl
