// SPDX-License-Identifier: Apache-2.0
// Line charts of report pages as inline SVG: curves over epochs, and small ones within a table. Colours are CSS classes (`l0`,
// `l1`,
// ...) of the page.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace binade::sim {

inline constexpr int kLineClasses = 12;  ///< of the page; further lines begin again

struct Line {
  std::string name;
  std::vector<std::pair<double, double>> points;  ///< x ascending; a y that is not finite is a gap
  int series = 0;                                 ///< CSS class l<series>
  bool dashed = false;
};

/// All lines on common scales that hold every point; a point shows its numbers on hover. `x_unit`, `y_unit` label the axes.
std::string line_chart(const std::vector<Line>& lines, const std::string& x_unit, const std::string& y_unit);
/// A strip without axes, from its least to its largest value; "-" where there is no point.
std::string sparkline(const std::vector<double>& values, const std::string& tip);
/// Strokes with names, dashed ones too.
std::string line_legend(const std::vector<Line>& lines);

}  // namespace binade::sim
