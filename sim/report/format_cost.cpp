// SPDX-License-Identifier: Apache-2.0
#include "sim/report/format_cost.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ranges>

#include "sim/report/format_cost_columns.h"
#include "sim/report/text_report.h"
#include "sim/report/version.h"

namespace binade::sim {
namespace {

/// Three digits, however large.
std::string three(const std::optional<double>& value) {
  if (!value) return "-";
  const double size = std::abs(*value);
  return size >= 100 || size == 0 ? fmt::format("{:.0f}", *value) : fmt::format("{:#.3g}", *value);
}

std::string with_error(const std::optional<double>& value, const std::optional<double>& percent) {
  const std::string text = three(value);
  return value && percent.value_or(0) > 0 ? fmt::format("{} +-{:.0f}%", text, std::max(*percent, 1.0)) : text;
}

std::string elements_text(const FormatCostReport& report) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& row : report.formats) {
    rows.push_back({row.format, row.accumulate, std::to_string(row.acc_bits), std::to_string(row.latency),
                    with_error(row.area_um2, row.area_error_percent), with_error(row.delay_ps, row.delay_error_percent),
                    three(row.frequency_ghz), with_error(row.energy_pj_per_mac, row.energy_error_percent),
                    three(row.zero_delay_pj_per_mac), three(row.leakage_nw), three(row.iso_area_speedup), row.flags});
  }
  return table({"format", "accumulate", "acc", "stages", "um2", "ps", "GHz", "pJ/MAC", "no glitches", "nW", "iso-area", "flags"},
               rows, "llrrrrrrrrrl");
}

/// Area of each kind of unit over the elements of the array, and which path is the longest.
std::string shares_text(const FormatCostReport& report) {
  std::vector<std::string> roles;  // a role that some formats lack stands before what follows it in those that have it
  for (const auto& row : report.formats) {
    auto next = roles.end();
    for (const auto& share : std::views::reverse(row.core)) {
      const auto known = std::ranges::find(roles, share.role);
      next = known != roles.end() ? known : roles.insert(next, share.role);
    }
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& row : report.formats) {
    std::vector<std::string> cells{row.format};
    std::string missing;
    const CoreShareRow* slowest = nullptr;
    std::optional<double> sum;
    for (const auto& role : roles) {
      const auto share = std::find_if(row.core.begin(), row.core.end(), [&](const CoreShareRow& s) { return s.role == role; });
      if (share == row.core.end()) {
        cells.emplace_back();
        continue;
      }
      cells.push_back(three(share->area_um2_per_element) + (share->flags.starts_with("extrapolated") ? "*" : ""));
      if (share->area_um2_per_element) sum = sum.value_or(0) + *share->area_um2_per_element;
      if (!share->area_um2) missing += (missing.empty() ? "" : ", ") + role;
      if (share->delay_ps && (slowest == nullptr || *share->delay_ps > *slowest->delay_ps)) slowest = &*share;
    }
    cells.push_back(three(sum));
    cells.push_back(slowest == nullptr ? "-" : fmt::format("{} {}", slowest->role, three(slowest->delay_ps)));
    cells.push_back(missing);
    rows.push_back(std::move(cells));
  }
  std::vector<std::string> head{"format"};
  head.insert(head.end(), roles.begin(), roles.end());
  head.insert(head.end(), {"sum", "slowest, ps", "not modelled"});
  return table(head, rows, "l" + std::string(roles.size() + 1, 'r') + "ll");
}

}  // namespace

std::string to_text(const FormatCostReport& report) {
  return fmt::format("An element alone. Energy on operands of '{}'.\n{}\n", report.activity, elements_text(report)) +
         fmt::format("Area in um2 per element in an array of {} x {} (* extrapolated)\n{}\n", report.rows, report.cols,
                     shares_text(report)) +
         fmt::format("iso-area: {}\ntable: {}\n", report.baseline, report.provenance);
}

std::string to_csv(const FormatCostReport& report) {
  return rows_to_csv(format_cost_columns(), std::span<const FormatCostRow>(report.formats));
}

nlohmann::ordered_json to_json(const FormatCostReport& report) {
  nlohmann::ordered_json json{{"schema", kFormatCostSchema},
                              {"schema_version", kFormatCostSchemaVersion},
                              {"tool", {{"name", "binade"}, {"version", tool_version()}, {"revision", tool_revision()}}},
                              {"table", report.table},
                              {"provenance", report.provenance},
                              {"activity", report.activity},
                              {"baseline", report.baseline},
                              {"rows", report.rows},
                              {"cols", report.cols},
                              {"formats", nlohmann::ordered_json::array()}};
  for (const auto& row : report.formats) {
    auto& format = json["formats"].emplace_back(nlohmann::ordered_json::object());
    put(format_cost_columns(), row, format);
    format["core"] = rows_to_json(core_share_columns(), std::span<const CoreShareRow>(row.core));
  }
  return json;
}

}  // namespace binade::sim
