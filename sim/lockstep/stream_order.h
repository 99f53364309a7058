// SPDX-License-Identifier: Apache-2.0
// Which elements of a tile lie in which stream vectors, in the orders that models/datapath/core.h states.
#pragma once

#include <cstdint>

#include "models/datapath/core.h"

namespace binade::lockstep {

/// Output elements (row, first_col), (row, first_col + 1), ...; lanes from `cols` on are unspecified.
struct OutputVector {
  std::int64_t row = 0, first_col = 0, cols = 0;
};
OutputVector output_vector(const datapath::CoreConfig& config, const datapath::CoreCommand& command, std::uint64_t vector);

struct StreamElement {
  std::uint64_t vector = 0;
  std::size_t lane = 0;
};
/// A[row][k] and B[k][col] of the tile that makes output element (row, col); k counts from the tile's first.
StreamElement a_element(const datapath::CoreConfig& config, const datapath::CoreCommand& command, std::int64_t row,
                        std::int64_t col, std::int64_t k);
StreamElement b_element(const datapath::CoreConfig& config, const datapath::CoreCommand& command, std::int64_t row,
                        std::int64_t col, std::int64_t k);
/// The bias of output column `col`. Precondition: command.bias.
StreamElement bias_element(const datapath::CoreConfig& config, std::int64_t col);

}  // namespace binade::lockstep
