// SPDX-License-Identifier: Apache-2.0
// The result of one `binade run` as plain data; writers turn it into report.json, layers.csv, report.html and the terminal table.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/spec/counters.h"

namespace binade::sim {

/// Difference between a tensor and its reference. sqnr_db is +infinity where they are equal, absent where the reference is zero;
/// all figures are absent where no reference was computed.
struct ErrorFigures {
  std::optional<double> sqnr_db;
  double max_relative = 0, mean_relative = 0;  ///< over elements with a non-zero reference
  double max_ulp = 0;                          ///< in units of the format's spacing at the reference
  bool computed = true;
};

struct EnergyRow {
  std::string component;  ///< core mac, vector, scratchpad a/b/o, partial sums, bus, dram
  double picojoule = 0;
  std::string rule = {};  ///< the figure behind it, in words; of a run's rows, not kept for layers
};

/// What figures need of the machine beside the counters.
struct MachineFacts {
  std::string memory;  ///< the DRAM behind dram.preset and dram.channels, with its peak, in words
  int dram_channels = 0;
  int dram_burst_bytes = 0;  ///< of one device burst
  double dram_gb_per_s = 0;  ///< peak of the data buses of all channels, 1e9 bytes
};

struct LayerReport {
  std::string name, op;  ///< op: conv, conv+relu, maxpool, ...
  std::string pass = "forward";
  /// Formats of a product's factors A and B and of its result; of other operations of the first input, of the second or of what is
  /// learned (empty where there is neither), and of the result. Empty: not known.
  std::string format_a, format_b, format_out;
  std::string accumulate, rounding;              ///< empty accumulate: no product
  std::int64_t m = 0, n = 0, k = 0, groups = 1;  ///< GEMM of one group, batch included in m; 0 for vector layers
  std::int64_t elements = 0;                     ///< of the output, all samples
  std::uint64_t macs = 0;
  std::uint64_t cycles = 0;           ///< core beats (layers.csv `cycles`); vector layers: vector.busy
  std::uint64_t total_cycles = 0;     ///< doorbell to interrupt, all runs of the layer
  std::uint64_t overhead_cycles = 0;  ///< core.overhead
  /// dfp, sdfp: what of total_cycles and of bus.bytes is the pass that rounds raw integers to codes; 0 where there is none.
  std::uint64_t second_pass_cycles = 0, second_pass_bytes = 0;
  double utilisation = 0;  ///< macs / (rows * cols * total_cycles)
  std::string tile;        ///< chosen tile shape, "m x n x k"; vector layers: elements
  std::string loop_order;  ///< of the tiles, outermost first: "m n k" or "n m k"; vector layers: empty
  /// Where tiles were searched for: what a run without the search takes, and its total_cycles in the first pass.
  std::optional<std::string> default_tile;
  std::optional<std::uint64_t> default_tile_cycles;
  std::optional<int> exponent;      ///< LSB exponent of the output tensor
  std::optional<int> device_tries;  ///< flex: runs of the layer that the exponent initialisation cost on the device
  spec::Counters counters;
  std::vector<EnergyRow> energy;
  ErrorFigures end_to_end;         ///< against float64 from the unquantised inputs
  ErrorFigures datapath;           ///< against the exact result of the quantised inputs
  std::uint64_t unique_bytes = 0;  ///< distinct DRAM bytes the layer touches
  std::string digest;              ///< SHA-256 of the output codes, row-major NCHW, little-endian storage bytes
};

/// Tiles of one layer that also ran through the RTL in lockstep with the cycle core, without a difference. A tile is the chain of
/// commands that makes one output block, numbered from 0 over all runs of the layer.
struct RtlSampleLayer {
  std::string name;
  std::int64_t tiles = 0;             ///< of the layer
  std::vector<std::int64_t> sampled;  ///< which of them
  std::uint64_t clocks = 0;           ///< of the sampled tiles
  std::uint64_t macs = 0;             ///< of the sampled tiles
  std::uint64_t layer_macs = 0;       ///< of all tiles
};
struct RtlSample {
  std::string requested;  ///< tiles a layer, or a share: "3", "5%"
  std::vector<RtlSampleLayer> layers;
};

/// Of a block of the core: elements, lanes, ...
struct AreaRow {
  std::string block;
  double um2 = 0;
  std::string rule = {};  ///< how many of which module, and the figure's standing
};

/// What a calibrated table says of a run's core.
struct CoreFigures {
  std::string technology;                   ///< the table's provenance
  std::string operands;                     ///< whose operands the elements switch by: those of the run, or expected ones
  std::string standing;                     ///< of the worst figure: exact, interpolated or extrapolated
  double energy_pj = 0;                     ///< of the core's components
  double energy_error_pj = 0;               ///< error bar: the sum of the figures' own
  double area_um2 = 0, area_error_um2 = 0;  ///< of cells: memories are not in it
  double memory_area_um2 = 0;               ///< 0: the technology has no table of memories
  double critical_path_ps = 0;              ///< the longest of any module's
  std::vector<AreaRow> area;
  std::string not_modelled;                       ///< what is in no figure
  std::string missing_units, extrapolated_units;  ///< of the core: that the table lacks; with a figure beyond its samples
};

/// A part of the program's own time.
struct WallRow {
  std::string part;
  double seconds = 0;
};

struct RunReport {
  /// format: the one of all tensors, or the recipe; datapath, accumulate, rounding: of each mode of the core, each word once.
  std::string network, network_source, format, datapath, accumulate, rounding, core;
  std::string tensors;  ///< where inputs and weights came from, in words (trace, data set, synthetic with distribution)
  std::string layers_selected = "all";  ///< `all`, or the patterns of --layers
  std::uint64_t seed = 0;
  std::int64_t samples = 0, batch = 0;
  std::vector<std::pair<std::string, std::string>> config;  ///< resolved configuration, key and value in key order
  std::vector<std::string> overrides;  ///< keys of `config` whose value is not the format's default, but `format`
  MachineFacts machine;
  std::vector<LayerReport> layers;
  spec::Counters counters;  ///< sum over layers
  double clock_ghz = 1;
  double seconds_at_clock = 0;
  std::vector<EnergyRow> energy;                             ///< sum over layers
  std::string energy_table;                                  ///< "published, not calibrated" and the table's file
  std::optional<CoreFigures> calibrated;                     ///< absent: figures are published ones alone
  ErrorFigures output;                                       ///< last layer, end to end
  std::optional<std::int64_t> top1_correct, top1_reference;  ///< of `samples`, where labels exist (device; float64)
  std::string digest;                                        ///< SHA-256 over the layer digests
  std::optional<std::int64_t> recorded_tensors;              ///< of a step's trace, equal to the run's; absent: the run had none
  std::optional<RtlSample> rtl_sample;                       ///< absent: the run had none
  std::string identity;                                      ///< SHA-256 of everything that the results follow from
  std::string reference;                                     ///< the library behind the float64 reference, and its kernels
  std::optional<std::string> timeline;                       ///< SHA-256 of the trace.json written with it; absent: none was
  bool complete = true;                                      ///< false: interrupted; the layers listed are valid
  double wall_seconds = 0;                                   ///< of the program, not of the accelerator; the sum of `wall_parts`
  std::vector<WallRow> wall_parts;
};

}  // namespace binade::sim
