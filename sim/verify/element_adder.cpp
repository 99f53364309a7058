// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/element_adder.h"

#include "models/numerics/uint128.h"
#include "sim/verify/states.h"

namespace binade::verify {

using numerics::Code;
using numerics::Int128;

ElementAdder::ElementAdder(const numerics::OperandFormats& formats, const numerics::AccumulateSpec& accumulate, Overflow overflow)
    : formats_(formats),
      accumulate_(accumulate),
      overflow_(overflow),
      bits_(numerics::state_bits(formats, accumulate)),
      step_(formats, accumulate) {}

numerics::Events ElementAdder::add(std::span<std::uint64_t> sum, Code a, Code b) {
  if (overflow_ == Overflow::Saturate) {
    const auto [events, more] = step_(sum, a, b, false, sum);
    numerics::Events all = events;
    return all += more;
  }
  const int unused = 64 - bits_;
  const auto extended = [&](std::uint64_t word) { return static_cast<std::int64_t>(word << unused) >> unused; };
  const Int128 exact =
      static_cast<Int128>(numerics::mantissa_of(formats_.a, a)) * numerics::mantissa_of(formats_.b, b) + extended(sum.front());
  sum.front() = static_cast<std::uint64_t>(exact) & low_bits(bits_);
  numerics::Events events;
  events.overflow = exact != extended(sum.front()) ? 1 : 0;
  return events;
}

std::vector<std::uint64_t> ElementAdder::care(std::span<const std::uint64_t> sum) const {
  const bool nar = is_nar_state(formats_, bits_, sum.data());
  std::vector<std::uint64_t> care(sum.size(), nar ? 0 : ~std::uint64_t{0});
  if (nar) care.back() = std::uint64_t{1} << ((bits_ - 1) % 64);
  return care;
}

EventSet ElementAdder::possible_events() const {
  return overflow_ == Overflow::Wrap ? kOverflow : step_events(formats_, accumulate_);
}

std::uint64_t ElementAdder::steps_to_overflow() const {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 18;
  if (!formats_.integers()) return 0;
  // Downwards, where products are the smaller.
  const std::uint64_t product = low_bits(formats_.a.bits - 1) << (formats_.b.bits - 1);
  const std::uint64_t steps = (std::uint64_t{1} << (bits_ - 1)) / product + 2;
  return steps <= kMost ? steps : 0;
}

}  // namespace binade::verify
