// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/pe/serial_pe.h"

#include <cmath>

#include "models/numerics/accumulators.h"

namespace binade::datapath {

template <class Step>
double SerialPeOf<Step>::value_of(numerics::Code code) const {
  return numerics::to_double(numerics::decode(format_, code));
}

template <class Step>
std::uint64_t SerialPeOf<Step>::finish(Sums& sums, std::size_t i, const LaneInput& lane) {
  double sum = sums.values_[i];
  if (lane.bias) sum = step_(add_to_odd(sum, decode(lane.bias_code)), stats_.events);
  if (lane.relu && std::signbit(sum) && !std::isnan(sum)) sum = 0.0;
  numerics::Events of_no_rounding;  // the sum is a value of the format
  return numerics::encode(format_, numerics::from_double(sum), {rounding_, 0, 0, false}, of_no_rounding);
}

template class SerialPeOf<FloatStep>;
template class SerialPeOf<PositStep>;

}  // namespace binade::datapath
