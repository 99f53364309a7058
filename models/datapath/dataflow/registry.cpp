// SPDX-License-Identifier: Apache-2.0
// Every dataflow that a core may have.
#include <array>

#include "models/datapath/dataflow/dataflow.h"
#include "models/numerics/error.h"

namespace binade::datapath {

const DataflowRules& output_stationary();
const DataflowRules& weight_stationary();

std::span<const DataflowRules* const> all_dataflows() {
  static const std::array kAll{
      &output_stationary(),
      &weight_stationary(),
  };
  return kAll;
}

const DataflowRules& rules_of(Dataflow dataflow) {
  for (const DataflowRules* rules : all_dataflows())
    if (rules->dataflow() == dataflow) return *rules;
  throw InvariantError("Dataflow: no such enumerator");
}

}  // namespace binade::datapath
