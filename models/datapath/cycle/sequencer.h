// SPDX-License-Identifier: Apache-2.0
// The sequencer: the one clocked state machine that owns beats and stalls of a core, without payload. The cycle core moves data as
// it says; the fast core runs it alone. Per edge it decides whether the array is enabled and names every clock that is not a beat.
//
// Phases of a command, one clock per line unless said otherwise:
//   Idle   the command register takes the command (overhead).
//   Fill   the first operands reach the port registers (overhead).
//   Bias   one bias vector a clock moves from the B port to the bias memory (overhead; stall_b without a vector).
//   Run    a beat, if every operand it needs is in a port register and its output vector, if it makes one, has room in the lanes;
//          else a stall on A, then B, then out. Beats past tile_beats() only empty deskew registers and count as overhead.
//   Flush  lane_latency + 1 clocks until the last vector has left the output register (overhead; what exceeds them is stall_out).
//
// Port registers: A and B are two-entry buffers, ready while not full, so ready is a register and a vector a clock flows. A vector
// entering the lanes needs one of lane_latency + 2 credits, returned when it leaves the output port: the lanes never stall inside.
#pragma once

#include "models/datapath/cycle/feeder.h"
#include "models/datapath/cycle/fold_walk.h"

namespace binade::datapath {

class Sequencer {
 public:
  /// The pins' control half on the coming edge.
  struct Inputs {
    const CoreCommand* command = nullptr;
    bool a_valid = false;
    bool b_valid = false;
    bool out_ready = false;
  };
  /// What the edge did.
  struct Edge {
    bool command = false;  ///< the command was taken
    bool a_push = false;   ///< a vector entered port register A
    bool b_push = false;
    bool bias = false;   ///< the oldest B vector moved to the bias memory
    bool beat = false;   ///< the array was enabled
    bool a_pop = false;  ///< the beat took the oldest A vector
    bool b_pop = false;
    bool emit = false;     ///< the beat put an output vector into the lanes
    bool out_pop = false;  ///< the oldest output vector left
    bool done = false;     ///< the tile is complete
  };

  explicit Sequencer(const CoreConfig& config);
  void reset();

  bool command_ready() const { return phase_ == Phase::Idle; }
  bool a_ready() const { return a_held_ < 2 && a_left_ > 0; }
  bool b_ready() const { return b_held_ < 2 && b_left_ > 0; }
  bool out_valid() const { return out_held_ > 0; }
  Edge clock(const Inputs& in);
  const TileClocks& clocks() const { return clocks_; }

 private:
  enum class Phase : std::uint8_t { Idle, Fill, Bias, Run, Flush };
  /// When one stream's vectors are due: a vector on each of `left` consecutive beats from `next`.
  struct Due {
    FoldWalk walk;
    std::uint64_t next = 0;
    std::int64_t left = 0;
  };
  void begin(const CoreCommand& command);
  void open_fold(Due& due, Stream stream);
  void advance(Due& due, Stream stream);
  void run(Edge& edge);
  void flush(Edge& edge);

  const CoreConfig& config_;
  Phase phase_ = Phase::Idle;
  CoreCommand command_;
  Due a_due_, b_due_, out_due_;
  std::uint64_t beat_ = 0, array_beats_ = 0, all_beats_ = 0;
  std::uint64_t a_left_ = 0, b_left_ = 0, bias_left_ = 0, out_left_ = 0;  ///< vectors still to come through the ports
  int a_held_ = 0, b_held_ = 0, out_held_ = 0;                            ///< vectors in the port registers
  std::uint64_t lanes_ = 0;                                               ///< bit i: a vector that entered the lanes i+1 clocks ago
  int in_lanes_ = 0, lane_wait_ = 0, flushed_ = 0;
  TileClocks clocks_;
};

/// Clocks of a tile whose streams keep the intervals of `streams`, which is asked for nothing else: what a cycle core reports for
/// them.
TileClocks sequence_tile(const CoreConfig& config, const CoreCommand& command, const TileStreams& streams);
/// The same, always clock by clock.
TileClocks step_sequence(const CoreConfig& config, const CoreCommand& command, const TileStreams& streams);

}  // namespace binade::datapath
