// SPDX-License-Identifier: Apache-2.0
#include "rtl/cosim/parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "models/datapath/dataflow/dataflow.h"
#include "models/numerics/accumulators.h"
#include "rtl/cosim/core_fields.h"

namespace binade::rtl {

using datapath::Datapath;
using datapath::datapath_of;
using numerics::Accumulate;
using numerics::AccumulateSpec;
using numerics::Family;
using numerics::FormatSpec;
using numerics::OperandFormats;

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

bool is_float(const FormatSpec& format) { return datapath_of(format) == Datapath::FloatPe; }
bool is_fp32(const AccumulateSpec& accumulate) { return accumulate.policy == Accumulate::Fp32; }

/// `side` before each name: of the operand's that a module tells apart.
void add_float(Parameters& parameters, const FormatSpec& format, const std::string& side = {}) {
  parameters.emplace_back(side + "ExponentBits", number(format.exponent_bits));
  parameters.emplace_back(side + "FractionBits", number(format.fraction_bits));
  parameters.emplace_back(side + "Specials", number(specials_code(format)));
}

void add_operand_bits(Parameters& parameters, const OperandFormats& formats) {
  parameters.emplace_back("ABits", number(formats.a.bits));
  parameters.emplace_back("BBits", number(formats.b.bits));
}

/// The problems of one set of formats, by the key that the user set.
class Problems {
 public:
  explicit Problems(const OperandFormats& formats) : formats_(formats), datapath_(to_string(datapath_of(formats))) {}

  void policy(const AccumulateSpec& accumulate, std::initializer_list<Accumulate> allowed, const char* words) {
    if (std::find(allowed.begin(), allowed.end(), accumulate.policy) == allowed.end())
      list_.push_back(
          fmt::format("accumulate: the RTL of {} has no '{}'; allowed there: {}", datapath_, to_string(accumulate.policy), words));
  }
  /// Every format that `serves` has nothing against.
  template <class Serves>
  void widths(Serves serves, const char* words) {
    const auto check = [&](const char* key, const FormatSpec& format) {
      if (!serves(format))
        list_.push_back(fmt::format("{}: {} has no {}; allowed there: {}", key, datapath_, to_string(format), words));
    };
    if (formats_.uniform()) return check("format", formats_.out);
    check("core.format_a", formats_.a);
    check("core.format_b", formats_.b);
    check("core.format_out", formats_.out);
  }
  void results(bool served, const char* words) {
    if (!served)
      list_.push_back(
          fmt::format("core.format_out: the RTL of {} gives no {}; allowed there: {}", datapath_, to_string(formats_.out), words));
  }
  void add(std::string problem) { list_.push_back(std::move(problem)); }
  std::vector<std::string> list() && { return std::move(list_); }

 private:
  const OperandFormats& formats_;
  const std::string datapath_;
  std::vector<std::string> list_;
};

}  // namespace

Parameters codec_parameters(const FormatSpec& format) {
  if (!is_float(format)) return {{"N", number(format.bits)}, {"Es", number(format.exponent_bits)}};
  Parameters parameters;
  add_float(parameters, format);
  return parameters;
}

