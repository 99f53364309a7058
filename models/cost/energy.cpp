// SPDX-License-Identifier: Apache-2.0
#include "models/cost/energy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>
#include <vector>

#include "models/numerics/accumulators.h"

namespace binade::cost {
namespace {

using numerics::Accumulate;
using numerics::Family;
using numerics::FormatSpec;
using spec::Counter;

constexpr int kFp16Significand = 11;
constexpr int kFp32Significand = 24;

/// The line through (x0, y0) and (x1, y1), at x.
double line(double x0, double y0, double x1, double y1, double x) { return y0 + (y1 - y0) * (x - x0) / (x1 - x0); }

bool is_float(const FormatSpec& format) { return format.family == Family::HillFloat || format.family == Family::IeeeFloat; }

double integer_cells_pj(const EnergyTable& table, double cells) {
  return line(8 * 8, table.value("int_mul_8", "pJ"), 32 * 32, table.value("int_mul_32", "pJ"), cells);
}

double float_cells_pj(const EnergyTable& table, double cells) {
  return line(kFp16Significand * kFp16Significand, table.value("fp16_mul", "pJ"), kFp32Significand * kFp32Significand,
              table.value("fp32_mul", "pJ"), cells);
}

/// The multiply of a product of two widths: the figures are lines in the square of a width, and such a multiplier has w v cells.
double multiply_pj(const EnergyTable& table, const FormatSpec& a, const FormatSpec& b) {
  const double cells = static_cast<double>(numerics::significand_bits(a)) * numerics::significand_bits(b);
  return is_float(a) ? float_cells_pj(table, cells) : integer_cells_pj(table, cells);
}

std::uint64_t at(const std::vector<std::uint64_t>& counts, std::size_t index) { return index < counts.size() ? counts[index] : 0; }

/// A component whose events differ in what each costs. Its rule is that of the one part there is, or names those that had events.
class Parts {
 public:
  explicit Parts(std::size_t count) : alone_(count == 1) {}
  void add(std::uint64_t events, double picojoule, const std::string& rule, const std::string& what) {
    picojoule_ += static_cast<double>(events) * picojoule;
    if (alone_) rule_ = rule;
    if (alone_ || events == 0) return;
    const std::string part = what + ": " + rule;  // formats that differ in rounding alone have one
    if (std::find(parts_.begin(), parts_.end(), part) != parts_.end()) return;
    parts_.push_back(part);
    rule_ += (rule_.empty() ? "" : "; ") + part;
  }
  EnergyRow row(const char* component) const { return {component, picojoule_, rule_.empty() ? "no events" : rule_}; }

