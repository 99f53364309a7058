// SPDX-License-Identifier: Apache-2.0
// The core's streams over the scratchpads: where each stream vector of the dataflow lies in the layouts of isa.def (Gemm).
#pragma once

#include <array>
#include <vector>

#include "hw/compute/scratchpad.h"
#include "models/datapath/dataflow/dataflow.h"
#include "models/spec/isa.h"

namespace binade::hw {

class ScratchpadStreams : public datapath::TileStreams {
 public:
  ScratchpadStreams(const datapath::CoreConfig& config, Scratchpad& a, Scratchpad& b, Scratchpad& o);

  /// The tile the following accesses belong to.
  void set_tile(const spec::Gemm& gemm);
  /// The core in the mode of that tile.
  const datapath::CoreConfig& config() const { return mode_->config; }

  void read_a(std::uint64_t vector, std::span<numerics::Code> lanes) override;
  void read_b(std::uint64_t vector, std::span<numerics::Code> lanes) override;
  void write_out(std::uint64_t vector, std::span<const std::uint64_t> lanes) override;
  /// Only the lanes in use pass a scratchpad's port.
  int interval(datapath::Stream stream, int lanes) const override;

  /// Bytes of an element of a stream in its scratchpad. A bias on the B stream has its own; its vectors take the port as long as
  /// operands do.
  std::uint64_t element_bytes(datapath::Stream stream) const {
    return stream == datapath::Stream::Out ? mode_->output_bytes : stream == datapath::Stream::A ? mode_->a_bytes : mode_->b_bytes;
  }
  std::uint64_t bias_bytes() const { return mode_->bias_bytes; }

 private:
  /// A mode of the core and the bytes of its elements.
  struct Mode {
    explicit Mode(const datapath::CoreConfig& in_mode);

    datapath::CoreConfig config;
    std::uint64_t a_bytes, b_bytes, bias_bytes, output_bytes;
  };
  /// A run of vectors and where its elements lie; vectors are mostly asked for in order, so it serves the next ones too.
  struct Cursor {
    datapath::Run run;
    std::int64_t first = 0, step = 0;  ///< byte of the first vector's lane 0, and from a vector to the next
    std::int64_t at(std::uint64_t vector) const { return first + static_cast<std::int64_t>(vector - run.first) * step; }
  };
  const Cursor& cursor(datapath::Stream stream, std::uint64_t vector) {
    Cursor& cursor = cursors_[static_cast<std::size_t>(stream)];
    if (!cursor.run.holds(vector)) open(stream, vector, cursor);
    return cursor;
  }
  void open(datapath::Stream stream, std::uint64_t vector, Cursor& cursor) const;
  static void read_elements(Scratchpad& scratchpad, std::int64_t byte, std::uint64_t element_bytes,
                            std::span<numerics::Code> lanes);

  const std::vector<Mode> modes_;
  const Mode* mode_;
  Scratchpad& a_;
  Scratchpad& b_;
  Scratchpad& o_;
  spec::Gemm gemm_;
  datapath::CoreCommand command_;
  std::array<datapath::MatrixLayout, 3> layouts_;  ///< by stream
  std::array<Cursor, 3> cursors_;
};

}  // namespace binade::hw
