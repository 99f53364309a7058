// SPDX-License-Identifier: Apache-2.0
#include "rtl/cosim/parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

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

bool is_float(const FormatSpec& format) { return datapath_of(format) == Datapath::FloatPe; }

Parameters literals(const datapath::Parameters& parameters) {
  Parameters list;
  for (const auto& [name, value, flag] : parameters)
    list.emplace_back(name, flag ? (value != 0 ? "1'b1" : "1'b0") : fmt::format("{}", value));
  return list;
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

Parameters codec_parameters(const FormatSpec& format) { return literals(datapath::codec_parameters(format)); }

std::vector<std::string> uncovered(const OperandFormats& formats, const AccumulateSpec& accumulate) {
  Problems problems(formats);
  const auto from_4_bits = [](const FormatSpec& format) { return format.bits >= 4; };
  if (numerics::is_directed(accumulate.rounding))
    problems.add(fmt::format("rounding: the RTL has no '{}'; allowed there: rne rtz rhu rha sr", to_string(accumulate.rounding)));
  switch (datapath_of(formats)) {
    case Datapath::FlexPe:
      problems.policy(accumulate, {Accumulate::Blocked}, "blocked");
      problems.widths(from_4_bits, "4 to 32 bits");
      problems.results(formats.out.family == Family::Flex, "flex<N>+<M>");
      if (!std::has_single_bit(static_cast<unsigned>(accumulate.block)))
        problems.add(
            fmt::format("core.block, and in sums over a minibatch train.batch: the RTL has no blocks of {} products; "
                        "allowed there: powers of two",
                        accumulate.block));
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
  return literals(datapath::lane_module(formats, accumulate).parameters);
}

Parameters pe_parameters(const OperandFormats& formats, const AccumulateSpec& accumulate, int latency) {
  return literals(datapath::element_module(formats, accumulate, latency).parameters);
}

Parameters exponent_parameters(const datapath::CoreConfig& config) {
  return literals(datapath::exponent_module(config).parameters);
}

Parameters core_parameters(const datapath::CoreConfig& config, int bank_rows) {
  return {{"Config", word_of(datapath::core_fields(config, bank_rows))}};
}

std::string core_title(const datapath::CoreConfig& config) {
  return fmt::format("{}x{} {} {}", config.rows, config.cols, to_string(config.dataflow), to_string(config.format));
}

int b_lane_bits(const OperandFormats& formats) { return std::max(formats.b.bits, formats.out.bits); }

}  // namespace binade::rtl
