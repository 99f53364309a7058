// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/pe/dispatch.h"

#include "models/datapath/pe/blocked_pe.h"
#include "models/datapath/pe/posit_step.h"
#include "models/numerics/error.h"

namespace binade::datapath {

PeFamily pe_family(const CoreConfig& config) {
  using numerics::Accumulate;
  const bool integers = config.format.shared_exponent();
  switch (config.accumulate.policy) {
    case Accumulate::Exact:
      return integers ? PeFamily::Integer : PeFamily::Quire;
    case Accumulate::Blocked:
      return BlockedPe::serves(config) ? PeFamily::Blocked : PeFamily::Literal;
    case Accumulate::Serial:
      if (integers) return PeFamily::IntegerSerial;
      if (config.format.family != numerics::Family::Posit) return PeFamily::Serial;
      return PositStep::serves(config.format) ? PeFamily::PositSerial : PeFamily::Literal;
    case Accumulate::Fp32:
      return PeFamily::Fp32;
  }
  throw InvariantError("pe_family: no such policy");
}

}  // namespace binade::datapath
