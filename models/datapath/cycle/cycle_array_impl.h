// SPDX-License-Identifier: Apache-2.0
// CycleArray for one PE family. Registers are kept as shift registers over memory: the registers of an operand row, skew included,
// are a DelayLines lane along which it moves right, operand rows moving down and sums falling down are rings of rows indexed by the
// beat they entered. The P-1 product stages are the older entries of the same lines (product registers retimed in front of the
// multiplier).
#pragma once

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

#include "models/datapath/cycle/array_input.h"
#include "models/datapath/cycle/cycle_array.h"
#include "models/datapath/pe/processing_element.h"
#include "models/datapath/timing.h"

namespace binade::datapath {

template <ProcessingElement Pe>
class CycleArrayOf final : public CycleArray {
 public:
  explicit CycleArrayOf(const CoreConfig& config)
      : config_(config),
        stays_(rules_of(config).sums_stay()),
        deskew_(static_cast<std::size_t>(deskew_beats(config))),
        rows_(static_cast<std::size_t>(config.rows)),
        cols_(static_cast<std::size_t>(config.cols)),
        stages_(static_cast<std::size_t>(config.pe_latency - 1)),
        diagonals_(rows_ + cols_ - 1),
        pe_(config),
        a_lines_(rows_, rows_ + cols_ + stages_, pe_.idle()),
        top_ring_(std::bit_ceil(rows_ + cols_ + stages_) - 1),
        sum_ring_(std::bit_ceil(rows_) - 1),
        out_ring_(std::bit_ceil(cols_) - 1),
        tops_((top_ring_ + 1) * cols_, pe_.idle()),
        tokens_(diagonals_ + stages_ + 1, idle_token(diagonals_)),
        marks_(1, diagonals_ + stages_ + 1 + sizeof(std::uint64_t), 0),
        masks_(1, diagonals_ + stages_ + 1, PeMask{}),
        loads_(cols_ + stages_, 0),
        exits_(cols_, Exit{}),
        mac_rows_(rows_),
        weights_(stays_ ? 0 : rows_ * cols_, pe_.idle()),
        shadow_(stays_ ? 0 : rows_ * cols_, pe_.idle()),
        sums_(pe_, (stays_ ? rows_ : sum_ring_ + 1) * cols_),
        chain_(pe_, stays_ ? 2 * (sum_ring_ + 1) * cols_ : 0),
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
    beat_ = quiet_from_ = loaded_from_ = exited_from_ = kOrigin;
    a_lines_.clear();
    std::fill(tops_.begin(), tops_.end(), pe_.idle());
    tokens_.clear();
    marks_.clear();
    masks_.clear();
    loads_.clear();
    exits_.clear();
    bias_.clear();
    bias_first_ = command.bias && numerics::bias_starts_sums(config_.accumulate);
    if (uses_partial_sums(config_, command) && bank_rows_ < command.m) {
      bank_.emplace(pe_, (static_cast<std::size_t>(command.m) + cols_ - 1) * cols_);
      bank_rows_ = command.m;
    }
  }

  void store_bias(const numerics::Code* lanes) override { bias_.insert(bias_.end(), lanes, lanes + cols_); }

  const std::uint64_t* beat(const numerics::Code* a, const numerics::Code* b) override {
    enter_a(a);
    enter_b(b);
    if (stays_) {
      beat_staying_sums();
    } else {
      beat_falling_sums();
    }
    const std::uint64_t* emitted = out_.data() + ((beat_ - deskew_) & out_ring_) * cols_;
    ++beat_;
    return emitted;
  }

  const TileStats& stats() const override { return pe_.stats(); }

 private:
  using Operand = typename Pe::Operand;
  /// Number of a command's first beat: larger than any register's age.
  static constexpr std::uint64_t kOrigin = 1 << 12;

  /// A vector whose column 0 leaves the foot on this beat.
  struct Exit {
    bool valid = false;
    int cols = 0;
    std::int64_t m = 0, n0 = 0;
  };

  static Token idle_token(std::size_t diagonals) {
    Token token;
    token.same = static_cast<std::int32_t>(diagonals);
    return token;
  }

