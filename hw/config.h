// SPDX-License-Identifier: Apache-2.0
// Resolved, unit-carrying parameters of the platform's modules. Modules receive these const; only sim/config parses.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/datapath/core_config.h"
#include "models/operations/vector_formats.h"

namespace binade::hw {

struct ScratchpadConfig {
  std::int64_t a_bytes = 256 * 1024;
  std::int64_t b_bytes = 256 * 1024;
  std::int64_t o_bytes = 256 * 1024;
  int banks = 16;      ///< per scratchpad, each capacity / banks; two-port (one read, one write a clock)
  int bank_bytes = 8;  ///< bytes of one bank word
};

struct BusConfig {
  int bytes_per_cycle = 64;
  int latency_cycles = 4;  ///< request or response through the interconnect
  int burst_bytes = 256;   ///< longest transaction of an engine
  int outstanding = 16;    ///< transactions an engine may have in flight
};

struct DramConfig {
  std::string preset = "ddr4-2400";  ///< ddr4-2400 lpddr4-3200 hbm2
  int channels = 0;                  ///< 0: the preset's own
  std::int64_t capacity_bytes = std::int64_t{8} << 30;
};

struct VectorConfig {
  int lanes = 16;          ///< element operations per clock
  int latency_cycles = 8;  ///< pipeline depth, once per operation
};

struct PlatformConfig {
  datapath::CoreConfig core;
  ScratchpadConfig scratchpad;
  BusConfig bus;
  DramConfig dram;
  VectorConfig vector;
  std::vector<operations::ElementFormat> further_formats;  ///< 1, 2, ... of formats()
  bool memory_ideal = false;  ///< no latency, no bandwidth and no capacity limit in DRAM, bus, scratchpads and partial-sum bank
  double clock_ghz = 1.0;
  int queue_depth = 8;  ///< descriptors per engine queue
  /// False: tensors have no values. Commands, clocks and traffic are those of a run with values; nothing of a tensor is moved or
  /// computed, statistics and events stay zero. Descriptors are data still. The core is a datapath::TimedCore.
  bool values = true;
  /// Counts the sums over the operands of each tile that the energy of its elements follows from; of a run with values.
  bool operand_sums = false;

  /// What Vector records name by index: 0 is the format and rounding of the core's mode 0.
  operations::FormatTable formats() const {
    return operations::FormatTable({core.format.out, core.accumulate.rounding}, further_formats);
  }
  /// Every problem, one line each; empty when valid.
  std::vector<std::string> validate() const;
};

}  // namespace binade::hw
