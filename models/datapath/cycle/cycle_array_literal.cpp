// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/cycle/cycle_array_families.h"
#include "models/datapath/cycle/cycle_array_impl.h"
#include "models/datapath/pe/literal_pe.h"

namespace binade::datapath {

std::unique_ptr<CycleArray> make_literal_array(const CoreConfig& config) {
  return std::make_unique<CycleArrayOf<LiteralPe>>(config);
}

}  // namespace binade::datapath
