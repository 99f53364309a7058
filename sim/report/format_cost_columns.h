// SPDX-License-Identifier: Apache-2.0
// The columns of `binade cost`, one row a figure: CSV, JSON, its schema and docs/cost.md follow from them.
#pragma once

#include <vector>

#include "sim/report/format_cost.h"
#include "sim/report/plain_columns.h"

namespace binade::sim {

using FormatCostColumn = PlainColumn<FormatCostRow>;
using CoreShareColumn = PlainColumn<CoreShareRow>;

const std::vector<FormatCostColumn>& format_cost_columns();
const std::vector<CoreShareColumn>& core_share_columns();

}  // namespace binade::sim
