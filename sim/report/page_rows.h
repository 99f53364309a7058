// SPDX-License-Identifier: Apache-2.0
// The rows of a report page: runs, points of sweeps and trainings, whatever their columns; a row lacks those of other kinds.
#pragma once

#include <cstddef>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/report/columns.h"

namespace binade::sim {

/// Word: what the row is. Setting: a key of its configuration, or an axis of its sweep. Figure: a result.
enum class PageRole { Word, Setting, Figure };

struct PageColumn {
  std::string name;
  PageRole role = PageRole::Word;
  std::string unit = {}, meaning = {};
  std::vector<nlohmann::ordered_json> cells = {};  ///< a value a row, as report.json has it; null: absent
};

class PageRows {
 public:
  PageRows();

  std::size_t count() const { return count_; }
  const std::vector<PageColumn>& columns() const { return columns_; }
  /// Null where there is no such column.
  const PageColumn* find(const std::string& name) const;

  /// A new row, with nothing but its name, its kind (run, point, screened, training) and where it was read.
  std::size_t add(const std::string& name, const std::string& kind, const std::string& source);
  /// A column that is not there yet is made.
  void set(std::size_t row, const std::string& name, PageRole role, nlohmann::ordered_json value, const std::string& unit = {},
           const std::string& meaning = {});
  /// Under its place in report.json with dots.
  void set(std::size_t row, const ColumnFacts& column, PageRole role, nlohmann::ordered_json value);

  /// Figures that follow from others: `top1`, the share classified correctly, and its standard error `top1_error`.
  void derive();
  /// The column of another's error bar, by name: calibrated.area_error_um2 is calibrated.area_um2's; empty: it has none.
  std::string error_of(const std::string& name) const;

 private:
  std::size_t count_ = 0;
  std::vector<PageColumn> columns_;
  std::map<std::string, std::size_t> places_;
};

/// All rows with all columns: a list of objects, without what is absent; and RFC 4180.
nlohmann::ordered_json rows_to_json(const PageRows& rows);
std::string rows_to_csv(const PageRows& rows);

}  // namespace binade::sim
