// SPDX-License-Identifier: Apache-2.0
// A run's table of what its core costs in a cell library.
#pragma once

#include <memory>
#include <string>

namespace binade::cost {
class CalibratedTable;
}

namespace binade::sim {

struct CalibratedCosts {
  std::shared_ptr<const cost::CalibratedTable> table;  ///< never null
  std::string digest;                                  ///< of the table's file
  bool fixed_operands = false;                         ///< elements are priced by expected operands, not by those of the run
};

}  // namespace binade::sim
