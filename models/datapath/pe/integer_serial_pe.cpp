// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/pe/integer_serial_pe.h"

#include <algorithm>

#include "models/numerics/accumulators.h"
#include "models/numerics/arithmetic.h"

namespace binade::datapath {

std::int64_t IntegerSerialPe::add_bias(std::int64_t sum, numerics::Code bias) {
  const numerics::Unpacked term = numerics::from_integer(numerics::mantissa_of(formats_.out, bias), -bias_shift_);
  const numerics::Unpacked exact = numerics::add(numerics::from_integer(sum, 0), term);
  const numerics::FormatSpec in_lsbs = numerics::in_output_lsbs(formats_.out);
  return numerics::mantissa_of(formats_.out, numerics::encode_step(in_lsbs, exact, {rounding_, 0, 0, false}, stats_.events));
}

std::uint64_t IntegerSerialPe::finish(Sums& sums, std::size_t i, const LaneInput& lane) {
  std::int64_t sum = sums.values_[i];
  const std::uint64_t saturations = stats_.events.saturation;
  if (lane.bias) sum = add_bias(sum, lane.bias_code);
  const bool clamped = stats_.events.saturation != saturations;
  if (lane.relu) sum = std::max<std::int64_t>(sum, 0);
  stored_.note(sum, clamped && formats_.out.family != numerics::Family::Flex, stats_);
  return stored_.raw() ? static_cast<std::uint64_t>(sum) : numerics::code_of_mantissa(formats_.out, sum);
}

}  // namespace binade::datapath
