// SPDX-License-Identifier: Apache-2.0
// Elements for a lane as a product of a step leaves them: each sum complete, with its bias, shifts, rounding and place.
#include <algorithm>
#include <vector>

#include "models/numerics/hash.h"
#include "sim/verify/lane_stimulus.h"
#include "sim/verify/stall_source.h"

namespace binade::verify {
namespace {

using numerics::Code;

class LaneOperands final : public Stimulus {
 public:
  LaneOperands(const LaneShape& shape, const OperandBlock& block)
      : shape_(shape),
        block_(block),
        product_(block.operands.product()),
        draw_(block.seed),
        stalls_(block.stalls, draw_.bits()),
        bubbles_(block.stalls, draw_.bits()),
        sum_(numerics::make_accumulator(shape.formats, product_.mode.accumulate, product_.shifts.product, product_.shifts.bias)) {}

  bool next(Row& in, const Row& /*outputs*/) override {
    constexpr int kLatency = 2;
    const LanePins& pins = shape_.pins;
    std::fill(in.begin(), in.end(), 0);
    if (!started_) {  // a clock of reset
      started_ = true;
      return true;
    }
    if (vectors_ == block_.count && drained_++ > kLatency) return false;
    in[pins.reset] = 1;
    in[pins.enable] = stalls_.moves() ? 1 : 0;
    in[pins.valid] = vectors_ < block_.count && bubbles_.moves() ? 1 : 0;
    if (in[pins.valid] != 0) put_element(in);
    vectors_ += in[pins.enable] & in[pins.valid];
    return true;
  }

 private:
  void put_element(Row& in) {
    const LanePins& pins = shape_.pins;
    const operations::GemmForm& form = product_.form;
    const SumPlace place = sum_of(form.shape, block_.item(vectors_));
    const bool biased = form.shape.bias, first = bias_starts_sums(product_.mode.accumulate);
    std::vector<Code> a(static_cast<std::size_t>(form.shape.k)), b(a.size());
    block_.operands.a_row(place.part, place.row, a.data());
    block_.operands.b_row(place.part, place.col, b.data());
    const Code bias = biased ? block_.operands.bias(place.part, place.col) : 0;
    sum_->clear();
    if (biased && first) sum_->add_bias(bias);
    for (std::size_t k = 0; k < a.size(); ++k) sum_->mac(a[k], b[k]);
    sum_->state(std::span(&in[pins.state], shape_.state_words()));
    in[pins.bias_valid] = biased && !first ? 1 : 0;
    in[pins.bias] = bias;
    const int product_shift = product_.shifts.product, bias_shift = product_.shifts.bias;
    if (pins.shift != LanePins::kNone) in[pins.shift] = static_cast<std::uint64_t>(product_shift) & 0xff;
    if (pins.bias_shift != LanePins::kNone)
      in[pins.bias_shift] = static_cast<std::uint64_t>(shape_.is_flex() ? bias_shift : product_shift - bias_shift) & 0xff;
    if (pins.raw != LanePins::kNone) in[pins.raw] = shape_.format().exponent_after() ? 1 : 0;
    if (pins.rounding == LanePins::kNone) return;
    const operations::GemmPart& part = form.parts[static_cast<std::size_t>(place.part)];
    in[pins.rounding] = static_cast<std::uint64_t>(product_.mode.accumulate.rounding);
    in[pins.key] = numerics::tensor_key(product_.seed, product_.tensor);
    in[pins.index] = static_cast<std::uint64_t>((part.m_base + place.row) * form.logical_cols + part.n_base + place.col);
  }

  const LaneShape& shape_;
  const OperandBlock block_;
  const programs::StepProduct& product_;
  Draw draw_;
  StallSource stalls_, bubbles_;
  std::unique_ptr<numerics::Accumulator> sum_;
  int drained_ = 0;
  bool started_ = false;
};

}  // namespace

std::unique_ptr<Stimulus> make_lane_operand_stimulus(const LaneShape& shape, const OperandBlock& block) {
  return std::make_unique<LaneOperands>(shape, block);
}

}  // namespace binade::verify
