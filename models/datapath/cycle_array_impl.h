// SPDX-License-Identifier: Apache-2.0
// CycleArray for one PE family. Registers are kept as shift registers over memory: an operand row moving right is a DelayLines
// lane, operand rows moving down and sums falling down are rings of rows indexed by the beat they entered. The P-1 product stages
// are the older entries of the same lines (product registers retimed in front of the multiplier).
#pragma once

#include <algorithm>
#include <bit>
#include <optional>

#include "models/datapath/array_input.h"
#include "models/datapath/cycle_array.h"
#include "models/datapath/timing.h"

namespace binade::datapath {

template <class Pe>
class CycleArrayOf final : public CycleArray {
 public:
  explicit CycleArrayOf(const CoreConfig& config)
      : config_(config),
        os_(config.dataflow == Dataflow::OutputStationary),
        deskew_(static_cast<std::size_t>(deskew_beats(config))),
        rows_(static_cast<std::size_t>(config.rows)),
        cols_(static_cast<std::size_t>(config.cols)),
        stages_(static_cast<std::size_t>(config.pe_latency - 1)),
        diagonals_(rows_ + cols_ - 1),
        pe_(config),
        a_skew_(rows_, pe_.idle()),
        b_skew_(cols_, pe_.idle()),
        a_lines_(rows_, cols_ + stages_, pe_.idle()),
        top_ring_(std::bit_ceil(rows_ + stages_) - 1),
        sum_ring_(std::bit_ceil(rows_) - 1),
        out_ring_(std::bit_ceil(cols_) - 1),
        tops_((top_ring_ + 1) * cols_, pe_.idle()),
        tokens_(1, diagonals_ + stages_ + 1, Token{}),
        masks_(1, diagonals_ + stages_ + 1, PeMask{}),
        runs_(1, diagonals_ + stages_ + 1, 0),
        tags_(1, diagonals_ + stages_ + 1, kNoRow),
        exits_(1, cols_, Exit{}),
        weights_(os_ ? 0 : rows_ * cols_, pe_.idle()),
        shadow_(os_ ? 0 : rows_ * cols_, pe_.idle()),
        sums_(pe_, (os_ ? rows_ : sum_ring_ + 1) * cols_),
        chain_(pe_, os_ ? 2 * (sum_ring_ + 1) * cols_ : 0),
        out_((out_ring_ + 1) * cols_) {}

  void reset() override {
    bank_.reset();
    bank_rows_ = 0;
  }

  void begin(const CoreCommand& command) override {
    command_ = command;
    pe_.begin(command);
    a_walk_ = b_walk_ = {FoldWalk(config_, command), 0};
    chain_walk_ = exit_walk_ = a_walk_;
    beat_ = quiet_from_ = kOrigin;
    a_skew_.clear();
    b_skew_.clear();
    a_lines_.clear();
    std::fill(tops_.begin(), tops_.end(), pe_.idle());
    tokens_.clear();
    masks_.clear();
    runs_.clear();
    tags_.clear();
    exits_.clear();
    bias_.clear();
    if (!os_ && (command.k > config_.rows || !command.first_k || !command.last_k) && bank_rows_ < command.m) {
      bank_.emplace(pe_, static_cast<std::size_t>(command.m) * cols_);
      bank_rows_ = command.m;
    }
  }

  void store_bias(const numerics::Code* lanes) override { bias_.insert(bias_.end(), lanes, lanes + cols_); }

  const std::uint64_t* beat(const numerics::Code* a, const numerics::Code* b) override {
    enter_a(a);
    enter_b(b);
    if (os_) {
      beat_output_stationary();
    } else {
      beat_weight_stationary();
    }
    const std::uint64_t* emitted = out_.data() + ((beat_ - deskew_) & out_ring_) * cols_;
    ++beat_;
    return emitted;
  }

  const TileStats& stats() const override { return pe_.stats(); }

