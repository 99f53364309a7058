// SPDX-License-Identifier: Apache-2.0
#include "models/operations/chain/chain_store.h"

#include <algorithm>

#include "models/numerics/vector_codec.h"
#include "models/numerics/vector_round.h"
#include "models/operations/stored_integers.h"
#include "models/operations/vector_fast.h"
#include "models/operations/vector_loops.h"

namespace binade::operations {

std::byte* place_of(const ChainForm& form, const ChainTarget& target, std::int64_t first) {
  return target.bytes.data() + (form.out + first) * target.format.format.storage_bytes();
}

void ChainStore::store(ChainTarget& target, const double* values, std::int64_t first, std::size_t count) {
  const numerics::FormatSpec& format = target.format.format;
  datapath::TileStats& stats = target.stats;
  std::byte* const place = place_of(form_, target, first);
  if (numerics::is_binary32(format, target.format.rounding))
    return numerics::encode_binary32(values, count, place, nullptr, stats.events);
  const auto lsb = static_cast<int>(lsb_exponent(format, target.exponent));
  if (loops::store_integers(values, count, target.format, lsb, place, stats)) return;
  codes_.resize(count);
  if (target.format.rounding == numerics::Rounding::Sr) {
    random_.resize(count);
    numerics::random_run(target.seed, target.tensor, static_cast<std::uint64_t>(form_.first + first), count, random_.data());
  }
  const std::uint64_t saturations = stats.events.saturation;
  numerics::encode_values(format, {.rounding = target.format.rounding, .lsb_exponent = target.exponent}, values, random_.data(),
                          count, codes_.data(), stats.events);
  if (format.shared_exponent()) {
    const loops::MantissaScan scan = loops::scan_mantissas(codes_.data(), format.bits, format.max_mantissa(), count);
    stats.max_abs = std::max(stats.max_abs, static_cast<std::uint64_t>(scan.largest));
    stats.mantissa_overflows += format.family == numerics::Family::Flex ? scan.at_limit : stats.events.saturation - saturations;
  }
  loops::narrow(codes_.data(), format.storage_bytes(), count, place);
}

void ChainStore::store(ChainTarget& target, const float* values, std::int64_t first, std::size_t count) {
  const auto lsb = static_cast<int>(lsb_exponent(target.format.format, target.exponent));
  if (loops::store_integers(values, count, target.format, lsb, place_of(form_, target, first), target.stats)) return;
  wide_.assign(values, values + count);
  store(target, wide_.data(), first, count);
}

}  // namespace binade::operations
