// SPDX-License-Identifier: Apache-2.0
// Operands of matrix products as stimuli: what a training step multiplied, instead of numbers that are drawn. A unit cuts a product
// into items of its own: a processing element into sums, the core into tiles.
#pragma once

#include <cstdint>

#include "models/programs/training/step_product.h"
#include "sim/verify/unit.h"

namespace binade::verify {

/// What a unit makes of a product.
struct OperandItems {
  std::uint64_t count = 0;    ///< 0: it takes none
  std::uint64_t vectors = 1;  ///< operations of each (Stimulus::vectors)
};

/// Items first, first + every, ... of a product, `count` of them.
struct OperandBlock {
  const programs::ProductOperands& operands;
  std::uint64_t first = 0, every = 1, count = 0;
  Stalls stalls = Stalls::None;
  std::uint64_t seed = 0;

  std::uint64_t item(std::uint64_t index) const { return first + index * every; }
};

/// A sum of a product by its number: parts, rows, columns, the last fastest.
struct SumPlace {
  std::int64_t part = 0, row = 0, col = 0;
};
inline SumPlace sum_of(const operations::GemmShape& shape, std::uint64_t number) {
  const auto index = static_cast<std::int64_t>(number), sums = shape.m * shape.n;
  return {index / sums, index % sums / shape.n, index % shape.n};
}
inline std::uint64_t sums_of(const programs::ProductOperands& operands) {
  const operations::GemmShape& shape = operands.product().form.shape;
  return static_cast<std::uint64_t>(operands.parts() * shape.m * shape.n);
}

}  // namespace binade::verify