 private:
  using Operand = typename Pe::Operand;
  static constexpr std::int16_t kNoRow = -1;
  /// Number of a command's first beat: larger than any register's age.
  static constexpr std::uint64_t kOrigin = 1 << 12;

  /// A vector whose column 0 leaves the foot on this beat.
  struct Exit {
    bool valid = false;
    int cols = 0;
    std::int64_t m = 0, n0 = 0;
  };

  void enter_a(const numerics::Code* a) {
    Operand* const entry = a_skew_.enter(beat_);
    Token token;
    std::size_t used = 0;
    if (a != nullptr) {
      token = token_of(config_, command_, a_walk_);
      used = static_cast<std::size_t>(token.mask.rows);
      for (std::size_t i = 0; i < used; ++i) entry[i] = pe_.decode(a[i]);
      a_walk_.advance(a_walk_.folds.fold().depth);
      quiet_from_ = beat_ + diagonals_ + stages_;
    }
    std::fill(entry + used, entry + rows_, pe_.idle());
    tokens_.shift();
    tokens_[0][0] = token;
    const bool same = token.mask == masks_[0][0];
    const std::int16_t run = same ? static_cast<std::int16_t>(std::min<int>(runs_[0][0] + 1, config_.cols)) : std::int16_t{1};
    masks_.shift();
    masks_[0][0] = token.mask;
    runs_.shift();
    runs_[0][0] = run;
    a_lines_.shift();
    for (std::size_t i = 0; i < rows_; ++i) a_lines_[i][0] = a_skew_.leave(beat_, i);
  }

  void enter_b(const numerics::Code* b) {
    Operand* const entry = b_skew_.enter(beat_);
    std::size_t used = 0;
    std::int16_t tag = kNoRow;
    if (b != nullptr) {
      const Fold& fold = b_walk_.folds.fold();
      used = static_cast<std::size_t>(fold.c);
      for (std::size_t j = 0; j < used; ++j) entry[j] = pe_.decode(b[j]);
      tag = static_cast<std::int16_t>(fold.r - 1 - b_walk_.vector);
      b_walk_.advance(os_ ? fold.depth : fold.r);
    }
    std::fill(entry + used, entry + cols_, pe_.idle());
    tags_.shift();
    tags_[0][0] = tag;
    Operand* const top = tops(0);
    for (std::size_t j = 0; j < cols_; ++j) top[j] = b_skew_.leave(beat_, j);
  }

  /// The B row that entered the top `age` beats ago.
  Operand* tops(std::size_t age) { return tops_.data() + ((beat_ - age) & top_ring_) * cols_; }
  bool busy() const { return beat_ < quiet_from_; }

  void beat_output_stationary() {
    const bool full = config_.overlap == Overlap::Full;
    const Token* const tokens = tokens_[0] + stages_;
    if (full) {
      // A finished sum moves one beat after its last product was added, then waits for the rows below it to reach the chain.
      for (std::size_t d = 0; d < diagonals_; ++d) {
        const Token& token = tokens[d + 1];
        if (token.last && token.final) {
          for_diagonal(d, token.mask, [&](std::size_t i, std::size_t j) {
            const std::size_t to_foot = static_cast<std::size_t>(token.chain_rows) - 1 - i + rows_ - 1 - i;
            pe_.move(chain_, chain_row(beat_ + to_foot) + j, sums_, i * cols_ + j);
          });
        }
      }
    } else if (!chain_walk_.folds.done() && beat_ - kOrigin == chain_walk_.folds.fold().compute_end) {
      const Fold& fold = chain_walk_.folds.fold();
      for (std::size_t i = 0; i < static_cast<std::size_t>(fold.r); ++i) {
        for (std::size_t j = 0; j < static_cast<std::size_t>(fold.c); ++j) {
          pe_.move(chain_, chain_row(beat_ + rows_ - 1 - i) + j, sums_, i * cols_ + j);
        }
      }
      chain_walk_.folds.next();
    }
    if (busy()) {
      for (std::size_t d = 0; d < diagonals_; ++d) {
        const Token& token = tokens[d];
        if (token.first && token.first_k) {
          for_diagonal(d, token.mask, [&](std::size_t i, std::size_t j) { pe_.clear(sums_, i * cols_ + j); });
        }
      }
      for (std::size_t i = 0; i < rows_; ++i) {
        mac_row(i, i * cols_, tops(i + stages_));
      }
      if constexpr (Pe::kClosesBlocks) {
        for (std::size_t d = 0; d < diagonals_; ++d) {
          const Token& token = tokens[d];
          if (token.block_end) {
            for_diagonal(d, token.mask, [&](std::size_t i, std::size_t j) { pe_.close(sums_, i * cols_ + j); });
          }
        }
      }
    }
    leave_chain();
  }

