// SPDX-License-Identifier: Apache-2.0
// Tables for people: which figures they show, under which heads, in which order. Text and page are made of the same rows.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/report/run_report.h"

namespace binade::sim {

/// PageAndMixed: on the page, and in the text of a run whose layers are of different formats.
enum class ShownIn { Both, Page, PageAndMixed };

/// A column of a table whose rows are layers, or runs.
template <typename Row>
struct ShownColumn {
  std::string_view head;
  char align = 'r';  ///< of the text: l, r
  ShownIn where = ShownIn::Both;
  std::string (*cell)(const Row&, const RunReport&) = nullptr;
  std::string (*total)(const RunReport&) = nullptr;  ///< of the text's last row; null: empty
  std::string_view page_head = {};                   ///< where it is another one
};

std::span<const ShownColumn<LayerReport>> layer_table();
/// Of a comparison, less the first: what the runs are called.
std::span<const ShownColumn<RunReport>> run_table();

}  // namespace binade::sim
