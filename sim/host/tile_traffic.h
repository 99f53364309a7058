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
  double rows = 0;  ///< sets of DRAM rows that it goes into, one of each bank group and channel; less than one of a few bytes
};

struct BurstSizes {
  std::int64_t transaction = 256, device = 64, rows = 32768;  ///< bytes, powers of two; rows: of a set of them
};

/// Rows x columns of a matrix that begin at multiples of themselves; `element` bytes each.
struct TilePart {
  std::int64_t rows = 1, columns = 1, element = 1;
};

/// Of a part of `whole`, whose rows and columns are what the walk calls x and k.
Transfer load_transfer(const operations::Walk& walk, const TilePart& whole, const TilePart& part, const BurstSizes& sizes);
Transfer store_transfer(const operations::GemmTarget& target, const TilePart& whole, const TilePart& part, const BurstSizes& sizes);

}  // namespace binade::sim