  void enter_a(const numerics::Code* a) {
    a_lines_.shift();
    const Token& previous = tokens_[0];
    Token& token = tokens_.shift();
    std::size_t used = 0;
    if (a != nullptr) {
      set_token(token, config_, command_, a_walk_);
      used = static_cast<std::size_t>(token.mask.rows);
      for (std::size_t i = 0; i < used; ++i) a_lines_[i][0] = pe_.decode_a(a[i]);
      a_walk_.advance(a_walk_.folds.fold().depth);
      quiet_from_ = beat_ + diagonals_ + stages_;
    } else {
      token = Token{};
    }
    for (std::size_t i = used; i < rows_; ++i) a_lines_[i][0] = pe_.idle();
    token.same = token.mask == previous.mask ? std::min(previous.same + 1, static_cast<std::int32_t>(diagonals_)) : 1;
    masks_.shift();
    masks_[0][0] = token.mask;
    marks_.shift();
    marks_[0][0] = marks_of(token);
  }

  std::uint8_t marks_of(const Token& token) const {
    std::uint8_t marks = 0;
    if (token.first && (!stays_ || token.first_k)) marks |= kMarkStart;
    if (token.last && token.final) marks |= kMarkLast;
    if (token.block_end) marks |= kMarkBlock;
    return marks;
  }

  // Lane j is j beats late, so it goes where the vectors of j beats later begin.
  void enter_b(const numerics::Code* b) {
    std::size_t used = 0;
    std::int16_t loaded = 0;
    const auto skewed = [this](std::size_t j) -> Operand& { return tops_[((beat_ + j) & top_ring_) * cols_ + j]; };
    if (b != nullptr) {
      const Fold& fold = b_walk_.folds.fold();
      used = static_cast<std::size_t>(fold.c);
      for (std::size_t j = 0; j < used; ++j) skewed(j) = pe_.decode_b(b[j]);
      if (!stays_ && b_walk_.vector + 1 == fold.b_vectors) {
        loaded = static_cast<std::int16_t>(fold.r);
        loaded_from_ = beat_ + stages_ + cols_;
      }
      b_walk_.advance(fold.b_vectors);
    }
    if (stays_ || b != nullptr) {  // in ws nothing takes what stands between weight rows
      for (std::size_t j = used; j < cols_; ++j) skewed(j) = pe_.idle();
    }
    if (!stays_) loads_.shift() = loaded;
  }

  /// The skewed B row that was at the top `age` beats ago.
  Operand* tops(std::size_t age) { return tops_.data() + ((beat_ - age) & top_ring_) * cols_; }
  bool busy() const { return beat_ < quiet_from_; }

  void beat_staying_sums() {
    const bool full = config_.overlap == Overlap::Full;
    if (full) {
      // A finished sum moves one beat after its last product was added, then waits for the rows below it to reach the chain.
      for_marked(kMarkLast, 1, [&](std::size_t d, const Token& token) {
        for_diagonal(d, token.mask, [&](std::size_t i, std::size_t j) {
          const std::size_t to_foot = static_cast<std::size_t>(token.chain_rows) - 1 - i + rows_ - 1 - i;
          pe_.move(chain_, chain_row(beat_ + to_foot) + j, sums_, i * cols_ + j, 1);
        });
      });
    } else if (!chain_walk_.folds.done() && beat_ - kOrigin == chain_walk_.folds.fold().compute_end) {
      const Fold& fold = chain_walk_.folds.fold();
      for (std::size_t i = 0; i < static_cast<std::size_t>(fold.r); ++i) {
        pe_.move(chain_, chain_row(beat_ + rows_ - 1 - i), sums_, i * cols_, static_cast<std::size_t>(fold.c));
      }
      chain_walk_.folds.next();
    }
    if (busy()) {
      for_marked(kMarkStart, 0, [&](std::size_t d, const Token& token) {
        for_diagonal(d, token.mask, [&](std::size_t i, std::size_t j) { start(i * cols_ + j, token, j, 1); });
      });
      mac([this](std::size_t i) { return i * cols_; }, [this](std::size_t i) { return tops(i + stages_); });
      if constexpr (Pe::kClosesBlocks) {
        for_marked(kMarkBlock, 0, [&](std::size_t d, const Token& token) {
          for_diagonal(d, token.mask, [&](std::size_t i, std::size_t j) { pe_.close(sums_, i * cols_ + j); });
        });
      }
    }
    leave_chain();
  }

