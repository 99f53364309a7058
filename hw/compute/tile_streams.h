// SPDX-License-Identifier: Apache-2.0
// The core's streams over the scratchpads: where each stream vector of core.h lies in the layouts of isa.def (Gemm).
#pragma once

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
  int a_interval() const override { return a_interval_; }
  int b_interval() const override { return b_interval_; }
  int out_interval() const override { return out_interval_; }

  /// Bytes that one vector takes from or gives to its scratchpad.
  std::uint64_t a_vector_bytes() const { return rows_ * element_bytes_; }
  std::uint64_t b_vector_bytes() const { return cols_ * element_bytes_; }
  std::uint64_t output_element_bytes() const { return output_bytes_; }

 private:
  void read_elements(Scratchpad& scratchpad, std::int64_t base, std::uint64_t first_element, std::span<numerics::Code> lanes) const;
  void write_elements(std::uint64_t row, std::uint64_t first_column, std::span<const std::uint64_t> lanes);

  const bool output_stationary_;
  const std::uint64_t rows_, cols_, element_bytes_, output_bytes_;
  Scratchpad& a_;
  Scratchpad& b_;
  Scratchpad& o_;
  const int a_interval_, b_interval_, out_interval_;
  spec::Gemm gemm_;
  std::uint64_t m_ = 0, n_ = 0, k_ = 0, column_blocks_ = 0, a_vectors_ = 0, bias_vectors_ = 0;
};

}  // namespace binade::hw
