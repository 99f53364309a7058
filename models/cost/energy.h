// SPDX-License-Identifier: Apache-2.0
// Dynamic energy of a run: event counters times the table's figures. Published figures, not calibrated.
//
// Rules between the table's rows (w = width in bits, p = significand width, hidden bit included):
//   integer multiply   linear in w^2 through w = 8 and 32: an array multiplier has w^2 cells
//   integer add        linear in w through 8 and 32
//   float multiply     linear in p^2 through fp16 (p = 11) and fp32 (p = 24)
//   float add          linear in p through the same two
//   SRAM access        a power law of the capacity between neighbouring rows; beyond the first or last, of the end segment
// The lines are continued beyond their end points (a 4-bit posit significand, a 256-bit quire): no other figure is published.
//
// A MAC is one multiply and one accumulate:
//   flex, dfp, sdfp, fixed   integer multiply of N bits; add of the accumulator's width (serial: of the N bits of the output)
//   posit                    integer multiply of the longest significand, N - 2 - es bits; add of the quire's width
//   floats                   float multiply of p = M + 1; exact: integer add of the accumulator's width
//   serial                   float add of the output's p; of posits, of the significand
//   factors of two widths    the multiply of the square of their geometric mean: an array multiplier of w x v has w v cells
//   policy fp32              the multiply above; fp32 add
// Each mode of the core pays its own. A vector-unit operation is one multiply of the output's element and one 32-bit add (fp32
// where elements have exponents of their own): an upper bound, most are one of the two. A scratchpad is `banks` memories of a share
// of its capacity, and an access touches the banks that hold its bytes: it pays per byte, at the capacity of one bank, writes as
// reads. The partial-sum bank is a slice beside each column; a partial sum of psum_bits pays at the capacity of one slice. DRAM
// pays per byte of whole device bursts, per activate, per refresh, and for standing by: every channel all the time, at a power for
// closed rows, and with a row open at a higher one; I/O and termination in none of them. Zero, for want of a source: the bus, posit
// decoding, alignment and output shifters, clock tree, leakage of logic and SRAM.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/cost/energy_table.h"
#include "models/numerics/accumulator.h"
#include "models/spec/arithmetic_counts.h"

namespace binade::cost {

/// What the energy depends on beside the counters.
struct PlatformFacts {
  /// A mode of the core.
  struct Mode {
    numerics::OperandFormats format;
    numerics::AccumulateSpec accumulate;
    int psum_bits = 0;  ///< datapath::psum_bits
  };
  std::vector<Mode> modes;
  std::vector<numerics::FormatSpec> vector_formats;    ///< of the vector unit's outputs, by index
  std::int64_t a_bytes = 0, b_bytes = 0, o_bytes = 0;  ///< scratchpad capacities
  int scratchpad_banks = 1;                            ///< of each
  std::int64_t psum_bytes = 0;                         ///< partial-sum bank capacity; 0: none, sums stay in the elements
  int psum_slices = 1;                                 ///< a slice beside each column
  std::string
      dram_preset;  ///< prefix of the table's rows <preset>_transfer, _activate, _refresh, _precharge_standby, _active_standby
  int dram_burst_bytes = 0;  ///< of one device burst (counters dram.read_bursts, dram.write_bursts)
  int dram_channels = 1;
  double clock_ps = 1000;  ///< of total.cycles
};

/// The rule of partial sums where psum_bytes is 0.
inline constexpr const char* kNoPartialSums = "none: sums stay in the elements";

struct EnergyRow {
  std::string component;  ///< core mac, vector, scratchpad a, ..., partial sums, bus, dram transfer, dram activate, dram refresh,
                          ///< dram background
  double picojoule = 0;
  std::string rule;  ///< the figure behind it, in words
};

/// One row per component, always all of them in the same order. `arithmetic`: the counters' parts by mode and format, no more of
/// them than `facts` has; each pays by its own figure. Throws InputError where the table lacks <preset>_transfer.
std::vector<EnergyRow> energy(const spec::Counters& counters, const spec::ArithmeticCounts& arithmetic, const PlatformFacts& facts,
                              const EnergyTable& table);

double integer_multiply_pj(const EnergyTable& table, int bits);
double integer_add_pj(const EnergyTable& table, int bits);
double float_multiply_pj(const EnergyTable& table, int significand_bits);
double float_add_pj(const EnergyTable& table, int significand_bits);
/// `capacity_bytes` may be a fraction: a share of a memory.
double sram_pj_per_byte(const EnergyTable& table, double capacity_bytes);

/// The two halves of a MAC.
struct MacEnergy {
  double multiply_pj = 0;
  double add_pj = 0;
  std::string rule;
};
MacEnergy mac_energy(const EnergyTable& table, const numerics::OperandFormats& formats, const numerics::AccumulateSpec& accumulate);

}  // namespace binade::cost
