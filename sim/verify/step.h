// SPDX-License-Identifier: Apache-2.0
// One step of a processing element (docs/rtl/pe.md) through the literal accumulator.
#pragma once

#include <memory>
#include <span>

#include "models/numerics/accumulator.h"

namespace binade::verify {

/// The policy of a sum whose state comes and goes: the accumulator's width explicit, blocks ending only where close_block() says.
numerics::AccumulateSpec stepwise(const numerics::OperandFormats& formats, numerics::AccumulateSpec accumulate);

class Step {
 public:
  /// `events_o` and the second vector of elements that round twice (block closed, product rounded).
  struct Events {
    numerics::Events events, more;
  };

  Step(const numerics::OperandFormats& formats, const numerics::AccumulateSpec& accumulate);
  void set_rounding(numerics::Rounding rounding);
  void set_product_shift(int shift);
  /// `next` = `base` plus the product; then, with `close`, the block ends. Both are states, and may be the same words.
  Events operator()(std::span<const std::uint64_t> base, numerics::Code a, numerics::Code b, bool close,
                    std::span<std::uint64_t> next);

 private:
  numerics::OperandFormats formats_;
  numerics::AccumulateSpec spec_;
  int shift_ = 0;
  std::unique_ptr<numerics::Accumulator> accumulator_;  ///< null: to be made for another rounding or shift
};

}  // namespace binade::verify
