// SPDX-License-Identifier: Apache-2.0
// Tables for people: which figures they show, under which heads, in which order. Text and page are made of the same rows.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/report/passes.h"
#include "sim/report/run_report.h"

namespace binade::sim {

/// PageAndMixed: on the page, and in the text of a run whose layers are of different formats. PageAndCalibrated: likewise where a
/// calibrated table priced a core. Steps: of training steps only.
enum class ShownIn { Both, Page, PageAndMixed, PageAndCalibrated, Steps };

/// A column of a table whose rows are layers, passes or runs.
template <typename Row>
struct ShownColumn {
  std::string_view head;
  char align = 'r';  ///< of the text: l, r
  ShownIn where = ShownIn::Both;
  std::string (*cell)(const Row&, const RunReport&) = nullptr;
  std::string (*total)(const RunReport&) = nullptr;  ///< of the text's last row; null: empty
  std::string_view page_head = {};                   ///< where it is another one
};

/// Those of `columns` that the page of a report shows, or its text.
template <typename Row>
std::vector<ShownColumn<Row>> shown_on_page(std::span<const ShownColumn<Row>> columns, bool step) {
  std::vector<ShownColumn<Row>> shown;
  for (const auto& column : columns)
    if (column.where != ShownIn::Steps || step) shown.push_back(column);
  return shown;
}
template <typename Row>
std::vector<ShownColumn<Row>> shown_in_text(std::span<const ShownColumn<Row>> columns, bool step, bool mixed, bool calibrated) {
  std::vector<ShownColumn<Row>> shown;
  for (const auto& column : columns) {
    const bool here = column.where == ShownIn::Both || (column.where == ShownIn::PageAndMixed && mixed) ||
                      (column.where == ShownIn::PageAndCalibrated && calibrated) || (column.where == ShownIn::Steps && step);
    if (here) shown.push_back(column);
  }
  return shown;
}

/// Of a run of some passes of a training step, which of them its rates are of, to stand behind a rate; otherwise empty.
std::string of_passes_alone(const RunReport& report);

std::span<const ShownColumn<LayerReport>> layer_table();
/// Of a training step.
std::span<const ShownColumn<PassTotals>> pass_table();
/// Of a comparison, less the first: what the runs are called.
std::span<const ShownColumn<RunReport>> run_table();

}  // namespace binade::sim
