// SPDX-License-Identifier: Apache-2.0
// What a training run says of an epoch, of a tensor in an epoch, of what it costs, and of itself, one row a figure. history.csv,
// tensors.csv, cost.csv, the report.json of training both ways, its schema, the table of a comparison and docs/training.md follow
// from these rows.
#pragma once

#include <vector>

#include "sim/report/plain_columns.h"
#include "sim/report/training_report.h"

namespace binade::sim {

using EpochColumn = PlainColumn<EpochRow>;
using TensorColumn = PlainColumn<TensorRow>;
using TrainingColumn = PlainColumn<TrainingReport>;
using CostColumn = PlainColumn<CostRow>;

const std::vector<EpochColumn>& epoch_columns();
const std::vector<TensorColumn>& tensor_columns();
const std::vector<CostColumn>& cost_columns();
/// Of the run itself, before configuration, history and tensors.
const std::vector<TrainingColumn>& training_columns();

}  // namespace binade::sim
