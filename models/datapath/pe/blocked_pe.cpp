// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/pe/blocked_pe.h"

namespace binade::datapath {

using numerics::Int128;

bool BlockedPe::serves(const CoreConfig& config) { return numerics::accumulator_bits(config.format, config.accumulate) <= 64; }

BlockedPe::BlockedPe(const CoreConfig& config)
    : formats_(config.format), stored_(config), integer_bits_(numerics::blocked_integer_bits(config.format.out)) {
  max_ = static_cast<std::int64_t>((Int128{1} << (numerics::accumulator_bits(config.format, config.accumulate) - 1)) - 1);
  min_ = -max_ - 1;
  fits_ = Int128{config.accumulate.block} << (formats_.a.bits + formats_.b.bits - 2) <= max_;
}

void BlockedPe::begin(const CoreCommand& command) {
  product_shift_ = command.product_shift;
  bias_shift_ = command.bias_shift;
  // |run| < 2^(I-1) and |block| < 2^44: a left shift of the block by at most 18 places, or of the run by at most 40, fits.
  direct_ = integer_bits_ <= 20 && product_shift_ >= -6 && product_shift_ <= 40;
  stats_ = {};
}

std::uint64_t BlockedPe::finish(Sums& sums, std::size_t i, const LaneInput& lane) {
  close(sums, i);  // an open block; a closed one is zero and changes nothing
  std::int64_t run = sums.runs_[i];
  if (lane.bias) run = add_bias(run, lane.bias_code);
  if (lane.relu) run = std::max<std::int64_t>(run, 0);
  const std::int64_t stored = std::clamp(run, formats_.out.min_mantissa(), formats_.out.max_mantissa());
  const bool clamped = stored != run;
  if (clamped) {
    ++stats_.events.saturation;
    ++stats_.events.inexact;
  }
  stored_.note(stored, clamped && formats_.out.family != numerics::Family::Flex, stats_);
  return stored_.raw() ? static_cast<std::uint64_t>(stored) : numerics::code_of_mantissa(formats_.out, stored);
}

}  // namespace binade::datapath
