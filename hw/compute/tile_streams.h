// SPDX-License-Identifier: Apache-2.0
// The core's streams over the scratchpads: where each stream vector of core.h lies in the layouts of isa.def (Gemm).
#pragma once

#include <algorithm>

#include "hw/compute/scratchpad.h"
#include "models/datapath/core.h"
#include "models/spec/isa.h"

namespace binade::hw {

class ScratchpadStreams : public datapath::TileStreams {
 public:
  ScratchpadStreams(const datapath::CoreConfig& config, Scratchpad& a, Scratchpad& b, Scratchpad& o);

  /// The tile the following accesses belong to.
  void set_tile(const spec::Gemm& gemm);

  void read_a(std::uint64_t vector, std::span<numerics::Code> lanes) override;
  void read_b(std::uint64_t vector, std::span<numerics::Code> lanes) override;
  void write_out(std::uint64_t vector, std::span<const std::uint64_t> lanes) override;
  /// Only the lanes in use pass a scratchpad's port.
  int interval(datapath::Stream stream, int lanes) const override;

  /// Bytes of an element of a stream in its scratchpad.
  std::uint64_t element_bytes(datapath::Stream stream) const {
    return stream == datapath::Stream::Out ? output_bytes_ : element_bytes_;
  }

 private:
  void read_elements(Scratchpad& scratchpad, std::int64_t base, std::uint64_t first_element, std::span<numerics::Code> lanes) const;
  std::uint64_t used_columns(std::uint64_t block) const { return std::min(cols_, n_ - block * cols_); }
  void write_elements(std::uint64_t row, std::uint64_t first_column, std::span<const std::uint64_t> lanes);

  const bool output_stationary_;
  const std::uint64_t rows_, cols_, element_bytes_, output_bytes_;
  Scratchpad& a_;
  Scratchpad& b_;
  Scratchpad& o_;
  spec::Gemm gemm_;
  std::uint64_t m_ = 0, n_ = 0, k_ = 0, column_blocks_ = 0, a_vectors_ = 0, bias_vectors_ = 0;
  std::uint64_t a_stride_ = 0, b_stride_ = 0;  ///< elements between vectors: those of the tile's widest
};

}  // namespace binade::hw
