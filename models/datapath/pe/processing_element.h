// SPDX-License-Identifier: Apache-2.0
// The contract of a processing element's family, the type that the cycle core's array and the tile kernels are made for. The family
// is chosen once per core, from the format's family and the accumulate policy; widths are run-time values.
#pragma once

#include <concepts>
#include <type_traits>

#include "models/datapath/pe/lane.h"

namespace binade::datapath {

/// Where sums may start from a bias (numerics::bias_starts_sums), sum i becomes what adding the bias to zero gives.
template <class Pe>
concept StartsFromBias = requires(Pe pe, typename Pe::Sums& sums, std::size_t i, numerics::Code bias) {
  pe.start(sums, i, bias);
};

/// Operand: a pre-decoded factor. Sums: a bank of accumulators.
template <class Pe>
concept ProcessingElement =
    (StartsFromBias<Pe> || !Pe::kStartsFromBias) &&
    std::constructible_from<Pe, const CoreConfig&>&& std::is_trivially_copyable_v<typename Pe::Operand>&& std::constructible_from<
        typename Pe::Sums, const Pe&, std::size_t>&& requires(Pe pe, const Pe& same, typename Pe::Sums& sums,
                                                              typename Pe::Sums& other, std::size_t i, std::size_t j, std::size_t n,
                                                              typename Pe::Operand a, const typename Pe::Operand* b,
                                                              std::span<const MacRow<typename Pe::Operand>> rows,
                                                              const CoreCommand& command, const LaneInput& lane,
                                                              numerics::Code code) {
  /// Takes the command's arithmetic fields, zeroes stats().
  pe.begin(command);
  { same.stats() } -> std::same_as<const TileStats&>;
  /// A factor of either side, by its side's format.
  { same.decode_a(code) } -> std::convertible_to<typename Pe::Operand>;
  { same.decode_b(code) } -> std::convertible_to<typename Pe::Operand>;
  /// What an unused lane carries.
  { same.idle() } -> std::same_as<typename Pe::Operand>;
  /// n sums from i on start from zero.
  pe.clear(sums, i, n);
  /// Whether one of its policies has sums that start from a bias.
  { Pe::kStartsFromBias } -> std::convertible_to<bool>;
  /// n sums of `other` from j on become those of `sums` from i on; what they leave behind is unspecified.
  pe.move(sums, i, other, j, n);
  /// One product into every sum of some array rows.
  pe.mac_rows(sums, rows);
  /// Sum i + j += a * b[j], j < n.
  pe.mac_broadcast(sums, i, a, b, n);
  /// The end of a block of `blocked`; called only where kClosesBlocks.
  { Pe::kClosesBlocks } -> std::convertible_to<bool>;
  pe.close(sums, i);
  /// Bias, ReLU, the one rounding; the stored word.
  { pe.finish(sums, i, lane) } -> std::same_as<std::uint64_t>;
};

}  // namespace binade::datapath
