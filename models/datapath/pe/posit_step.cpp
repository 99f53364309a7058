// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/pe/posit_step.h"

#include "models/numerics/accumulators.h"

namespace binade::datapath {

double PositStep::by_codec(double value, numerics::Events& events) const {
  return numerics::to_double(
      numerics::decode(format_, numerics::encode_step(format_, numerics::from_double(value), {rounding_, 0, 0, false}, events)));
}

}  // namespace binade::datapath
