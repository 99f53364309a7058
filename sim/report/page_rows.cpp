// SPDX-License-Identifier: Apache-2.0
#include "sim/report/page_rows.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

#include "sim/report/csv_report.h"

namespace binade::sim {

using Json = nlohmann::ordered_json;

namespace {

constexpr std::string_view kError = "_error";

/// Null where the row has no such figure.
std::optional<double> figure(const PageColumn* column, std::size_t row) {
  return column != nullptr && column->cells[row].is_number() ? std::optional(column->cells[row].get<double>()) : std::nullopt;
}

std::string cell_text(const Json& value) {
  return value.is_null() ? "" : value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace

PageRows::PageRows() {
  for (const char* const name : {"name", "kind", "source"}) {
    places_.emplace(name, columns_.size());
    columns_.push_back({.name = name});
  }
  columns_[1].meaning = "run, point of a sweep, or training";
  columns_[2].meaning = "the folder or database that it was read from";
}

const PageColumn* PageRows::find(const std::string& name) const {
  const auto found = places_.find(name);
  return found == places_.end() ? nullptr : &columns_[found->second];
}

std::size_t PageRows::add(const std::string& name, const std::string& kind, const std::string& source) {
  for (auto& column : columns_) column.cells.emplace_back();
  columns_[0].cells.back() = name;
  columns_[1].cells.back() = kind;
  columns_[2].cells.back() = source;
  return count_++;
}

void PageRows::set(std::size_t row, const std::string& name, PageRole role, Json value, const std::string& unit,
                   const std::string& meaning) {
  const auto [place, fresh] = places_.try_emplace(name, columns_.size());
  if (fresh) columns_.push_back({.name = name, .role = role, .unit = unit, .meaning = meaning, .cells = std::vector<Json>(count_)});
  PageColumn& column = columns_[place->second];
  if (role == PageRole::Setting) column.role = role;  // format, clock_ghz: said of runs, and keys
  column.cells[row] = std::move(value);
}

void PageRows::set(std::size_t row, const ColumnFacts& column, PageRole role, Json value) {
  std::string name = place_of(column);
  std::replace(name.begin(), name.end(), '/', '.');
  set(row, name, role, std::move(value), column.unit, column.meaning);
}

void PageRows::derive() {
  for (std::size_t row = 0; row < count_; ++row) {
    const auto correct = figure(find("top1.correct"), row), samples = figure(find("top1.samples"), row);
    if (!correct || !samples || *samples <= 0) continue;
    const double share = *correct / *samples;
    set(row, "top1", PageRole::Figure, share, {}, "share of the samples whose best score is their label's");
    set(row, "top1_error", PageRole::Figure, std::sqrt(share * (1 - share) / *samples), {}, "standard error of that share");
  }
}

std::string PageRows::error_of(const std::string& name) const {
  for (const auto& column : columns_) {
    const auto at = column.name.find(kError);
    if (at != std::string::npos && column.name.substr(0, at) + column.name.substr(at + kError.size()) == name) return column.name;
  }
  return {};
}

Json rows_to_json(const PageRows& rows) {
  Json all = Json::array();
  for (std::size_t row = 0; row < rows.count(); ++row) {
    Json& object = all.emplace_back(Json::object());
    for (const auto& column : rows.columns())
      if (!column.cells[row].is_null()) object[column.name] = column.cells[row];
  }
  return all;
}

std::string rows_to_csv(const PageRows& rows) {
  std::vector<std::string> cells;
  for (const auto& column : rows.columns()) cells.push_back(column.name);
  auto text = csv_line(cells);
  for (std::size_t row = 0; row < rows.count(); ++row) {
    cells.clear();
    for (const auto& column : rows.columns()) cells.push_back(cell_text(column.cells[row]));
    text += csv_line(cells);
  }
  return text;
}

}  // namespace binade::sim
