// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/step.h"

namespace binade::verify {

using numerics::Accumulate;
using numerics::AccumulateSpec;
using numerics::OperandFormats;

AccumulateSpec stepwise(const OperandFormats& formats, AccumulateSpec accumulate) {
  if (numerics::block_length(accumulate) == 0) return accumulate;
  // The default width follows the block's length.
  if (accumulate.acc_bits == 0) accumulate.acc_bits = numerics::default_acc_bits(formats, accumulate);
  accumulate.block = accumulate.chain = numerics::kLongestBlock;
  return accumulate;
}

Step::Step(const OperandFormats& formats, const AccumulateSpec& accumulate)
    : formats_(formats), spec_(stepwise(formats, accumulate)) {}

void Step::set_rounding(numerics::Rounding rounding) {
  if (rounding != spec_.rounding) accumulator_.reset();
  spec_.rounding = rounding;
}

void Step::set_product_shift(int shift) {
  if (shift != shift_) accumulator_.reset();
  shift_ = shift;
}

Step::Events Step::operator()(std::span<const std::uint64_t> base, numerics::Code a, numerics::Code b, bool close,
                              std::span<std::uint64_t> next) {
  if (!accumulator_) accumulator_ = numerics::make_accumulator(formats_, spec_, shift_);
  const numerics::Events before = accumulator_->events(), products_before = accumulator_->product_events();
  accumulator_->set_state(base);
  accumulator_->mac(a, b);
  const numerics::Events added = accumulator_->events();
  if (close) accumulator_->close_block();
  const numerics::Events product = accumulator_->product_events() - products_before;
  accumulator_->state(next);
  Events events{added - before - product, accumulator_->events() - added};
  events.more += product;
  return events;
}

}  // namespace binade::verify
