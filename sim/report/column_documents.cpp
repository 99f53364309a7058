// SPDX-License-Identifier: Apache-2.0
#include "sim/report/column_documents.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "models/numerics/error.h"

namespace binade::sim {
namespace {

using Json = nlohmann::ordered_json;

Json type_schema(ColumnType type) {
  switch (type) {
    case ColumnType::Text:
      return {{"type", "string"}};
    case ColumnType::Flag:
      return {{"type", "boolean"}};
    case ColumnType::Integer:
      return {{"type", "integer"}};
    case ColumnType::Real:
      return {{"$ref", "#/$defs/real"}};
  }
  throw InvariantError("type_schema: no such type");
}

std::string with_unit(const LayerColumn& column) {
  return column.unit.empty() ? column.meaning : fmt::format("{}; {}", column.meaning, column.unit);
}

}  // namespace

std::string columns_markdown(std::span<const LayerColumn> columns) {
  std::string text = "| layers.csv | report.json | type | unit | meaning | absent for |\n|---|---|---|---|---|---|\n";
  for (const auto& column : columns) {
    const auto path = column.group.empty() ? column.name : fmt::format("{}/{}", column.group, column.name);
    text += fmt::format("| {} | `{}` | {} | {} | {} | {} |\n", column.csv.empty() ? "" : fmt::format("`{}`", column.csv), path,
                        type_text(column.type), column.unit, column.meaning, column.absent);
  }
  return text;
}

Json schema_of(const LayerColumn& column) {
  Json schema = type_schema(column.type);
  if (!column.absent.empty()) schema = {{"oneOf", {schema, {{"type", "null"}}}}};
  schema["description"] = with_unit(column) + (column.absent.empty() ? "" : fmt::format("; null for {}", column.absent));
  return schema;
}

}  // namespace binade::sim
