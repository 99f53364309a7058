// SPDX-License-Identifier: Apache-2.0
// A made-up report with every kind of field: infinities, absent figures, names that need escaping.
#pragma once

#include <limits>
#include <string>

#include "sim/report/run_report.h"

namespace binade::sim {

inline LayerReport example_layer(const std::string& name, std::uint64_t scale) {
  LayerReport layer;
  layer.name = name;
  layer.op = "conv+relu";
  layer.m = 196;
  layer.n = 16;
  layer.k = 150;
  layer.elements = 3136;
  layer.macs = 470400;
  layer.cycles = 2000 * scale;
  layer.total_cycles = 3000 * scale;
  layer.overhead_cycles = 40;
  layer.second_pass_cycles = 700 * scale;
  layer.second_pass_bytes = 1500 * scale;
  layer.utilisation = 0.5;
  layer.tile = "196 x 16 x 150";
  layer.loop_order = "n m k";
  layer.exponent = -9;
  for (std::size_t i = 0; i < spec::kCounterCount; ++i) layer.counters[static_cast<spec::Counter>(i)] = scale * (i + 1);
  layer.energy = {{"core mac", 1.5e6 * static_cast<double>(scale)}, {"dram", 0.1}};
  layer.end_to_end = {42.25, 0.5, 0.001, 3};
  layer.datapath = {std::numeric_limits<double>::infinity(), 0, 0, 0};
  layer.unique_bytes = 4096;
  layer.digest = std::string(64, 'a');
  return layer;
}

inline RunReport example_report() {
  RunReport report;
  report.network = "lenet5";
  report.network_source = "LeCun <et al.> & others, \"1998\"";
  report.format = "flex16+5";
  report.datapath = "flex_pe";
  report.accumulate = "blocked";
  report.rounding = "rne";
  report.core = "fast";
  report.tensors = "made up";
  report.seed = 0xffffffffffffffff;
  report.samples = 10;
  report.batch = 5;
  report.config = {{"format", "flex16+5"},
                   {"accumulate", "blocked"},
                   {"rounding", "rne"},
                   {"core.rows", "16"},
                   {"core.cols", "8"},
                   {"core.dataflow", "os"},
                   {"core.psum_bytes", "524288"},
                   {"scratchpad.a_bytes", "262144"},
                   {"scratchpad.b_bytes", "131072"},
                   {"scratchpad.o_bytes", "262144"},
                   {"bus.bytes_per_cycle", "64"},
                   {"dram.preset", "ddr4-2400"},
                   {"dram.channels", "1"},
                   {"memory.ideal", "false"},
                   {"clock_ghz", "0.75"}};
  report.overrides = {"core.cols", "scratchpad.b_bytes", "clock_ghz"};
  report.machine = {.memory = "1 x 19.2 = 19.2 GB/s: one", .dram_channels = 1, .dram_burst_bytes = 64, .dram_gb_per_s = 19.2};
  report.layers = {example_layer("conv1", 1), example_layer("a,\"b\"<c>", 2)};
  report.layers[1].end_to_end = {std::nullopt, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN(),
                                 0};
  report.layers[1].device_tries = 3;
  for (const auto& layer : report.layers) report.counters += layer.counters;
  report.clock_ghz = 0.75;
  report.seconds_at_clock = 1.0 / 3.0;
  report.energy = {{"core mac", 4.5e6, "a multiply and an add <of 16 bits>"}, {"dram", 0.2, "70 pJ a byte"}};
  report.energy_table = "published, not calibrated: published.csv";
  report.output = {38.5, 0.25, 0.002, 1};
  report.top1_correct = 9;
  report.top1_reference = 10;
  report.digest = std::string(64, 'b');
  report.identity = std::string(64, 'c');
  report.reference = "OpenBLAS, kernels for Haswell";
  report.timeline = std::string(64, 'd');
  report.rtl_sample = RtlSample{"2", {{"conv1", 7, {1, 4}, 1200, 300, 1000}, {"a,\"b\"<c>", 1, {0}, 50, 100, 100}}};
  report.wall_seconds = 0.125;
  report.wall_parts = {{"core", 0.1}, {"golden", 0}, {"platform", 0.025}};
  return report;
}

/// A layer of the vector unit: no matrix product.
inline LayerReport example_vector_layer() {
  auto layer = example_layer("pool1", 1);
  layer.op = "maxpool";
  layer.m = layer.n = layer.k = 0;
  layer.macs = 0;
  layer.utilisation = 0;
  layer.elements = 4704;
  return layer;
}

}  // namespace binade::sim
