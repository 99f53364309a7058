// SPDX-License-Identifier: Apache-2.0
// Small programs for the accelerator, and a way to run each on a platform of its own: SystemC elaborates once per process,
// so every run forks.
#pragma once

#include <cstddef>
#include <functional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "models/datapath/core.h"
#include "models/spec/isa.h"
#include "models/spec/operand_sums.h"
#include "sim/platform/platform.h"

namespace binade::test {

using Bytes = std::vector<std::byte>;

/// What one run leaves behind.
struct Outcome {
  spec::Counters counters;
  sim::TensorStats stats;
  Bytes output;
  std::string error;        ///< what() of the exception that ended it; empty when none
  bool user_error = false;  ///< it was an InputError
};

/// Runs `program` on a platform in a child process; `program` returns the bytes to compare.
Outcome run_in_child(const hw::PlatformConfig& config, sim::CoreKind core, const std::function<Bytes(sim::Device&)>& program,
                     const sim::PlatformOptions& options = {});

/// A list of descriptors under construction.
class DescriptorList {
 public:
  template <class Record>
  void add(spec::Opcode opcode, const Record& record, spec::Header header = {}) {
    header.opcode = static_cast<std::int64_t>(opcode);
    words_.push_back(spec::pack(header, record));
  }
  void finish() { add(spec::Opcode::Finish, spec::Store{}); }
  std::size_t size() const { return words_.size(); }
  void write_to(sim::Device& device, std::uint64_t address) const {
    device.write_memory(address, std::as_bytes(std::span(words_)));
  }
  /// Writes the list to `address` and runs it.
  void run(sim::Device& device, std::uint64_t address = 0) const {
    write_to(device, address);
    device.run(address, words_.size());
  }

 private:
  std::vector<spec::DescriptorWords> words_;
};

/// A platform small enough to be starved easily: 4 x 3 array, tiny scratchpads. `formats`: a word, or A:B:OUT.
hw::PlatformConfig small_platform(const std::string& formats);
/// The formats with the policy that is theirs by default.
datapath::CoreMode default_mode(const std::string& formats);

/// Matrix x (x_count x k_count, row-major at dram_base with `pitch` elements a row) into a scratchpad, row-major.
spec::Load matrix_load(std::int64_t scratchpad, std::int64_t dram_base, std::int64_t x_count, std::int64_t k_count,
                       std::int64_t pitch, std::int64_t element_bytes);
/// scratchpad O, rows x cols row-major, to DRAM with `pitch` elements a row.
spec::Store matrix_store(std::int64_t dram_base, std::int64_t rows, std::int64_t cols, std::int64_t pitch,
                         std::int64_t element_bytes);

/// Tiles of a list so far: they take the halves of the scratchpads in turn, and from the third on wait until theirs is free.
struct TileCount {
  std::int64_t inputs = 0, outputs = 0;
};

/// One GEMM, tiled over m and n with double buffering, whole or partial K, on random operands.
struct GemmCase {
  std::int64_t m = 9, n = 7, k = 10;
  std::int64_t tile_m = 8, tile_n = 6, tile_k = 0;  ///< tile_k 0: all of K
  bool bias = false, relu = false;
  int product_shift = 0, bias_shift = 0;
  std::uint64_t seed = 1;
  int mode = 0;
};
struct GemmData {
  std::vector<numerics::Code> a, b_t, bias;
};
/// A shift that keeps ordinary results in the output's range.
int ordinary_shift(const numerics::OperandFormats& formats);
GemmData gemm_data(const hw::PlatformConfig& config, const GemmCase& gemm);
/// Operands of up to 2^16 bytes each, and the output, from `place` on.
void write_gemm(const hw::PlatformConfig& config, const GemmCase& gemm, std::int64_t place, sim::Device& device);
void add_gemm(const hw::PlatformConfig& config, const GemmCase& gemm, std::int64_t place, DescriptorList& list, TileCount& tiles);
Bytes read_gemm(const hw::PlatformConfig& config, const GemmCase& gemm, std::int64_t place, sim::Device& device);
/// The program: loads operands into DRAM, runs the tiles, returns the output words' bytes.
Bytes run_gemm(const hw::PlatformConfig& config, const GemmCase& gemm, sim::Device& device);
/// The same output from kernels::gemm.
Bytes expected_gemm(const hw::PlatformConfig& config, const GemmCase& gemm, datapath::TileStats& stats);
/// The sums over its operands, tile by tile, as they are defined.
spec::OperandSums expected_operand_sums(const hw::PlatformConfig& config, const GemmCase& gemm);
template <class Count>
void append_bytes(const std::vector<Count>& counts, Bytes& all) {
  const auto bytes = std::as_bytes(std::span(counts));
  all.insert(all.end(), bytes.begin(), bytes.end());
}

}  // namespace binade::test