std::vector<std::string> uncovered(const OperandFormats& formats, const AccumulateSpec& accumulate) {
  Problems problems(formats);
  const auto from_4_bits = [](const FormatSpec& format) { return format.bits >= 4; };
  switch (datapath_of(formats)) {
    case Datapath::FlexPe:
      problems.policy(accumulate, {Accumulate::Blocked}, "blocked");
      problems.widths(from_4_bits, "4 to 32 bits");
      problems.results(formats.out.family == Family::Flex, "flex<N>+<M>");
      if (!std::has_single_bit(static_cast<unsigned>(accumulate.block)))
        problems.add(fmt::format("core.block: the RTL has no {}; allowed there: powers of two", accumulate.block));
      break;
    case Datapath::PositPe:
      problems.policy(accumulate, {Accumulate::Exact}, "exact");
      problems.widths([&](const FormatSpec& format) { return from_4_bits(format) && format.exponent_bits <= 3; },
                      "4 to 32 bits, es 0 to 3");
      if (accumulate.acc_bits != 0 && accumulate.acc_bits < 4)
        problems.add(fmt::format("core.acc_bits: posit_pe has no {}; allowed there: 4 or more", accumulate.acc_bits));
      break;
    case Datapath::FloatPe:
      problems.policy(accumulate, {Accumulate::Serial, Accumulate::Fp32}, "serial fp32");
      break;
    case Datapath::DfpPe:
      problems.policy(accumulate, {Accumulate::Exact, Accumulate::Chained}, "exact chained");
      if (accumulate.policy == Accumulate::Chained)
        problems.results(formats.out.exponent_after() || is_float(formats.out), "dfp<P>, sdfp<P>, fp32, bf16, fp16 under chained");
      problems.results(formats.out.family != Family::Flex, "dfp<P>, sdfp<P>, fixed<W>.<F>, and of dfp and sdfp fp32, bf16, fp16");
      break;
  }
  return std::move(problems).list();
}

Parameters lane_parameters(const OperandFormats& formats, const AccumulateSpec& accumulate) {
  const std::string bits = number(numerics::accumulator_bits(formats, accumulate));
  Parameters parameters;
  if (!is_float(formats.out)) parameters.emplace_back("N", number(formats.out.bits));
  switch (datapath_of(formats)) {
    case Datapath::FlexPe:
      parameters.emplace_back("BlockBits", bits);
      break;
    case Datapath::PositPe:
      parameters.emplace_back("Es", number(formats.out.exponent_bits));
      parameters.emplace_back("PointBits", number(-numerics::exact_register(formats).lsb_exponent));
      parameters.emplace_back("QuireBits", bits);
      parameters.emplace_back("Underflow", bit(formats.out.underflows));
      break;
    case Datapath::FloatPe:
      add_float(parameters, formats.out);
      parameters.emplace_back("Fp32", bit(is_fp32(accumulate)));
      break;
    case Datapath::DfpPe:
      parameters.emplace_back("AccBits", bits);
      if (is_float(formats.out)) add_float(parameters, formats.out);
      break;
  }
  return parameters;
}

Parameters pe_parameters(const OperandFormats& formats, const AccumulateSpec& accumulate, int latency) {
  const std::string bits = number(numerics::accumulator_bits(formats, accumulate));
  Parameters parameters;
  switch (datapath_of(formats)) {
    case Datapath::FlexPe:
      add_operand_bits(parameters, formats);
      parameters.emplace_back("OutBits", number(formats.out.bits));
      parameters.emplace_back("BlockBits", bits);
      break;
    case Datapath::PositPe:
      add_operand_bits(parameters, formats);
      parameters.emplace_back("Es", number(formats.out.exponent_bits));
      parameters.emplace_back("QuireBits", bits);
      break;
    case Datapath::FloatPe:
      add_float(parameters, formats.a, "A");
      add_float(parameters, formats.b, "B");
      add_float(parameters, formats.out);
      parameters.emplace_back("Fp32", bit(is_fp32(accumulate)));
      break;
    case Datapath::DfpPe:
      add_operand_bits(parameters, formats);
      parameters.emplace_back(accumulate.policy == Accumulate::Chained ? "ChainBits" : "AccBits", bits);
      break;
  }
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
    fields.underflow = format.underflows ? 1 : 0;
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
  const int block = numerics::block_length(config.accumulate);
  core.block = unsigned_of(block != 0 ? block : config.accumulate.block);
  core.acc_bits = unsigned_of(numerics::accumulator_bits(config.format, config.accumulate));
  core.raw = stores_raw(config) ? 1 : 0;
  core.rounding = code(config.accumulate.rounding);
  core.bias_first = numerics::bias_starts_sums(config.accumulate) ? 1 : 0;
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

int b_lane_bits(const OperandFormats& formats) { return std::max(formats.b.bits, formats.out.bits); }

}  // namespace binade::rtl
