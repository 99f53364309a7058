// SPDX-License-Identifier: Apache-2.0
#include "sim/report/svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace binade::sim {
namespace {

// Pixels of the viewBox; the page scales it to its width.
constexpr double kWidth = 960, kLabelWidth = 170, kNoteWidth = 90, kAxisHeight = 26;
constexpr double kPlotWidth = kWidth - kLabelWidth - kNoteWidth;

/// 1, 2 or 5 times a power of ten, so that about five steps reach `maximum`.
double tick_step(double maximum) {
  const double raw = maximum / 5, magnitude = std::pow(10.0, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (raw <= factor * magnitude) return factor * magnitude;
  return 10 * magnitude;
}

std::string tick_text(double value) {
  for (const auto& [scale, suffix] : {std::pair{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}})
    if (value >= scale) return fmt::format("{:g}{}", value / scale, suffix);
  return fmt::format("{:g}", value);
}

class Canvas {
 public:
  Canvas(double maximum, double height, const std::string& unit) : scale_(kPlotWidth / maximum) {
    svg_ = fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\">\n", kWidth, height + kAxisHeight);
    const double step = tick_step(maximum);
    for (int i = 0; i * step <= maximum * 1.0001; ++i) {
      const double at = x(i * step);
      svg_ += fmt::format("<line class=\"grid\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"0\" y2=\"{1:.1f}\"/>", at, height);
      svg_ += fmt::format("<text class=\"tick\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n", at, height + 16,
                          tick_text(i * step));
    }
    svg_ += fmt::format("<text class=\"tick\" x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n", kWidth, height + 16,
                        escaped(unit));
  }

  double x(double value) const { return kLabelWidth + value * scale_; }

  void row_texts(const Bar& bar, double middle) {
    svg_ += fmt::format("<text class=\"label\" x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>", kLabelWidth - 8, middle + 4,
                        escaped(shortened(bar.label)));
    svg_ += fmt::format("<text class=\"note\" x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n", kWidth, middle + 4,
                        escaped(bar.note));
  }
  void rectangle(double from, const Segment& segment, double y, double height) {
    svg_ +=
        fmt::format("<rect class=\"s{}\" x=\"{:.2f}\" y=\"{:.1f}\" width=\"{:.2f}\" height=\"{:.1f}\"><title>{}</title></rect>\n",
                    segment.series, x(from), y, segment.value * scale_, height, escaped(segment.tip));
  }
  std::string finish() { return svg_ + "</svg>\n"; }

 private:
  static std::string shortened(const std::string& label) {
    constexpr std::size_t kLongest = 24;
    return label.size() <= kLongest ? label : label.substr(0, kLongest - 1) + "\u2026";
  }

  double scale_;
  std::string svg_;
};

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string stacked_bars(const std::vector<Bar>& bars, const std::string& unit) {
  constexpr double kRow = 22, kBar = 15;
  double maximum = 0;
  for (const auto& bar : bars) {
    double sum = 0;
    for (const auto& segment : bar.segments) sum += segment.value;
    maximum = std::max(maximum, sum);
  }
  if (!(maximum > 0)) return "<p>Nothing to show.</p>\n";
  Canvas canvas(maximum, kRow * static_cast<double>(bars.size()), unit);
  for (std::size_t i = 0; i < bars.size(); ++i) {
    const double top = kRow * static_cast<double>(i);
    canvas.row_texts(bars[i], top + kRow / 2);
    double from = 0;
    for (const auto& segment : bars[i].segments) {
      if (segment.value > 0) canvas.rectangle(from, segment, top + (kRow - kBar) / 2, kBar);
      from += segment.value;
    }
  }
  return canvas.finish();
}

std::string grouped_bars(const std::vector<Bar>& bars, const std::string& unit) {
  constexpr double kBar = 8, kGap = 8;
  double maximum = 0, height = 0;
  for (const auto& bar : bars) {
    for (const auto& segment : bar.segments) maximum = std::max(maximum, segment.value);
    height += kGap + kBar * static_cast<double>(bar.segments.size());
  }
  if (!(maximum > 0)) return "<p>Nothing to show.</p>\n";
  Canvas canvas(maximum, height, unit);
  double top = 0;
  for (const auto& bar : bars) {
    const double thickness = kGap + kBar * static_cast<double>(bar.segments.size());
    canvas.row_texts(bar, top + thickness / 2);
    double y = top + kGap / 2;
    for (const auto& segment : bar.segments) {
      if (segment.value > 0) canvas.rectangle(0, segment, y, kBar - 1);
      y += kBar;
    }
    top += thickness;
  }
  return canvas.finish();
}

std::string legend(const std::vector<std::string>& names) {
  std::string html = "<p class=\"legend\">";
  for (std::size_t i = 0; i < names.size(); ++i)
    html += fmt::format(
        "<span><svg class=\"swatch\" viewBox=\"0 0 10 10\"><rect class=\"s{}\" width=\"10\" height=\"10\"/></svg>{}</span> ", i,
        escaped(names[i]));
  return html + "</p>\n";
}

}  // namespace binade::sim
