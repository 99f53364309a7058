// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/pe/serial_pe.h"

#include <cmath>
#include <type_traits>

#include "models/numerics/accumulators.h"

namespace binade::datapath {

template <class Step>
double SerialPeOf<Step>::value_of(const numerics::FormatSpec& format, numerics::Code code) {
  return numerics::to_double(numerics::decode(format, code));
}

template <class Step>
bool SerialPeOf<Step>::serves(const numerics::OperandFormats& formats) {
  if constexpr (std::is_same_v<Step, PositStep>) {
    return PositStep::serves(formats.a, formats.b);
  } else {
    using numerics::Family;
    const bool hill = formats.a.family == Family::HillFloat && formats.b.family == Family::HillFloat;
    return formats.out.family != Family::HillFloat || hill;
  }
}

template <class Step>
std::uint64_t SerialPeOf<Step>::finish(Sums& sums, std::size_t i, const LaneInput& lane) {
  double sum = sums.values_[i];
  if (lane.bias) sum = add_bias(sum, lane.bias_code);
  if (lane.relu && std::signbit(sum) && !std::isnan(sum)) sum = 0.0;
  numerics::Events of_no_rounding;  // the sum is a value of the format
  return numerics::encode(formats_.out, numerics::from_double(sum), {rounding_, 0, 0, false}, of_no_rounding);
}

template class SerialPeOf<FloatStep>;
template class SerialPeOf<PositStep>;

}  // namespace binade::datapath
