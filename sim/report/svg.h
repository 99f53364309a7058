// SPDX-License-Identifier: Apache-2.0
// The horizontal bar charts of report.html as inline SVG. Colours are CSS classes (`s0`, `s1`, ...) of the page.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace binade::sim {

/// Text safe in HTML and SVG.
std::string escaped(std::string_view text);

struct Segment {
  double value = 0;
  int series = 0;   ///< CSS class s<series>
  std::string tip;  ///< shown on hover
};
struct Bar {
  std::string label;
  std::vector<Segment> segments;  ///< stacked from the left
  std::string note;               ///< right of the bar
};

/// One row per bar on a common scale that starts at 0. `unit` labels the axis.
std::string stacked_bars(const std::vector<Bar>& bars, const std::string& unit);
/// One row per bar with its segments below one another, each from 0.
std::string grouped_bars(const std::vector<Bar>& bars, const std::string& unit);
/// Swatches with names, series 0, 1, ...
std::string legend(const std::vector<std::string>& names);

}  // namespace binade::sim
