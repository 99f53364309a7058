// SPDX-License-Identifier: Apache-2.0
#include "sim/report/svg_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/report/svg.h"

namespace binade::sim {
namespace {

// Pixels of the viewBox; the page scales it to its width.
constexpr double kWidth = 960, kHeight = 260, kLeft = 64, kRight = 12, kTop = 18, kBottom = 24;

/// An axis whose ends are multiples of its step.
struct Axis {
  double least = 0, most = 1, step = 1;
  double share(double value) const { return (value - least) / (most - least); }
};

/// 1, 2 or 5 times a power of ten, so that about five steps reach from the least to the largest value.
Axis axis_of(double least, double most, bool whole_steps) {
  if (!(most > least)) most = least + (least != 0 ? std::abs(least) : 1), least = std::min(least, 2 * least - most + 1e-300);
  const double raw = (most - least) / 5, magnitude = std::pow(10.0, std::floor(std::log10(raw)));
  double step = 10 * magnitude;
  for (const double factor : {5.0, 2.0, 1.0})
    if (raw <= factor * magnitude) step = factor * magnitude;
  if (whole_steps) step = std::max(step, 1.0);
  return {std::floor(least / step) * step, std::ceil(most / step) * step, step};
}

struct Range {
  double least = std::numeric_limits<double>::infinity(), most = -std::numeric_limits<double>::infinity();
  void add(double value) {
    if (!std::isfinite(value)) return;
    least = std::min(least, value);
    most = std::max(most, value);
  }
  bool empty() const { return !(least <= most); }
};

/// Pieces of a polyline between gaps.
template <typename At>
std::string polylines(const std::vector<std::pair<double, double>>& points, const std::string& classes, At at) {
  std::string svg, piece;
  const auto close = [&] {
    if (!piece.empty()) svg += fmt::format("<polyline class=\"{}\" points=\"{}\"/>\n", classes, piece);
    piece.clear();
  };
  for (const auto& [x, y] : points) {
    if (std::isfinite(y)) {
      const auto [px, py] = at(x, y);
      piece += fmt::format("{}{:.1f},{:.1f}", piece.empty() ? "" : " ", px, py);
    } else {
      close();
    }
  }
  close();
  return svg;
}

std::string line_classes(const Line& line) {
  return fmt::format("line l{}{}", line.series % kLineClasses, line.dashed ? " dashed" : "");
}

}  // namespace

std::string line_chart(const std::vector<Line>& lines, const std::string& x_unit, const std::string& y_unit) {
  Range xs, ys;
  for (const auto& line : lines)
    for (const auto& [x, y] : line.points)
      if (std::isfinite(y)) xs.add(x), ys.add(y);
  if (ys.empty()) return "<p>Nothing to show.</p>\n";
  const Axis x_axis = axis_of(xs.least, xs.most, true), y_axis = axis_of(ys.least, ys.most, false);
  const auto at = [&](double x, double y) {
    return std::pair{kLeft + x_axis.share(x) * (kWidth - kLeft - kRight),
                     kHeight - kBottom - y_axis.share(y) * (kHeight - kTop - kBottom)};
  };
  auto svg = fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\">\n", kWidth, kHeight);
  const auto ticks = [](const Axis& axis) { return static_cast<int>(std::lround((axis.most - axis.least) / axis.step)); };
  for (int i = 0; i <= ticks(y_axis); ++i) {
    const double value = y_axis.least + i * y_axis.step;
    const auto [left, y] = at(x_axis.least, value);
    svg +=
        fmt::format("<line class=\"grid\" x1=\"{0:.1f}\" x2=\"{1:.1f}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/>", left, kWidth - kRight, y);
    svg += fmt::format("<text class=\"tick\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{:.4g}</text>\n", left - 6, y + 4,
                       std::abs(value) < y_axis.step / 2 ? 0.0 : value);
  }
  for (int i = 0; i <= ticks(x_axis); ++i) {
    const double value = x_axis.least + i * x_axis.step;
    svg += fmt::format("<text class=\"tick\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{:g}</text>\n",
                       at(value, y_axis.least).first, kHeight - kBottom + 16, value);
  }
  svg += fmt::format("<text class=\"tick\" x=\"{}\" y=\"12\">{}</text>", 0, escaped(y_unit));
  svg += fmt::format("<text class=\"tick\" x=\"0\" y=\"{:.1f}\">{}</text>\n", kHeight - kBottom + 16, escaped(x_unit));
  for (const auto& line : lines) {
    svg += polylines(line.points, line_classes(line), at);
    for (const auto& [x, y] : line.points) {
      if (!std::isfinite(y)) continue;
      const auto [px, py] = at(x, y);
      svg += fmt::format("<circle class=\"s{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\"><title>{}, {} {:g}: {:.6g}</title></circle>\n",
                         line.series % kLineClasses, px, py, escaped(line.name), escaped(x_unit), x, y);
    }
  }
  return svg + "</svg>\n";
}

std::string sparkline(const std::vector<double>& values, const std::string& tip) {
  constexpr double kSparkWidth = 120, kSparkHeight = 22, kMargin = 2;
  Range range;
  for (const double value : values) range.add(value);
  if (range.empty()) return "-";
  std::vector<std::pair<double, double>> points;
  for (std::size_t i = 0; i < values.size(); ++i) points.emplace_back(static_cast<double>(i), values[i]);
  if (points.size() == 1) points.emplace_back(1.0, points.front().second);
  const double last = points.back().first, height = range.most > range.least ? range.most - range.least : 1;
  const auto at = [&](double x, double y) {
    return std::pair{kMargin + x / last * (kSparkWidth - 2 * kMargin),
                     kSparkHeight - kMargin - (y - range.least) / height * (kSparkHeight - 2 * kMargin)};
  };
  return fmt::format("<svg class=\"spark\" viewBox=\"0 0 {} {}\" role=\"img\"><title>{}</title>{}</svg>", kSparkWidth, kSparkHeight,
                     escaped(tip), polylines(points, "line l0", at));
}

std::string line_legend(const std::vector<Line>& lines) {
  std::string html = "<p class=\"legend\">";
  for (const auto& line : lines)
    html += fmt::format(
        "<span><svg class=\"swatch\" viewBox=\"0 0 10 10\"><line class=\"{}\" x1=\"0\" x2=\"10\" y1=\"5\" "
        "y2=\"5\"/></svg>{}</span> ",
        line_classes(line), escaped(line.name));
  return html + "</p>\n";
}

}  // namespace binade::sim
