// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/cycle/sequencer.h"

#include <limits>

#include "models/datapath/check_command.h"
#include "models/datapath/timing.h"

namespace binade::datapath {
namespace {

constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

/// Everything that does not depend on stalls.
TileClocks counts_of(const CoreConfig& config, const CoreCommand& command) {
  TileClocks clocks;
  clocks.macs =
      static_cast<std::uint64_t>(command.m) * static_cast<std::uint64_t>(command.n) * static_cast<std::uint64_t>(command.k);
  clocks.psum_reads = psum_reads(config, command);
  clocks.psum_writes = psum_writes(config, command);
  return clocks;
}

}  // namespace

Sequencer::Sequencer(const CoreConfig& config) : config_(config) {}

void Sequencer::reset() {
  phase_ = Phase::Idle;
  a_left_ = b_left_ = bias_left_ = out_left_ = 0;
  a_held_ = b_held_ = out_held_ = 0;
  lanes_ = 0;
  in_lanes_ = lane_wait_ = flushed_ = 0;
  clocks_ = {};
}

void Sequencer::open_fold(Due& due, Stream stream) {
  due.left = 0;
  while (!due.walk.done()) {
    const Fold& fold = due.walk.fold();
    if (stream == Stream::Out) {
      due.next = fold.exit + static_cast<std::uint64_t>(deskew_beats(config_));
      due.left = fold.outputs;
    } else if (stream == Stream::A) {
      due.next = fold.start;
      due.left = fold.depth;
    } else {
      due.next = fold.b_start;
      due.left = fold.b_vectors;
    }
    if (due.left > 0) return;
    due.walk.next();
  }
  due.next = kNever;
}

void Sequencer::advance(Due& due, Stream stream) {
  ++due.next;
  if (--due.left > 0) return;
  due.walk.next();
  open_fold(due, stream);
}

void Sequencer::begin(const CoreCommand& command) {
  check_command(config_, command);
  command_ = command;
  clocks_ = counts_of(config_, command);
  a_left_ = a_vectors(config_, command);
  b_left_ = b_vectors(config_, command);
  out_left_ = out_vectors(config_, command);
  bias_left_ = command.bias ? static_cast<std::uint64_t>((command.n + config_.cols - 1) / config_.cols) : 0;
  array_beats_ = tile_beats(config_, command);
  all_beats_ = sequence_beats(config_, command);
  beat_ = 0;
  flushed_ = 0;
  a_due_.walk = b_due_.walk = out_due_.walk = FoldWalk(config_, command);
  open_fold(a_due_, Stream::A);
  open_fold(b_due_, Stream::B);
  open_fold(out_due_, Stream::Out);
}

void Sequencer::run(Edge& edge) {
  const bool take_a = a_due_.next == beat_, take_b = b_due_.next == beat_, emit = out_due_.next == beat_;
  if (take_a && a_held_ == 0) {
    ++clocks_.stall_a;
    return;
  }
  if (take_b && b_held_ == 0) {
    ++clocks_.stall_b;
    return;
  }
  if (emit && (lane_wait_ > 0 || in_lanes_ + out_held_ >= config_.lane_latency + 2)) {
    ++clocks_.stall_out;
    return;
  }
  edge.beat = true;
  edge.a_pop = take_a;
  edge.b_pop = take_b;
  edge.emit = emit;
  if (take_a) advance(a_due_, Stream::A);
  if (take_b) advance(b_due_, Stream::B);
  if (emit) advance(out_due_, Stream::Out);
  ++(beat_ < array_beats_ ? clocks_.beats : clocks_.overhead);
  if (++beat_ == all_beats_) phase_ = Phase::Flush;
}

void Sequencer::flush(Edge& edge) {
  const int flush_clocks = config_.lane_latency + 1;
  ++(flushed_ < flush_clocks ? clocks_.overhead : clocks_.stall_out);
  ++flushed_;
  edge.done = flushed_ >= flush_clocks && out_left_ == 0;
  if (edge.done) phase_ = Phase::Idle;
}

Sequencer::Edge Sequencer::clock(const Inputs& in) {
  Edge edge;
  if (phase_ == Phase::Idle) {
    if (in.command == nullptr) return edge;
    begin(*in.command);
    edge.command = true;
    ++clocks_.overhead;
    phase_ = Phase::Fill;
    return edge;
  }
  edge.a_push = in.a_valid && a_ready();
  edge.b_push = in.b_valid && b_ready();
  edge.out_pop = in.out_ready && out_valid();
  // The output port's side of this edge; the array sees the credits as they were before it.
  const int out_held_before = out_held_, lane_wait_before = lane_wait_;
  if (edge.out_pop) {
    --out_left_;
    ++clocks_.out_vectors;
  }
  switch (phase_) {
    case Phase::Idle:
      break;
    case Phase::Fill:
      ++clocks_.overhead;
      phase_ = bias_left_ > 0 ? Phase::Bias : Phase::Run;
      break;
    case Phase::Bias:
      if (b_held_ == 0) {
        ++clocks_.stall_b;
        break;
      }
      ++clocks_.overhead;
      edge.bias = true;
      if (--bias_left_ == 0) phase_ = Phase::Run;
      break;
    case Phase::Run:
      run(edge);
      break;
    case Phase::Flush:
      flush(edge);
      break;
  }
  a_held_ += static_cast<int>(edge.a_push) - static_cast<int>(edge.a_pop);
  b_held_ += static_cast<int>(edge.b_push) - static_cast<int>(edge.b_pop || edge.bias);
  a_left_ -= edge.a_push;
  b_left_ -= edge.b_push;
  clocks_.a_vectors += edge.a_push;
  clocks_.b_vectors += edge.b_push;
  lanes_ = lanes_ << 1 | static_cast<std::uint64_t>(edge.emit);
  const bool arrives = (lanes_ >> config_.lane_latency & 1) != 0;
  in_lanes_ += static_cast<int>(edge.emit) - static_cast<int>(arrives);
  out_held_ = out_held_before + static_cast<int>(arrives) - static_cast<int>(edge.out_pop);
  if (edge.emit) {
    lane_wait_ = config_.lane_interval - 1;
  } else if (lane_wait_before > 0) {
    --lane_wait_;
  }
  return edge;
}

TileClocks step_sequence(const CoreConfig& config, const CoreCommand& command, const TileStreams& streams) {
  Sequencer sequencer(config);
  Feeder a(config, command, streams, Stream::A), b(config, command, streams, Stream::B), out(config, command, streams, Stream::Out);
  Sequencer::Inputs in{.command = &command};
  for (;;) {
    in.a_valid = a.open();
    in.b_valid = b.open();
    in.out_ready = out.open();
    const Sequencer::Edge edge = sequencer.clock(in);
    a.edge(edge.a_push);
    b.edge(edge.b_push);
    out.edge(edge.out_pop);
    if (!edge.done) continue;
    for (const Feeder* feeder : {&a, &b, &out}) feeder->check_carried();
    return sequencer.clocks();
  }
}

TileClocks sequence_tile(const CoreConfig& config, const CoreCommand& command, const TileStreams& streams) {
  check_command(config, command);
  const auto waits = [&](Stream stream) { return streams.interval(stream, widest_vector(config, command, stream)) > 1; };
  if (config.lane_interval > 1 || waits(Stream::A) || waits(Stream::B) || waits(Stream::Out)) {
    return step_sequence(config, command, streams);
  }
  TileClocks clocks = counts_of(config, command);
  clocks.beats = tile_beats(config, command);
  clocks.overhead = tile_overhead(config, command);
  clocks.a_vectors = a_vectors(config, command);
  clocks.b_vectors = b_vectors(config, command);
  clocks.out_vectors = out_vectors(config, command);
  return clocks;
}

}  // namespace binade::datapath
