// SPDX-License-Identifier: Apache-2.0
// What the documents say of the report's columns: docs/report.md and docs/report.schema.json are held to it by a test.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "sim/report/columns.h"
#include "sim/report/format_cost_columns.h"
#include "sim/report/passes.h"
#include "sim/report/search_report.h"
#include "sim/report/training_columns.h"

namespace binade::sim {

/// The tables of docs/report.md: a row a column.
std::string columns_markdown(const std::vector<LayerColumn>& columns);
std::string columns_markdown(const std::vector<PassColumn>& columns);
std::string columns_markdown(const std::vector<RunColumn>& columns);

/// The tables of docs/training.md; `head`: the file whose columns they are.
std::string columns_markdown(const std::string& head, const std::vector<EpochColumn>& columns);
std::string columns_markdown(const std::string& head, const std::vector<TensorColumn>& columns);
std::string columns_markdown(const std::string& head, const std::vector<TrainingColumn>& columns);
std::string columns_markdown(const std::string& head, const std::vector<CostColumn>& columns);

/// Those of docs/cost.md.
std::string columns_markdown(const std::string& head, const std::vector<FormatCostColumn>& columns);
std::string columns_markdown(const std::string& head, const std::vector<CoreShareColumn>& columns);

/// That of docs/search.md.
std::string columns_markdown(const std::string& head, const std::vector<PlainColumn<SearchRow>>& columns);

/// What JSON Schema allows for a column: its type, with the words for figures that are not finite, and its constraint.
nlohmann::ordered_json schema_of(const ColumnFacts& column);

}  // namespace binade::sim