  /// Row i of the array multiplies and accumulates.
  void mac_row(std::size_t i, std::size_t first_sum, const Operand* b) {
    const std::size_t age = i + stages_;
    const PeMask* const masks = masks_[0] + age;
    if (static_cast<std::size_t>(runs_[0][age]) < cols_) {
      pe_.mac_masked(sums_, first_sum, a_lines_[i] + stages_, b, masks, static_cast<int>(i), config_.cols);
    } else if (static_cast<int>(i) < masks[0].rows) {
      pe_.mac_row(sums_, first_sum, a_lines_[i] + stages_, b, static_cast<std::size_t>(masks[0].cols));
    }
  }

  /// Chain position of the row that is at the foot on `beat`: R waiting and R falling registers a column.
  std::size_t chain_row(std::uint64_t beat) const { return (beat & (2 * sum_ring_ + 1)) * cols_; }

  void leave_chain() {
    Exit exit;
    if (!exit_walk_.folds.done()) {
      const Fold& fold = exit_walk_.folds.fold();
      if (fold.outputs > 0 && beat_ - kOrigin >= fold.exit) {
        exit = {true, fold.c, fold.m0 + fold.r - 1 - exit_walk_.vector, fold.n0};
        exit_walk_.advance(fold.outputs);
      }
    }
    exits_.shift();
    exits_[0][0] = exit;
    for (std::size_t j = 0; j < cols_; ++j) {
      const Exit& leaving = exits_[0][deskew_ == 0 ? 0 : j];
      if (leaving.valid && static_cast<int>(j) < leaving.cols) {
        lane(chain_, chain_row(beat_) + j, leaving.m, leaving.n0, j);
      }
    }
  }

  void beat_weight_stationary() {
    const Token* const tokens = tokens_[0] + stages_;
    const std::int16_t* const tags = tags_[0] + stages_;
    for (std::size_t d = 0; d < diagonals_; ++d) {
      if (tokens[d].first) {
        for_diagonal(d, tokens[d].mask, [&](std::size_t i, std::size_t j) { weights_[i * cols_ + j] = shadow_[i * cols_ + j]; });
      }
      // The chain passes every weight row on; a row keeps the one that carries its number.
      const std::int16_t row = tags[d];
      if (row != kNoRow && static_cast<std::size_t>(row) <= d && d - static_cast<std::size_t>(row) < cols_) {
        const auto i = static_cast<std::size_t>(row), j = d - i;
        shadow_[i * cols_ + j] = tops(i + stages_)[j];
      }
    }
    if (!busy()) return;
    for (std::size_t j = 0; j < cols_; ++j) {
      const Token& token = tokens[j];
      if (token.mask.rows == 0) continue;
      // Columns out of use fall through with whatever their weights make of it, from zero, so that no sum grows for ever.
      if (token.first_k || static_cast<int>(j) >= token.mask.cols) {
        pe_.clear(sums_, sum_row(0) + j);
      } else {
        pe_.move(sums_, sum_row(0) + j, *bank_, static_cast<std::size_t>(token.index) * cols_ + j);
      }
    }
    for (std::size_t i = 0; i < rows_; ++i) {
      mac_row(i, sum_row(i), weights_.data() + i * cols_);
    }
    if constexpr (Pe::kClosesBlocks) close_blocks(tokens);
    for (std::size_t j = 0; j < cols_; ++j) {
      const Token& token = tokens[rows_ - 1 + j];
      if (!token.mask.contains(0, static_cast<int>(j))) continue;
      if (token.final) {
        lane(sums_, sum_row(rows_ - 1) + j, token.index, token.n0, j);
      } else {
        pe_.move(*bank_, static_cast<std::size_t>(token.index) * cols_ + j, sums_, sum_row(rows_ - 1) + j);
      }
    }
  }

