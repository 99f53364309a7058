// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/pe/dispatch.h"

#include "models/datapath/pe/blocked_pe.h"
#include "models/datapath/pe/quire_pe.h"
#include "models/datapath/pe/serial_pe.h"
#include "models/numerics/error.h"

namespace binade::datapath {

PeFamily pe_family(const CoreConfig& config) {
  using numerics::Accumulate;
  const bool integers = config.format.integers();
  switch (config.accumulate.policy) {
    case Accumulate::Exact:
      if (integers) return PeFamily::Integer;
      return QuirePe::serves(config) ? PeFamily::Quire : PeFamily::Literal;
    case Accumulate::Blocked:
      return BlockedPe::serves(config) ? PeFamily::Blocked : PeFamily::Literal;
    case Accumulate::Serial:
      if (numerics::is_directed(config.accumulate.rounding)) return PeFamily::Literal;
      if (integers) return config.format.integers_to_float() ? PeFamily::Literal : PeFamily::IntegerSerial;
      if (config.format.a.family != numerics::Family::Posit)
        return SerialPe::serves(config.format) ? PeFamily::Serial : PeFamily::Literal;
      return PositSerialPe::serves(config.format) ? PeFamily::PositSerial : PeFamily::Literal;
    case Accumulate::Fp32:
      return PeFamily::Fp32;
    case Accumulate::Chained:
      return PeFamily::Chained;
  }
  throw InvariantError("pe_family: no such policy");
}

}  // namespace binade::datapath
