// SPDX-License-Identifier: Apache-2.0
// Static parameters of one core: what elaboration fixes in RTL.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/numerics/accumulator.h"

namespace binade::datapath {

/// The four datapaths; one name everywhere (models, hw, rtl, config, counters, tests).
enum class Datapath : std::uint8_t { FlexPe, PositPe, FloatPe, DfpPe };
std::string_view to_string(Datapath datapath);  ///< flex_pe posit_pe float_pe dfp_pe
/// flex -> flex_pe; posit -> posit_pe; HillFloat, IeeeFloat -> float_pe; dfp, sdfp, fixed -> dfp_pe.
Datapath datapath_of(const numerics::FormatSpec& format);
/// That of the factors: of A's format.
inline Datapath datapath_of(const numerics::OperandFormats& formats) { return datapath_of(formats.a); }

enum class Dataflow : std::uint8_t { OutputStationary, WeightStationary };  ///< os ws
enum class Overlap : std::uint8_t { None, Drain, Full };                    ///< none drain full (`drain` is os only)
enum class Edge : std::uint8_t { Ragged, Full };  ///< ragged: a fold pays for the rows and columns it uses; full: for all

std::string_view to_string(Dataflow v);
std::string_view to_string(Overlap v);
std::string_view to_string(Edge v);
Dataflow parse_dataflow(std::string_view word);
Overlap parse_overlap(std::string_view word);
Edge parse_edge(std::string_view word);

/// What one core may change from a chain of tiles to the next: the formats of its operands and how it adds. An array holds a
/// datapath for each of its modes; they share ports, sequencer, lanes' timing and the partial-sum bank's bytes. A command names its
/// mode (CoreCommand::mode).
struct CoreMode {
  numerics::OperandFormats format;  ///< of A, of B (weights), and of outputs and bias
  numerics::AccumulateSpec accumulate;
  bool operator==(const CoreMode&) const = default;
};

struct CoreConfig {
  numerics::OperandFormats format;  ///< of A, of B (weights), and of outputs and bias
  numerics::AccumulateSpec accumulate;
  int rows = 16;  ///< R, 1..256
  int cols = 16;  ///< C, 1..256
  Dataflow dataflow = Dataflow::OutputStationary;
  Overlap overlap = Overlap::Full;
  Edge edge = Edge::Ragged;
  int pe_latency = 1;                    ///< P: P-1 product stages before the one accumulate stage, 1..8
  std::int64_t psum_bytes = 512 * 1024;  ///< ws: the partial-sum bank, core.cols slices of words of psum_bits
  int lane_interval = 1;                 ///< clocks per output vector: 1 / core.lane_throughput
  int lane_latency = 2;                  ///< clocks through a lane; overhead only
  bool capacity_limited = true;          ///< false under memory.ideal: psum_bytes is not a limit
  std::vector<CoreMode> further_modes;   ///< modes 1, 2, ...; mode 0 is `format` and `accumulate`

  /// Every problem, one line each, key names as the user writes them; empty when valid.
  std::vector<std::string> validate() const;
};

/// Modes of the core, at least one.
int mode_count(const CoreConfig& config);
/// Precondition of both: 0 <= index < mode_count(config).
CoreMode mode_of(const CoreConfig& config, int index);
/// The same core with that mode alone, as mode 0. What is said of a configuration below is said of its mode 0.
CoreConfig in_mode(const CoreConfig& config, const CoreMode& mode);
CoreConfig in_mode(const CoreConfig& config, int index);
/// What a datapath is elaborated with: fields that mean nothing under the policy are those of the default. Modes of which this is
/// equal are one.
CoreMode elaborated(CoreMode mode);
/// The first mode that is elaborated as `mode` is.
std::optional<int> find_mode(const CoreConfig& config, const CoreMode& mode);

/// Bits of one partial sum in the bank: the accumulator's state, as in the RTL (flex blocked: sum and block sum; posits: the NaR
/// flag).
int psum_bits(const CoreConfig& config);
/// Rows of M that the partial-sum bank holds for one column block, a slice of the bank beside each column: the M tile limit in ws.
std::int64_t psum_rows(const CoreConfig& config);
/// True where the core stores raw accumulators (dfp, sdfp): 8-byte words when acc_bits > 32 or
/// under `fp32`, else 4-byte.
bool stores_raw(const CoreConfig& config);
int output_bytes(const CoreConfig& config);  ///< bytes of one element of the output stream in scratchpad O and DRAM

}  // namespace binade::datapath
