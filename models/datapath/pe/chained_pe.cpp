// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/pe/chained_pe.h"

namespace binade::datapath {

using numerics::Int128;

ChainedPe::ChainedPe(const CoreConfig& config) : formats_(config.format), steps_(config) {
  max_ = static_cast<std::int64_t>((Int128{1} << (numerics::accumulator_bits(config.format, config.accumulate) - 1)) - 1);
  min_ = -max_ - 1;
  fits_ = Int128{config.accumulate.chain} << (formats_.a.bits + formats_.b.bits - 2) <= max_;
}

}  // namespace binade::datapath
