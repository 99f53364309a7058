// SPDX-License-Identifier: Apache-2.0
// Tiles as the sequencer gives them to the array: for each beat the vectors that the folds say, with clocks that are no beats
// between.
#include <algorithm>

#include "models/datapath/cycle/array_input.h"
#include "models/datapath/timing.h"
#include "sim/verify/array_unit.h"
#include "sim/verify/codes.h"
#include "sim/verify/core_commands.h"
#include "sim/verify/stall_source.h"

namespace binade::verify {

using datapath::CoreCommand;
using datapath::CoreConfig;
using datapath::Fold;
using datapath::FoldWalk;
using datapath::StreamWalk;

namespace {

class ArrayStimulus final : public Stimulus {
 public:
  ArrayStimulus(const ArrayShape& shape, const Block& block)
      : shape_(shape),
        block_(block),
        draw_(block.seed),
        stalls_(block.stalls, draw_.bits()),
        a_codes_(shape.formats().a),
        b_codes_(shape.formats().b),
        commands_(shape.config, shape.bank_rows, draw_.bits()),
        config_(shape.config),
        reset_tile_(draw_.one_in(3) ? draw_.below(block.vectors) : block.vectors) {}

  bool next(Row& in, const Row& /*outputs*/) override {
    // Whatever says nothing on this clock is random.
    fill_random(in);
    const ArrayPins& pins = shape_.pins;
    in[pins.reset] = 1;
    in[pins.clear] = in[pins.beat] = in[pins.chain_load] = 0;
    in[pins.a_valid] = in[pins.b_valid] = 0;
    in[pins.full] = config_.overlap == datapath::Overlap::Full ? 1 : 0;
    in[pins.product_shift] = static_cast<std::uint64_t>(command_.product_shift) & 0xff;
    if (!started_) {
      started_ = true;
      in[pins.reset] = 0;
      return true;
    }
    if (beat_ == beats_) {
      if (vectors_ == block_.vectors) return false;
      begin();
      in[pins.clear] = 1;
      return true;
    }
    if (vectors_ == reset_tile_ + 1 && beat_ == reset_beat_) {
      reset_tile_ = block_.vectors;
      in[pins.reset] = 0;
      beat_ = beats_;
      commands_.restart();
      return true;
    }
    if (stalls_.moves()) put_beat(in);
    return true;
  }

 private:
  void begin() {
    const CommandStream::Draw drawn = commands_.next();
    command_ = drawn.command;
    config_.overlap = drawn.overlap;
    config_.edge = drawn.edge;
    a_walk_ = b_walk_ = {FoldWalk(config_, command_), 0};
    chain_walk_ = a_walk_.folds;
    beat_ = 0;
    beats_ = datapath::sequence_beats(config_, command_);
    reset_beat_ = draw_.below(beats_);
    ++vectors_;
  }

  void put_beat(Row& in) {
    const ArrayPins& pins = shape_.pins;
    in[pins.beat] = 1;
    put_a(in);
    put_b(in);
    if (shape_.sums_stay() && config_.overlap != datapath::Overlap::Full && !chain_walk_.done() &&
        chain_walk_.fold().compute_end == beat_) {
      in[pins.chain_load] = 1;
      in[pins.chain_r] = static_cast<std::uint64_t>(chain_walk_.fold().r);
      chain_walk_.next();
    }
    ++beat_;
  }

  void put_a(Row& in) {
    if (a_walk_.folds.done()) return;
    const Fold& fold = a_walk_.folds.fold();
    if (fold.start + static_cast<std::uint64_t>(a_walk_.vector) != beat_) return;
    const ArrayPins& pins = shape_.pins;
    datapath::Token token;
    set_token(token, config_, command_, a_walk_);
    in[pins.a_valid] = 1;
    in[pins.r] = static_cast<std::uint64_t>(fold.r);
    in[pins.c] = static_cast<std::uint64_t>(fold.c);
    in[pins.charged_r] = static_cast<std::uint64_t>(fold.charged_r);
    in[pins.first_k] = token.first_k ? 1 : 0;
    in[pins.last_k] = token.final ? 1 : 0;
    in[pins.first] = token.first ? 1 : 0;
    in[pins.last] = token.last ? 1 : 0;
    if (shape_.has_blocks()) in[pins.phase] = static_cast<std::uint64_t>(token.phase) & low_bits(shape_.phase_bits);
    if (!shape_.sums_stay()) in[pins.index] = static_cast<std::uint64_t>(token.index) & low_bits(shape_.bank_bits);
    a_walk_.advance(fold.depth);
  }

  void put_b(Row& in) {
    if (b_walk_.folds.done()) return;
    const Fold& fold = b_walk_.folds.fold();
    const std::uint64_t first = fold.b_start;
    if (first + static_cast<std::uint64_t>(b_walk_.vector) != beat_) return;
    in[shape_.pins.b_valid] = 1;
    in[shape_.pins.b_row] = static_cast<std::uint64_t>(std::max<std::int64_t>(fold.r - 1 - b_walk_.vector, 0));
    b_walk_.advance(fold.b_vectors);
  }

  void fill_random(Row& in) {
    const ArrayPins& pins = shape_.pins;
    std::fill(in.begin(), in.end(), 0);
    fill_lanes(&in[pins.a], shape_.config.rows, shape_.formats().a.bits, a_codes_);
    fill_lanes(&in[pins.b], shape_.config.cols, shape_.formats().b.bits, b_codes_);
    const auto put = [&](std::size_t pin, int width) { in[pin] = draw_.bits() & low_bits(width); };
    put(pins.r, shape_.row_bits);
    put(pins.c, shape_.col_bits);
    put(pins.charged_r, shape_.row_bits);
    for (const std::size_t pin : {pins.first_k, pins.last_k, pins.first, pins.last}) put(pin, 1);
    put(pins.phase, shape_.phase_bits);
    put(pins.index, shape_.bank_bits);
    put(pins.b_row, shape_.row_bits);
    put(pins.chain_r, shape_.row_bits);
  }

  void fill_lanes(std::uint64_t* words, int lanes, int bits, CodeSource& codes) {
    for (int lane = 0; lane < lanes; ++lane) set_field(words, lane * bits, bits, draw_code(codes));
  }
  numerics::Code draw_code(CodeSource& codes) {
    if (block_.kind == StimulusKind::Corner) return codes.corners()[draw_.below(codes.corners().size())];
    return codes.draw(draw_);
  }

  const ArrayShape& shape_;
  const Block block_;
  Draw draw_;
  StallSource stalls_;
  CodeSource a_codes_, b_codes_;
  CommandStream commands_;
  CoreConfig config_;  ///< with the overlap and edge of the command
  CoreCommand command_;
  StreamWalk a_walk_, b_walk_;
  FoldWalk chain_walk_;
  std::uint64_t reset_tile_, reset_beat_ = 0;  ///< the tile that a reset ends, and at which of its beats
  std::uint64_t beat_ = 0, beats_ = 0;
  bool started_ = false;
};

}  // namespace

std::unique_ptr<Stimulus> make_array_stimulus(const ArrayShape& shape, const Block& block) {
  return std::make_unique<ArrayStimulus>(shape, block);
}

}  // namespace binade::verify
