// SPDX-License-Identifier: Apache-2.0
// States of a processing element (docs/rtl/pe.md), as stimuli need them.
#pragma once

#include "models/numerics/accumulator.h"
#include "sim/verify/codes.h"
#include "sim/verify/event_pins.h"

namespace binade::verify {

/// Any state that sums can reach, in Accumulator::state's words: zero, ends of the range, small and large sums, now and then NaR.
void draw_state(Draw& draw, const numerics::OperandFormats& formats, const numerics::AccumulateSpec& accumulate,
                std::uint64_t* words);

/// The state that a bias, one LSB of which is an accumulator's LSB, cancels, or nearly so. A float's specials count as the numbers
/// that their fields would be without specials: sums whose parts look as if they cancelled, and do not. Where integer sums leave
/// as a float, one accumulator LSB is 2^-shift.
void put_cancelling_state(const numerics::OperandFormats& formats, const numerics::AccumulateSpec& accumulate, numerics::Code bias,
                          int shift, std::uint64_t* words);
/// The code of 1; of a shared exponent's mantissa 1.
numerics::Code one_of(const numerics::FormatSpec& format);

/// `fp32`: a state of two bits, either sign, about the last place of the binary32 that holds `bias`: what guard and sticky
/// bits of their sum are made of.
void draw_last_places(Draw& draw, const numerics::FormatSpec& format, numerics::Code bias, std::uint64_t* words);

/// `blocked`: a state whose closing, with no further product, lies at or next to a tie of the rounding to output LSBs, or at an end
/// of the running sum; `shift` as make_accumulator takes it.
void draw_closing_state(Draw& draw, const numerics::OperandFormats& formats, const numerics::AccumulateSpec& accumulate, int shift,
                        std::uint64_t* words);

/// Events that one step, a bias addition included, can raise.
EventSet step_events(const numerics::OperandFormats& formats, const numerics::AccumulateSpec& accumulate);
/// Events that rounding a sum to the output format can raise.
EventSet output_events(const numerics::OperandFormats& formats, const numerics::AccumulateSpec& accumulate);

/// True where `words` say NaR: the rest of the state is then not specified. The flag is the state's top bit.
bool is_nar_state(const numerics::OperandFormats& formats, int state_bits, const std::uint64_t* words);

}  // namespace binade::verify
