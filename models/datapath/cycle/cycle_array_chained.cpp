// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/cycle/cycle_array_families.h"
#include "models/datapath/cycle/cycle_array_impl.h"
#include "models/datapath/pe/chained_pe.h"

namespace binade::datapath {

std::unique_ptr<CycleArray> make_chained_array(const CoreConfig& config) {
  return std::make_unique<CycleArrayOf<ChainedPe>>(config);
}

}  // namespace binade::datapath