  /// Rounders of `blocked` in ws: the rows at which a block of the global k ends.
  void close_blocks(const Token* tokens) {
    const int block = config_.accumulate.block;
    for (std::size_t d = 0; d < diagonals_; ++d) {
      const Token& token = tokens[d];
      for (int i = block - 1 - token.phase; i < token.mask.rows && i <= static_cast<int>(d); i += block) {
        const int j = static_cast<int>(d) - i;
        if (j < token.mask.cols) pe_.close(sums_, sum_row(static_cast<std::size_t>(i)) + static_cast<std::size_t>(j));
      }
    }
  }

  /// The falling sums that are at row i on this beat.
  std::size_t sum_row(std::size_t i) const { return ((beat_ - i) & sum_ring_) * cols_; }

  template <class Visit>
  void for_diagonal(std::size_t d, PeMask mask, Visit visit) const {
    const auto r = static_cast<std::size_t>(mask.rows), c = static_cast<std::size_t>(mask.cols);
    for (std::size_t i = d < c ? 0 : d - c + 1; i < r && i <= d; ++i) visit(i, d - i);
  }

  void lane(typename Pe::Sums& sums, std::size_t sum, std::int64_t m, std::int64_t n0, std::size_t j) {
    LaneInput in;
    in.relu = command_.relu;
    in.bias = command_.bias;
    if (in.bias) in.bias_code = bias_[static_cast<std::size_t>(n0) + j];
    if (config_.accumulate.rounding == numerics::Rounding::Sr)
      in.random = lane_random(command_, m, n0 + static_cast<std::int64_t>(j));
    const std::size_t age = deskew_ == 0 ? 0 : j;
    out_[((beat_ - age) & out_ring_) * cols_ + j] = pe_.finish(sums, sum, in);
  }

  const CoreConfig& config_;
  bool os_;
  std::size_t deskew_, rows_, cols_, stages_, diagonals_;
  Pe pe_;
  CoreCommand command_;
  StreamWalk a_walk_, b_walk_, chain_walk_, exit_walk_;
  std::uint64_t beat_ = kOrigin;
  std::uint64_t quiet_from_ = 0;  ///< no A vector is inside the array from this beat on
  Skew<Operand> a_skew_, b_skew_;
  DelayLines<Operand> a_lines_;
  std::size_t top_ring_, sum_ring_, out_ring_;  ///< index masks of rings
  std::vector<Operand> tops_;
  DelayLines<Token> tokens_;
  DelayLines<PeMask> masks_;
  DelayLines<std::int16_t> runs_;  ///< tokens up to this one that have its mask, at most `cols`
  DelayLines<std::int16_t> tags_;  ///< ws: row number beside each weight row
  DelayLines<Exit> exits_;
  std::vector<Operand> weights_, shadow_;
  typename Pe::Sums sums_;   ///< os: accumulators; ws: sums between rows
  typename Pe::Sums chain_;  ///< os: finished sums on their way to the foot
  std::optional<typename Pe::Sums> bank_;
  std::int64_t bank_rows_ = 0;
  std::vector<numerics::Code> bias_;
  std::vector<std::uint64_t> out_;
};

}  // namespace binade::datapath
