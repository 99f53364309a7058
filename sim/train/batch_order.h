// SPDX-License-Identifier: Apache-2.0
// In which order an epoch goes through its samples.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace binade::sim {

enum class OrderKind : std::uint8_t { Shuffled, Sequential };
std::string_view to_string(OrderKind kind);
/// shuffled or sequential; throws InputError that starts with `where`.
OrderKind parse_order(std::string_view word, std::string_view where);

/// Sample numbers 0 .. samples - 1 in the order of epoch number `epoch`. Shuffled: Durstenfeld's form of the Fisher-Yates shuffle
/// (CACM 7, 1964, algorithm 235) with draws that follow from (seed, epoch) alone, so any epoch's order is known without those
/// before. A draw is one of 2^32 values, so orders are equally probable to within samples / 2^32.
std::vector<std::int64_t> epoch_order(OrderKind kind, std::int64_t samples, std::uint64_t seed, std::int64_t epoch);

/// Batches of an epoch: the last one may be short, and is one all the same.
constexpr std::int64_t batches_of(std::int64_t samples, std::int64_t batch) { return (samples + batch - 1) / batch; }

}  // namespace binade::sim
