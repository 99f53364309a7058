// SPDX-License-Identifier: Apache-2.0
// Tables of tables.h as HTML.
#pragma once

#include <fmt/format.h>

#include <span>
#include <string>

#include "sim/report/svg.h"
#include "sim/report/tables.h"

namespace binade::sim {

/// `first`: the head of a column before them; empty: none.
template <typename Row>
std::string header_row(std::span<const ShownColumn<Row>> columns, std::string_view first = {}) {
  std::string html = first.empty() ? "<tr>" : fmt::format("<tr><th>{}</th>", first);
  for (const auto& column : columns) html += fmt::format("<th>{}</th>", column.page_head.empty() ? column.head : column.page_head);
  return html + "</tr>\n";
}

template <typename Row>
std::string cells(std::span<const ShownColumn<Row>> columns, const Row& row, const RunReport& run) {
  std::string html;
  for (const auto& column : columns) html += fmt::format("<td>{}</td>", escaped(column.cell(row, run)));
  return html;
}

}  // namespace binade::sim