 private:
  const bool alone_;
  double picojoule_ = 0;
  std::string rule_;
  std::vector<std::string> parts_;
};

}  // namespace

double integer_multiply_pj(const EnergyTable& table, int bits) { return integer_cells_pj(table, static_cast<double>(bits) * bits); }

double integer_add_pj(const EnergyTable& table, int bits) {
  return line(8, table.value("int_add_8", "pJ"), 32, table.value("int_add_32", "pJ"), bits);
}

double float_multiply_pj(const EnergyTable& table, int significand_bits) {
  return float_cells_pj(table, static_cast<double>(significand_bits) * significand_bits);
}

double float_add_pj(const EnergyTable& table, int significand_bits) {
  return line(kFp16Significand, table.value("fp16_add", "pJ"), kFp32Significand, table.value("fp32_add", "pJ"), significand_bits);
}

double sram_pj_per_byte(const EnergyTable& table, double capacity_bytes) {
  const auto& rows = table.sram();
  auto above = rows.lower_bound(static_cast<std::int64_t>(std::ceil(capacity_bytes)));
  if (above == rows.begin()) ++above;
  if (above == rows.end()) --above;
  const auto below = std::prev(above);
  const double log_pj =
      line(std::log2(static_cast<double>(below->first)), std::log2(below->second), std::log2(static_cast<double>(above->first)),
           std::log2(above->second), std::log2(std::max(capacity_bytes, 1.0)));
  return std::exp2(log_pj) / 8;
}

MacEnergy mac_energy(const EnergyTable& table, const numerics::OperandFormats& formats,
                     const numerics::AccumulateSpec& accumulate) {
  const int a_bits = numerics::significand_bits(formats.a), b_bits = numerics::significand_bits(formats.b);
  const FormatSpec& out = formats.out;
  MacEnergy mac;
  mac.multiply_pj = multiply_pj(table, formats.a, formats.b);
  std::string add_rule;
  if (accumulate.policy == Accumulate::Fp32) {
    mac.add_pj = table.value("fp32_add", "pJ");
    add_rule = "fp32 add";
  } else if (accumulate.policy == Accumulate::Serial && out.shared_exponent()) {
    mac.add_pj = integer_add_pj(table, out.bits);
    add_rule = fmt::format("{}-bit integer add", out.bits);
  } else if (accumulate.policy == Accumulate::Serial) {
    mac.add_pj = float_add_pj(table, numerics::significand_bits(out));
    add_rule = fmt::format("float add of {} significand bits", numerics::significand_bits(out));
  } else {
    const int width = numerics::accumulator_bits(formats, accumulate);
    mac.add_pj = integer_add_pj(table, width);
    add_rule = fmt::format("{}-bit integer add", width);
    if (accumulate.policy == Accumulate::Chained) {
      mac.add_pj += table.value("fp32_add", "pJ") / accumulate.chain;
      add_rule += fmt::format(" and 1/{} fp32 add", accumulate.chain);
    }
  }
  const std::string bits = a_bits == b_bits ? fmt::format("{}", a_bits) : fmt::format("{} x {}", a_bits, b_bits);
  mac.rule = fmt::format("{} multiply of {} bits {:.3g} pJ + {} {:.3g} pJ", is_float(formats.a) ? "float" : "integer", bits,
                         mac.multiply_pj, add_rule, mac.add_pj);
  return mac;
}

std::vector<EnergyRow> energy(const spec::Counters& counters, const spec::ArithmeticCounts& arithmetic, const PlatformFacts& facts,
                              const EnergyTable& table) {
  const auto count = [&](Counter counter) { return static_cast<double>(counters[counter]); };
  std::vector<EnergyRow> rows;
  const auto add_row = [&](const char* component, double events, double picojoule, std::string rule) {
    rows.push_back({component, events * picojoule, std::move(rule)});
  };

  Parts macs(facts.modes.size()), vector(facts.vector_formats.size());
  for (std::size_t i = 0; i < facts.modes.size(); ++i) {
    const PlatformFacts::Mode& mode = facts.modes[i];
    const MacEnergy mac = mac_energy(table, mode.format, mode.accumulate);
    macs.add(at(arithmetic.macs, i), mac.multiply_pj + mac.add_pj, mac.rule, to_string(mode.format));
  }
  rows.push_back(macs.row("core mac"));
  for (std::size_t i = 0; i < facts.vector_formats.size(); ++i) {
    const FormatSpec& format = facts.vector_formats[i];
    const double pj = multiply_pj(table, format, format) + table.value(format.shared_exponent() ? "int_add_32" : "fp32_add", "pJ");
    vector.add(at(arithmetic.vector_operations, i), pj, fmt::format("a multiply and a 32-bit add {:.3g} pJ", pj),
               to_string(format));
  }
  rows.push_back(vector.row("vector"));

  const auto add_sram = [&](const char* component, double bytes, std::int64_t capacity, int parts, const char* part) {
    const double each = static_cast<double>(capacity) / parts;
    const double pj = sram_pj_per_byte(table, each);
    add_row(component, bytes, pj, fmt::format("a {} of {:.6g} bytes of SRAM: {:.3g} pJ a byte", part, each, pj));
  };
  const auto add_scratchpad = [&](const char* component, Counter read, Counter written, std::int64_t capacity) {
    add_sram(component, count(read) + count(written), capacity, facts.scratchpad_banks, "bank");
  };
  add_scratchpad("scratchpad a", Counter::SpadAReadBytes, Counter::SpadAWriteBytes, facts.a_bytes);
  add_scratchpad("scratchpad b", Counter::SpadBReadBytes, Counter::SpadBWriteBytes, facts.b_bytes);
  add_scratchpad("scratchpad o", Counter::SpadOReadBytes, Counter::SpadOWriteBytes, facts.o_bytes);
  double psum_bits = 0;
  for (std::size_t i = 0; i < facts.modes.size(); ++i)
    psum_bits += static_cast<double>(at(arithmetic.psum_accesses, i)) * facts.modes[i].psum_bits;
  if (facts.psum_bytes > 0)
    add_sram("partial sums", psum_bits / 8, facts.psum_bytes, facts.psum_slices, "slice");
  else
    add_row("partial sums", 0, 0, kNoPartialSums);
  add_row("bus", count(Counter::BusBytes), 0, "no published figure: counted as 0");

  const double burst_bytes = (count(Counter::DramReadBursts) + count(Counter::DramWriteBursts)) * facts.dram_burst_bytes;
  const double requested_bytes = count(Counter::DramReadBytes) + count(Counter::DramWriteBytes);
  const double transfer_pj = table.value(facts.dram_preset + "_transfer", "pJ/byte");
  add_row("dram transfer", std::max(burst_bytes, requested_bytes), transfer_pj, fmt::format("{:.4g} pJ a byte", transfer_pj));
  const auto add_dram_command = [&](const char* component, const char* suffix, Counter counter, const char* without) {
    const auto pj = table.find(facts.dram_preset + suffix, "pJ");
    add_row(component, count(counter), pj.value_or(0), pj ? fmt::format("{:.4g} pJ each", *pj) : without);
  };
  add_dram_command("dram activate", "_activate", Counter::DramActivates, "no published figure: counted as 0");
  add_dram_command("dram refresh", "_refresh", Counter::DramRefreshes, "no published figure: counted as 0");

  // 1 mW for 1 ps is 1e-3 pJ.
  const double closed_mw = table.find(facts.dram_preset + "_precharge_standby", "mW").value_or(0);
  const double open_mw = table.find(facts.dram_preset + "_active_standby", "mW").value_or(closed_mw);
  const double channel_ps = count(Counter::TotalCycles) * facts.clock_ps * facts.dram_channels;
  const double open_ps = count(Counter::DramActivePs);
  add_row("dram background", 1e-3, channel_ps * closed_mw + open_ps * (open_mw - closed_mw),
          fmt::format("{} x {:.4g} mW, {:.4g} mW with a row open", facts.dram_channels, closed_mw, open_mw));
  return rows;
}

}  // namespace binade::cost
