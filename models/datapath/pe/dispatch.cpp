// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/pe/dispatch.h"

#include "models/datapath/pe/blocked_pe.h"

namespace binade::datapath {

PeFamily pe_family(const CoreConfig& config) {
  using numerics::Accumulate;
  const bool integers = config.format.shared_exponent();
  switch (config.accumulate.policy) {
    case Accumulate::Exact:
      return integers ? PeFamily::Integer : PeFamily::Literal;
    case Accumulate::Blocked:
      return BlockedPe::serves(config) ? PeFamily::Blocked : PeFamily::Literal;
    case Accumulate::Serial:
    case Accumulate::Fp32:
      break;
  }
  return PeFamily::Literal;
}

}  // namespace binade::datapath
