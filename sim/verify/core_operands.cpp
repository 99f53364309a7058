// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include "models/datapath/cycle/lane_walk.h"
#include "rtl/cosim/parameters.h"
#include "sim/verify/core_shape.h"
#include "sim/verify/stall_source.h"

namespace binade::verify {
namespace {

using datapath::CoreCommand;
using datapath::CoreConfig;
using datapath::Place;
using datapath::Run;
using datapath::Stream;
using numerics::Code;

/// How a product is cut.
struct Tiles {
  std::int64_t rows = 1, cols = 1;       ///< of a whole tile
  std::int64_t across = 1, in_part = 1;  ///< tiles beside one another, and of a part

  Tiles(const CoreConfig& config, const operations::GemmShape& shape) {
    constexpr std::int64_t kBlocks = 2;
    rows = std::min(kBlocks * config.rows, datapath::rules_of(config).sums_stay() ? kBlocks * config.rows : psum_rows(config));
    cols = kBlocks * config.cols;
    across = (shape.n + cols - 1) / cols;
    in_part = across * ((shape.m + rows - 1) / rows);
  }
};

class CoreOperands final : public Stimulus {
 public:
  CoreOperands(const CoreShape& shape, const OperandBlock& block)
      : shape_(shape),
        block_(block),
        product_(block.operands.product()),
        tiles_(shape.config, product_.form.shape),
        draw_(block.seed),
        a_moves_(block.stalls, draw_.bits()),
        b_moves_(block.stalls, draw_.bits()),
        out_moves_(block.stalls, draw_.bits()) {}

  bool next(Row& in, const Row& outputs) override {
    if (!started_) {  // a clock of reset
      started_ = true;
      std::fill(in.begin(), in.end(), 0);
      return true;
    }
    in[shape_.reset] = 1;
    in[shape_.command_valid] = 0;
    if (running_ && outputs[shape_.done] != 0) running_ = false;
    if (!running_ && !reads_bins(in)) {
      if (vectors_ == block_.count) return false;
      load_tile(block_.item(vectors_));
      ++vectors_;
      running_ = true;
      put_command(in);
    }
    const int b_bits = rtl::b_lane_bits(shape_.config.format);
    a_.put(in, shape_.a_valid, shape_.a, shape_.config.format.a.bits, outputs[shape_.a_ready] != 0, a_moves_,
           [&](std::uint64_t vector, Row& pins, std::size_t pin, int bits) { put_vector(Stream::A, vector, pins, pin, bits); });
    b_.put(in, shape_.b_valid, shape_.b, b_bits, outputs[shape_.b_ready] != 0, b_moves_,
           [&](std::uint64_t vector, Row& pins, std::size_t pin, int bits) { put_vector(Stream::B, vector, pins, pin, bits); });
    in[shape_.out_ready] = out_moves_.moves() ? 1 : 0;
    return true;
  }

 private:
  /// A stream's vectors in order; each stays until it is taken, and valid may come and go.
  struct Feed {
    std::uint64_t vectors = 0, taken = 0;
    bool shown = false;

    void begin(std::uint64_t count) { *this = {.vectors = count}; }
    /// `ready`: as the coming edge sees it.
    template <class Put>
    void put(Row& in, std::size_t valid, std::size_t pin, int bits, bool ready, StallSource& moves, Put put_vector) {
      if (!shown && taken < vectors) {
        put_vector(taken, in, pin, bits);
        shown = true;
      }
      in[valid] = shown && moves.moves() ? 1 : 0;
      if (in[valid] == 0 || !ready) return;
      ++taken;
      shown = false;
    }
  };

  /// The histogram of raw sums, bin by bin, as the platform reads it; false when that is done.
  bool reads_bins(Row& in) {
    constexpr std::uint64_t kBins = 64;
    if (vectors_ == 0 || !stores_raw(shape_.config) || bin_ == kBins) return false;
    in[shape_.bin] = bin_++;
    return true;
  }

