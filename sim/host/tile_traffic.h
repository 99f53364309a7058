// SPDX-License-Identifier: Apache-2.0
// What the loads and stores of a tile ask of memory, in closed form: DRAM ranges, bytes, transactions of the bus and bursts of the
// device, on the average of the places where a tile may begin. The engines' plans (hw/engines) say the same exactly, element by
// element.
#pragma once

#include <cstdint>

#include "models/operations/forms.h"

namespace binade::sim {

/// Means of one transfer.
struct Transfer {
  double bytes = 0;
  double transactions = 0;  ///< of at most `transaction_bytes`
  double bursts = 0;        ///< of the device, touched in whole or in part
};

struct BurstSizes {
  std::int64_t transaction = 256, device = 64;  ///< bytes, powers of two
};

/// Rows x columns of a matrix that begin at multiples of themselves; `element` bytes each.
struct TilePart {
  std::int64_t rows = 1, columns = 1, element = 1;
};

/// `walk`: of the matrix; its rows and columns are what the walk calls x and k.
Transfer load_transfer(const operations::Walk& walk, const TilePart& part, const BurstSizes& sizes);
Transfer store_transfer(const operations::GemmTarget& target, const TilePart& part, const BurstSizes& sizes);

}  // namespace binade::sim