  /// Every PE multiplies and accumulates: row i has its sums from sum_of(i) on and its B operands at b_of(i).
  template <class SumOf, class BOf>
  void mac(SumOf sum_of, BOf b_of) {
    const PeMask* const masks = masks_[0] + stages_;
    const bool uniform = tokens_[stages_].same >= static_cast<std::int32_t>(diagonals_);
    MacRow<Operand>* row = mac_rows_.data();
    const auto all_rows = static_cast<std::size_t>(uniform ? masks[0].rows : rows_);
    for (std::size_t i = 0; i < all_rows; ++i) {
      if (uniform || tokens_[stages_ + i].same >= config_.cols) {
        if (static_cast<int>(i) >= masks[i].rows) continue;
        row->lanes = static_cast<std::size_t>(masks[i].cols);
        row->masks = nullptr;
      } else {
        row->lanes = cols_;
        row->masks = masks + i;
        row->row = static_cast<int>(i);
      }
      row->a = a_lines_[i] + stages_ + i;
      row->b = b_of(i);
      row->sum = sum_of(i);
      ++row;
    }
    pe_.mac_rows(sums_, std::span<const MacRow<Operand>>(mac_rows_.data(), row));
  }

  /// Visits, on each diagonal of the array, the token that marks it; `age` 1: those of one beat ago.
  template <class Visit>
  void for_marked(Mark mark, std::size_t age, Visit visit) {
    const std::size_t offset = stages_ + age;
    const std::uint8_t* const marks = marks_[0] + offset;
    for (std::size_t first = 0; first < diagonals_; first += sizeof(std::uint64_t)) {
      std::uint64_t word;
      std::memcpy(&word, marks + first, sizeof word);
      word &= mark * std::uint64_t{0x0101010101010101};
      for (; word != 0; word &= word - 1) {
        const std::size_t d = first + static_cast<std::size_t>(std::countr_zero(word)) / 8;
        if (d < diagonals_) visit(d, tokens_[d + offset]);
      }
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
    exits_.shift() = exit;
    if (exit.valid) exited_from_ = beat_ + cols_;
    if (beat_ >= exited_from_) return;
    for (std::size_t j = 0; j < cols_; ++j) {
      const Exit& leaving = exits_[deskew_ == 0 ? 0 : j];
      if (leaving.valid && static_cast<int>(j) < leaving.cols) {
        lane(chain_, chain_row(beat_) + j, leaving.m, leaving.n0, j);
      }
    }
  }

  void beat_falling_sums() {
    for_marked(kMarkStart, 0, [&](std::size_t d, const Token& token) {
      for_diagonal(d, token.mask, [&](std::size_t i, std::size_t j) { weights_[i * cols_ + j] = shadow_[i * cols_ + j]; });
    });
    // The chain passes every weight row on, the last one of the array first; when row 0's is at the top of a column, every row of
    // the column has its own.
    for (std::size_t j = 0; beat_ < loaded_from_ && j < cols_; ++j) {
      const auto r = static_cast<std::size_t>(loads_[stages_ + j]);
      for (std::size_t i = 0; i < r; ++i) shadow_[i * cols_ + j] = tops(i + stages_)[j];
    }
    if (!busy()) return;
    enter_sums();
    mac([this](std::size_t i) { return sum_row(i); }, [this](std::size_t i) { return weights_.data() + i * cols_; });
    if constexpr (Pe::kClosesBlocks) close_blocks();
    leave_sums();
  }

  /// Columns out of use fall through with whatever their weights make of it, from zero, so that no sum grows for ever.
  void enter_sums() {
    const std::size_t top = sum_row(0);
    for_columns(stages_, [&](const Token& token, std::size_t j, std::size_t n) {
      if (token.mask.rows == 0) return;
      const std::size_t used = std::min(n, std::max(static_cast<std::size_t>(token.mask.cols), j) - j);
      if (token.first_k) {
        start(top + j, token, j, used);
      } else if (used > 0) {
        pe_.move(sums_, top + j, *bank_, bank_row(token, j), used);
      }
      if (used < n) pe_.clear(sums_, top + j + used, n - used);
    });
  }

  /// Sums `sum` .. of columns j .. j + n - 1 of a fold begin: from the bias where it comes first, else from zero.
  void start(std::size_t sum, const Token& token, std::size_t j, std::size_t n) {
    if constexpr (Pe::kStartsFromBias) {
      if (bias_first_) {
        const numerics::Code* const bias = bias_.data() + static_cast<std::size_t>(token.n0) + j;
        for (std::size_t i = 0; i < n; ++i) pe_.start(sums_, sum + i, bias[i]);
        return;
      }
    }
    if (n > 0) pe_.clear(sums_, sum, n);
  }

  void leave_sums() {
    const std::size_t foot = sum_row(rows_ - 1);
    for_columns(stages_ + rows_ - 1, [&](const Token& token, std::size_t j, std::size_t n) {
      if (token.mask.rows == 0) return;
      const std::size_t used = std::min(n, std::max(static_cast<std::size_t>(token.mask.cols), j) - j);
      if (!token.final) {
        pe_.move(*bank_, bank_row(token, j), sums_, foot + j, used);
        return;
      }
      for (std::size_t column = j; column < j + used; ++column) {
        lane(sums_, foot + column, token.index - static_cast<std::int64_t>(column - j), token.n0, column);
      }
    });
  }

  /// Visits all columns with the tokens of `age` beats ago at column 0, in one piece where they are of one fold: visit(token of
  /// column j, j, columns).
  template <class Visit>
  void for_columns(std::size_t age, Visit visit) {
    if (tokens_[age].index - tokens_[age + cols_ - 1].index == static_cast<std::int64_t>(cols_) - 1) {
      visit(tokens_[age], 0, cols_);
    } else {
      for (std::size_t j = 0; j < cols_; ++j) visit(tokens_[age + j], j, std::size_t{1});
    }
  }

  /// The bank is as skewed as the array: the sums that enter or leave on one beat lie together.
  std::size_t bank_row(const Token& token, std::size_t j) const { return (static_cast<std::size_t>(token.index) + j) * cols_ + j; }

  /// Rounders of `blocked` and `chained` in ws: the rows at which a block of the global k ends.
  void close_blocks() {
    const int block = numerics::block_length(config_.accumulate);
    // Diagonals whose tokens are of one fold, which came on consecutive beats, cross a row side by side.
    const auto diagonals = static_cast<std::int64_t>(diagonals_);
    for (std::int64_t d = 0; d < diagonals;) {
      const Token& token = tokens_[stages_ + static_cast<std::size_t>(d)];
      std::int64_t end = d + 1;
      if (token.block_end) {
        end = std::min(d + token.index + 1, diagonals);
        if (tokens_[stages_ + static_cast<std::size_t>(end) - 1].index != token.index - (end - 1 - d)) end = d + 1;
        for (std::int64_t i = block - 1 - token.phase; i < token.mask.rows && i < end; i += block) {
          const std::int64_t last = std::min<std::int64_t>(end - i, token.mask.cols);
          const std::size_t row = sum_row(static_cast<std::size_t>(i));
          for (std::int64_t j = std::max<std::int64_t>(d - i, 0); j < last; ++j)
            pe_.close(sums_, row + static_cast<std::size_t>(j));
        }
      }
      d = end;
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
    in.bias = command_.bias && !bias_first_;
    if (in.bias) in.bias_code = bias_[static_cast<std::size_t>(n0) + j];
    if (config_.accumulate.rounding == numerics::Rounding::Sr)
      in.random = lane_random(command_, m, n0 + static_cast<std::int64_t>(j));
    const std::size_t age = deskew_ == 0 ? 0 : j;
    out_[((beat_ - age) & out_ring_) * cols_ + j] = pe_.finish(sums, sum, in);
  }

  const CoreConfig& config_;
  const bool stays_;  ///< sums stay in their PEs (os); otherwise they fall (ws)
  std::size_t deskew_, rows_, cols_, stages_, diagonals_;
  Pe pe_;
  CoreCommand command_;
  StreamWalk a_walk_, b_walk_, chain_walk_, exit_walk_;
  std::uint64_t beat_ = kOrigin;
  std::uint64_t quiet_from_ = 0;   ///< no A vector is inside the array from this beat on
  std::uint64_t loaded_from_ = 0;  ///< ws: no weight row is moving in the array from this beat on
  std::uint64_t exited_from_ = 0;  ///< os: no sum is leaving the foot from this beat on
  DelayLines<Operand> a_lines_;
  std::size_t top_ring_, sum_ring_, out_ring_;  ///< index masks of rings
  std::vector<Operand> tops_;
  Ring<Token> tokens_;
  DelayLines<std::uint8_t> marks_;  ///< the tokens' Marks
  DelayLines<PeMask> masks_;        ///< the tokens' masks
  Ring<std::int16_t> loads_;        ///< ws: beside a fold's last weight row the number of its rows, else 0
  Ring<Exit> exits_;
  std::vector<MacRow<Operand>> mac_rows_;  ///< of one beat
  std::vector<Operand> weights_, shadow_;
  typename Pe::Sums sums_;   ///< os: accumulators; ws: sums between rows
  typename Pe::Sums chain_;  ///< os: finished sums on their way to the foot
  std::optional<typename Pe::Sums> bank_;
  std::int64_t bank_rows_ = 0;
  std::vector<numerics::Code> bias_;
  bool bias_first_ = false;  ///< of the command: its sums start from the bias
  std::vector<std::uint64_t> out_;
};

}  // namespace binade::datapath