  void load_tile(std::uint64_t item) {
    const operations::GemmForm& form = product_.form;
    const auto index = static_cast<std::int64_t>(item), in_part = index % tiles_.in_part;
    part_ = index / tiles_.in_part;
    row_ = in_part / tiles_.across * tiles_.rows;
    col_ = in_part % tiles_.across * tiles_.cols;
    const operations::GemmPart& part = form.parts[static_cast<std::size_t>(part_)];
    command_ = {.m = std::min(tiles_.rows, form.shape.m - row_),
                .n = std::min(tiles_.cols, form.shape.n - col_),
                .k = form.shape.k,
                .bias = form.shape.bias,
                .product_shift = product_.shifts.product,
                .bias_shift = product_.shifts.bias,
                .seed = product_.seed,
                .tensor = product_.tensor,
                .m_base = part.m_base + row_,
                .n_base = part.n_base + col_,
                .logical_cols = form.logical_cols};
    const auto k = static_cast<std::size_t>(form.shape.k);
    a_codes_.resize(static_cast<std::size_t>(command_.m) * k);
    b_codes_.resize(static_cast<std::size_t>(command_.n) * k);
    for (std::int64_t m = 0; m < command_.m; ++m)
      block_.operands.a_row(part_, row_ + m, a_codes_.data() + static_cast<std::size_t>(m) * k);
    for (std::int64_t n = 0; n < command_.n; ++n)
      block_.operands.b_row(part_, col_ + n, b_codes_.data() + static_cast<std::size_t>(n) * k);
    a_.begin(vectors_of(Stream::A));
    b_.begin(vectors_of(Stream::B));
    bin_ = 0;
  }

  std::uint64_t vectors_of(Stream stream) const {
    std::uint64_t vectors = 0;
    for (datapath::LaneWalk walk(shape_.config, command_, stream); !walk.done(); walk.next()) vectors += walk.vectors();
    return vectors;
  }

  void put_command(Row& in) const {
    in[shape_.command_valid] = 1;
    for (std::size_t field = 0; field < kFields; ++field)
      in[shape_.command[field]] = rtl::kCommandFields[field].get(command_) & low_bits(rtl::kCommandFields[field].bits);
    in[shape_.overlap] = static_cast<std::uint64_t>(shape_.config.overlap);
    in[shape_.full_edge] = shape_.config.edge == datapath::Edge::Full ? 1 : 0;
  }

  void put_vector(Stream stream, std::uint64_t vector, Row& in, std::size_t pin, int bits) const {
    const bool is_a = stream == Stream::A;
    const int lanes = is_a ? shape_.config.rows : shape_.config.cols;
    std::fill_n(&in[pin], static_cast<std::size_t>(lanes * bits + 63) / 64, 0);
    const Run run = run_of(shape_.config, command_, stream, vector);
    const Place first = run.at(vector);
    for (int lane = 0; lane < run.lanes; ++lane) {
      const std::int64_t row = first.row + lane * run.per_lane.row, col = first.col + lane * run.per_lane.col;
      const Code code = run.bias ? block_.operands.bias(part_, col_ + col)
                        : is_a   ? a_codes_[static_cast<std::size_t>(row * command_.k + col)]
                                 : b_codes_[static_cast<std::size_t>(col * command_.k + row)];
      set_field(&in[pin], lane * bits, bits, code);
    }
  }

  const CoreShape& shape_;
  const OperandBlock block_;
  const programs::StepProduct& product_;
  const Tiles tiles_;
  Draw draw_;
  StallSource a_moves_, b_moves_, out_moves_;
  Feed a_, b_;
  CoreCommand command_;
  std::int64_t part_ = 0, row_ = 0, col_ = 0;  ///< of the tile's first element
  std::vector<Code> a_codes_, b_codes_;        ///< m x k, n x k
  std::uint64_t bin_ = 0;
  bool started_ = false, running_ = false;
};

}  // namespace

OperandItems core_items_of(const CoreShape& shape, const programs::ProductOperands& operands) {
  const Tiles tiles(shape.config, operands.product().form.shape);
  return {static_cast<std::uint64_t>(operands.parts() * tiles.in_part), 1};
}

std::unique_ptr<Stimulus> make_core_operand_stimulus(const CoreShape& shape, const OperandBlock& block) {
  return std::make_unique<CoreOperands>(shape, block);
}

}  // namespace binade::verify
