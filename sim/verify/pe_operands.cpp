// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include "sim/verify/pe_shape.h"
#include "sim/verify/stall_source.h"

namespace binade::verify {
namespace {

using numerics::Accumulate;
using numerics::Code;

class PeOperands final : public Stimulus {
 public:
  PeOperands(const PeShape& shape, const OperandBlock& block)
      : shape_(shape),
        block_(block),
        product_(block.operands.product()),
        draw_(block.seed),
        stalls_(block.stalls, draw_.bits()),
        bubbles_(block.stalls, draw_.bits()),
        a_(static_cast<std::size_t>(product_.form.shape.k)),
        b_(a_.size()),
        sum_(numerics::make_accumulator(shape.formats, product_.mode.accumulate, product_.shifts.product, product_.shifts.bias)),
        starts_(static_cast<std::size_t>(shape.latency), Row(shape.state_words())) {}

  bool next(Row& in, const Row& /*outputs*/) override {
    const PePins& pins = shape_.pins;
    std::fill(in.begin(), in.end(), 0);
    if (pins.rounding != PePins::kNone) in[pins.rounding] = static_cast<std::uint64_t>(product_.mode.accumulate.rounding);
    if (pins.shift != PePins::kNone) in[pins.shift] = static_cast<std::uint64_t>(product_.shifts.product) & 0xff;
    if (!started_) {  // a clock of reset
      started_ = true;
      advance();
      return true;
    }
    in[pins.reset] = 1;
    // After the last product, clocks that let it reach the sum.
    if (!valid_ && sums_ == block_.count && drained_++ > shape_.latency) return false;
    in[pins.enable] = stalls_.moves() ? 1 : 0;
    in[pins.valid] = valid_ ? 1 : 0;
    in[pins.load] = valid_ && k_ == 0 ? 1 : 0;
    in[pins.a] = valid_ ? a_[k_] : 0;
    in[pins.b] = valid_ ? b_[k_] : 0;
    if (pins.close != PePins::kNone) in[pins.close] = valid_ && ends_block() ? 1 : 0;
    // state_i is sampled at the accumulate stage, Latency - 1 beats after the operands.
    starts_.front() = start_;
    std::copy(starts_.back().begin(), starts_.back().end(), in.begin() + static_cast<std::ptrdiff_t>(pins.state));
    if (in[pins.enable] == 0) return true;  // the same operands again
    std::rotate(starts_.begin(), starts_.end() - 1, starts_.end());
    if (valid_) {
      ++vectors_;
      if (++k_ == a_.size()) ++sums_;
    }
    advance();
    return true;
  }

 private:
  /// Decides what the coming beat takes: the next product, or nothing.
  void advance() {
    if (sums_ == block_.count || !bubbles_.moves()) {
      valid_ = false;
      return;
    }
    if (loaded_ == sums_) load_sum();
    valid_ = true;
  }

  void load_sum() {
    ++loaded_;
    k_ = 0;
    const SumPlace place = sum_of(product_.form.shape, block_.item(sums_));
    block_.operands.a_row(place.part, place.row, a_.data());
    block_.operands.b_row(place.part, place.col, b_.data());
    sum_->clear();
    if (product_.form.shape.bias && bias_starts_sums(product_.mode.accumulate))
      sum_->add_bias(block_.operands.bias(place.part, place.col));
    start_.assign(shape_.state_words(), 0);
    sum_->state(start_);
  }

  bool ends_block() const {
    return product_.mode.accumulate.policy == Accumulate::Blocked &&
           (k_ + 1) % static_cast<std::size_t>(product_.mode.accumulate.block) == 0;
  }

  const PeShape& shape_;
  const OperandBlock block_;
  const programs::StepProduct& product_;
  Draw draw_;
  StallSource stalls_, bubbles_;
  std::vector<Code> a_, b_;  ///< of the sum under way
  std::unique_ptr<numerics::Accumulator> sum_;
  Row start_;                 ///< what it starts from
  std::vector<Row> starts_;   ///< the same by age of the operands: those of state_i last
  std::size_t k_ = 0;         ///< the next product's
  std::uint64_t sums_ = 0;    ///< complete
  std::uint64_t loaded_ = 0;  ///< begun
  int drained_ = 0;
  bool started_ = false, valid_ = false;
};

}  // namespace

std::unique_ptr<Stimulus> make_pe_operand_stimulus(const PeShape& shape, const OperandBlock& block) {
  return std::make_unique<PeOperands>(shape, block);
}

}  // namespace binade::verify
