// SPDX-License-Identifier: Apache-2.0
// A run's tables of what its core costs in a cell library, and its memories on the chip.
#pragma once

#include <memory>
#include <string>

namespace binade::cost {
class CalibratedTable;
class MemoryTable;
}  // namespace binade::cost

namespace binade::sim {

struct CalibratedCosts {
  std::shared_ptr<const cost::CalibratedTable> table;  ///< never null
  std::shared_ptr<const cost::MemoryTable> memories;   ///< null: published figures
  std::string digest;                                  ///< of the tables' files
  bool fixed_operands = false;                         ///< elements are priced by expected operands, not by those of the run
};

}  // namespace binade::sim
