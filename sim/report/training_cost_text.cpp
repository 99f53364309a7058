// SPDX-License-Identifier: Apache-2.0
// The cost of training for people: the table of the terminal, and that of the page.
#include <fmt/format.h>

#include <array>

#include "sim/report/figures.h"
#include "sim/report/html_page.h"
#include "sim/report/svg.h"
#include "sim/report/text_report.h"
#include "sim/report/training_cost.h"

namespace binade::sim {
namespace {

using Row = const CostRow&;

struct Shown {
  std::string_view head;
  char align = 'r';
  std::string (*cell)(Row) = nullptr;
};

constexpr std::array kShown{
    Shown{.head = "part", .align = 'l', .cell = [](Row row) { return row.part; }},
    Shown{.head = "images", .cell = [](Row row) { return grouped(static_cast<std::uint64_t>(row.samples)); }},
    Shown{.head = "MACs", .cell = [](Row row) { return grouped(row.macs); }},
    Shown{.head = "cycles", .cell = [](Row row) { return grouped(row.cycles); }},
    Shown{.head = "time", .cell = [](Row row) { return seconds_text(row.seconds); }},
    Shown{.head = "images/s", .cell = [](Row row) { return number_text(images_per_second(row)); }},
    Shown{.head = "energy", .cell = [](Row row) { return energy_text(row.energy_pj); }},
    Shown{.head = "an image", .cell = [](Row row) { return energy_text(energy_per_image_pj(row)); }},
    Shown{.head = "pJ/MAC", .cell = [](Row row) { return number_text(pj_per_mac(row)); }},
    Shown{.head = "DRAM in bursts", .cell = [](Row row) { return bytes_text(row.dram_burst_bytes); }},
    Shown{.head = "bus", .cell = [](Row row) { return bytes_text(row.bus_bytes); }},
    Shown{.head = "bound by", .align = 'l', .cell = [](Row row) { return row.bound_by; }},
};

std::string head_text(const TrainingCost& cost) {
  return fmt::format("{} core; {}; energy {}", cost.core, cost.machine, cost.energy_table);
}

}  // namespace

std::string to_text(const TrainingCost& cost) {
  std::vector<std::string> heads;
  std::string align;
  for (const auto& column : kShown) {
    heads.emplace_back(column.head);
    align += column.align;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& row : cost.rows) {
    auto& cells = rows.emplace_back();
    for (const auto& column : kShown) cells.push_back(column.cell(row));
  }
  return fmt::format("on the accelerator: {}\n", head_text(cost)) + table(heads, rows, align);
}

std::string to_html(const TrainingCost& cost) {
  std::string html = "<div class=\"scroll\"><table>\n<tr>";
  for (const auto& column : kShown) html += fmt::format("<th>{}</th>", column.head);
  html += "</tr>\n";
  for (const auto& row : cost.rows) {
    html += "<tr>";
    for (const auto& column : kShown) html += fmt::format("<td>{}</td>", escaped(column.cell(row)));
    html += "</tr>\n";
  }
  return html_section("Cost on the accelerator",
                      fmt::format("A step on the simulated platform; the bits of the run's first are those of the golden model: "
                                  "{}. An epoch is its steps added up.",
                                  head_text(cost)),
                      html + "</table></div>\n");
}

std::string cost_text(const std::optional<TrainingCost>& cost) {
  const CostRow* const epoch = cost ? cost->row(kEpochPart) : nullptr;
  if (epoch == nullptr) return "-";
  return fmt::format("{} images/s, {} an image", number_text(images_per_second(*epoch)), energy_text(energy_per_image_pj(*epoch)));
}

}  // namespace binade::sim
