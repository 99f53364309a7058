// SPDX-License-Identifier: Apache-2.0
#include "sim/report/column_documents.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "models/numerics/error.h"

namespace binade::sim {
namespace {

using Json = nlohmann::ordered_json;

Json type_schema(const ColumnFacts& column) {
  switch (column.type) {
    case ColumnType::Text:
      return {{"type", "string"}};
    case ColumnType::Flag:
      return {{"type", "boolean"}};
    case ColumnType::Integer:
      return {{"type", "integer"}};
    case ColumnType::Real:
      if (column.allowed.minimum || column.allowed.maximum) return {{"type", "number"}};
      return {{"$ref", "#/$defs/real"}};
    case ColumnType::Structure:
      break;
  }
  throw InvariantError("type_schema: not a type of figures");
}

/// Of a value that exists.
Json value_schema(const ColumnFacts& column) {
  const auto& allowed = column.allowed;
  if (!allowed.words.empty()) return {{"enum", allowed.words}};
  auto schema = type_schema(column);
  if (allowed.minimum) schema["minimum"] = *allowed.minimum;
  if (allowed.maximum) schema["maximum"] = *allowed.maximum;
  if (!allowed.pattern.empty()) schema["pattern"] = allowed.pattern;
  return schema;
}

/// The type with what is allowed of it; a pattern is for programs to read.
std::string value_text(const ColumnFacts& column) {
  const auto text = column.allowed.pattern.empty() ? constraint_text(column.allowed) : std::string();
  return text.empty() ? type_text(column.type) : fmt::format("{}: {}", type_text(column.type), text);
}

std::string with_unit(const ColumnFacts& column) {
  return column.unit.empty() ? column.meaning : fmt::format("{}; {}", column.meaning, column.unit);
}

}  // namespace

namespace {

/// Of rows that a CSV file has too.
template <typename Owner>
std::string rows_markdown(const std::string& file, const std::vector<Column<Owner>>& columns) {
  std::string text = "| " + file + " | report.json | type | unit | meaning | absent for |\n|---|---|---|---|---|---|\n";
  for (const auto& column : columns)
    text += fmt::format("| {} | `{}` | {} | {} | {} | {} |\n", column.csv.empty() ? "" : fmt::format("`{}`", column.csv),
                        place_of(column), value_text(column), column.unit, column.meaning, column.absent);
  return text;
}

}  // namespace

std::string columns_markdown(const std::vector<LayerColumn>& columns) { return rows_markdown("layers.csv", columns); }
std::string columns_markdown(const std::vector<PassColumn>& columns) { return rows_markdown("passes.csv", columns); }

std::string columns_markdown(const std::vector<RunColumn>& columns) {
  std::string text = "| report.json | type | unit | meaning | absent for |\n|---|---|---|---|---|\n";
  for (const auto& column : columns)
    text += fmt::format("| `{}` | {} | {} | {} | {} |\n", place_of(column), value_text(column), column.unit, column.meaning,
                        column.absent);
  return text;
}

namespace {

template <typename Row>
std::string plain_markdown(const std::string& head, const std::vector<PlainColumn<Row>>& columns) {
  std::string text = fmt::format("| {} | type | unit | meaning | absent for |\n|---|---|---|---|---|\n", head);
  for (const auto& column : columns)
    text +=
        fmt::format("| `{}` | {} | {} | {} | {} |\n", column.name, value_text(column), column.unit, column.meaning, column.absent);
  return text;
}

}  // namespace

std::string columns_markdown(const std::string& head, const std::vector<EpochColumn>& columns) {
  return plain_markdown(head, columns);
}
std::string columns_markdown(const std::string& head, const std::vector<TensorColumn>& columns) {
  return plain_markdown(head, columns);
}
std::string columns_markdown(const std::string& head, const std::vector<TrainingColumn>& columns) {
  return plain_markdown(head, columns);
}

std::string columns_markdown(const std::string& head, const std::vector<CostColumn>& columns) {
  return plain_markdown(head, columns);
}

std::string columns_markdown(const std::string& head, const std::vector<FormatCostColumn>& columns) {
  return plain_markdown(head, columns);
}
std::string columns_markdown(const std::string& head, const std::vector<CoreShareColumn>& columns) {
  return plain_markdown(head, columns);
}

std::string columns_markdown(const std::string& head, const std::vector<PlainColumn<SearchRow>>& columns) {
  return plain_markdown(head, columns);
}

Json schema_of(const ColumnFacts& column) {
  Json schema = value_schema(column);
  if (!column.absent.empty()) schema = {{"oneOf", {schema, {{"type", "null"}}}}};
  schema["description"] = with_unit(column) + (column.absent.empty() ? "" : fmt::format("; null for {}", column.absent));
  return schema;
}

}  // namespace binade::sim
