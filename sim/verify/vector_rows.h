// SPDX-License-Identifier: Apache-2.0
// Vectors of an arithmetic unit as rows of inputs and of expected outputs, for files.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sim/verify/unit.h"

namespace binade::verify {

struct VectorChoice {
  int level = 1;  ///< 1: directed; 2: half of them random
  std::uint64_t count = 0, seed = 0;
  std::vector<std::string> roundings;  ///< which take turns; empty: all of the unit
};

struct VectorRows {
  Pins inputs, outputs;
  std::vector<std::pair<Row, Row>> rows;
  bool exhaustive = false;  ///< every operand in every mode

  /// The word of the mode; empty where the unit has none.
  std::string rounding_of(const Row& in) const;
};

/// About choice.count vectors: all there are where that is no more, else spread over those of a corner run. Throws InputError on a
/// rounding that the unit lacks.
VectorRows draw_vectors(const Unit& unit, const VectorChoice& choice);

std::string names_of(const Pins& pins);                   ///< with commas between
std::string cells_of(const Pins& pins, const Row& row);   ///< hexadecimal digits, with commas between
int bits_of(const Pins& pins);                            ///< together
std::string packed_of(const Pins& pins, const Row& row);  ///< all pins as one number, the first highest

}  // namespace binade::verify
