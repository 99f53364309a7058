// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/cost_rows.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "models/cost/core_units.h"
#include "models/numerics/accumulator.h"
#include "models/numerics/text.h"
#include "rtl/cosim/parameters.h"
#include "sim/config/settings.h"

namespace binade::sim {
namespace {

using cost::CoreRole;
using cost::CoreUnit;
using cost::Figure;
using cost::Standing;
using cost::UnitCost;

/// Of area, leakage and path, and of an energy that stands worse than these. Where all is measured there is nothing to say.
std::vector<std::string> standing_flags(const UnitCost& cost) {
  Standing standing = worse(cost.area_um2.standing, cost.leakage_nw.standing);
  if (cost.delay_ps) standing = worse(standing, cost.delay_ps->standing);
  std::vector<std::string> flags;
  if (standing != Standing::Exact) flags.emplace_back(to_string(standing));
  if (cost.timed && cost.timed->standing > standing) flags.push_back(fmt::format("energy {}", to_string(cost.timed->standing)));
  return flags;
}

std::string parameters_text(const CoreUnit& unit) {
  if (unit.role == CoreRole::Glue) return {};
  std::string text;
  for (const auto& parameter : unit.module.parameters)
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", parameter.name, parameter.value);
  return text;
}

/// What idle clocks take in the time of these operations.
double idle_pj(const UnitCost& unit, const cost::OperandMatrix& sums) {
  return unit.idle_pj ? unit.idle_pj->value * sums[0][0] : 0;
}

/// As a run counts it: a macro-model is linear, and what it says below an idle clock is that of one. None where it is not above 0.
std::optional<Figure> energy_of(const UnitCost& unit, const std::optional<cost::EnergyModel>& model,
                                const cost::OperandMatrix& sums) {
  if (!model) return std::nullopt;
  Figure figure = model->energy(sums);
  figure.value = std::max(figure.value, idle_pj(unit, sums));
  return figure.value > 0 ? std::optional(figure) : std::nullopt;
}

void flag_energy(const UnitCost& unit, const cost::OperandMatrix& sums, std::vector<std::string>& flags) {
  if (!unit.timed) return;
  const double says = unit.timed->energy(sums).value, least = idle_pj(unit, sums);
  if (least > 0) {
    if (says < least) flags.emplace_back("energy as an idle clock: its model says less");
  } else if (says <= 0) {
    flags.emplace_back("energy not above 0: none");
  }
}

/// The share of the weights that are not zero.
double weights_left(const cost::OperandMatrix& sums) { return sums[0][cost::kOperandFunctions - 1]; }

/// Of those that an activity draws.
double weights_drawn(cost::Activity activity) {
  static const auto kShares = [] {
    std::vector<double> shares;
    for (const auto& word : cost::activity_words())
      shares.push_back(weights_left(mean_sums(baseline_core(1).format, cost::parse_activity(word))));
    return shares;
  }();
  return kShares[static_cast<std::size_t>(activity)];
}

/// Weights that a format rounds to zero cost nothing, and compute nothing: said where they are more than half of those that are not
/// zero.
std::string rounded_away(const cost::OperandMatrix& sums, cost::Activity activity) {
  const double drawn = weights_drawn(activity), left = weights_left(sums);
  if (activity == cost::Activity::Uniform || left >= drawn / 2) return {};
  return fmt::format("{:.0f} % of the weights of '{}' round to zero", 100 * (1 - left / drawn),
                     cost::activity_words()[static_cast<std::size_t>(activity)]);
}

std::optional<double> value_of(const std::optional<Figure>& figure) { return figure ? std::optional(figure->value) : std::nullopt; }

/// An event that takes no operands.
constexpr cost::OperandMatrix kOneEvent{{{1, 0, 0, 0}, {}, {}, {}}};

CoreShareRow share_of(const cost::CalibratedTable& table, const CoreUnit& unit, int elements, const cost::OperandMatrix& sums) {
  CoreShareRow row;
  row.role = to_string(unit.role);
  row.module = unit.module.name;
  row.parameters = parameters_text(unit);
  row.count = unit.count;
  const auto cost = cost_of(table, unit);
  if (!cost) {
    row.flags = "not modelled";
    return row;
  }
  const auto& events = unit.role == CoreRole::Element ? sums : kOneEvent;
  row.area_um2 = cost->area_um2.value;
  row.leakage_nw = cost->leakage_nw.value;
  row.delay_ps = value_of(cost->delay_ps);
  row.energy_pj = value_of(energy_of(*cost, cost->timed, events));
  row.zero_delay_pj = value_of(energy_of(*cost, cost->zero_delay, events));
  row.area_um2_per_element = cost->area_um2.value * unit.count / elements;
  auto flags = standing_flags(*cost);
  flag_energy(*cost, events, flags);
  row.flags = fmt::format("{}", fmt::join(flags, "; "));
  return row;
}

std::string flags_of(const cost::CalibratedTable& table, const datapath::Module& element, int latency, const UnitCost& cost,
                     const cost::OperandMatrix& sums, cost::Activity activity) {
  auto flags = standing_flags(cost);
  if (const auto most = table.most(element.name, "Latency"); most && latency > *most)
    flags.push_back(fmt::format("core.pe_latency {} beyond the table's {:g}", latency, *most));
  if (!cost.timed) flags.emplace_back("energy not measured");
  flag_energy(cost, sums, flags);
  if (auto said = rounded_away(sums, activity); cost.timed && !said.empty()) flags.push_back(std::move(said));
  return fmt::format("{}", fmt::join(flags, "; "));
}

}  // namespace

datapath::CoreConfig baseline_core(int latency) {
  Settings settings;
  settings.formats = {kBaselineFormat};
  settings.platform.core.pe_latency = latency;
  return platform_of(resolved_for(settings, kBaselineFormat)).core;
}

std::optional<Baseline> baseline_of(const cost::CalibratedTable& table, const datapath::CoreConfig& core) {
  if (!rtl::uncovered(core.format, core.accumulate).empty()) return std::nullopt;
  const auto cost = table.find(datapath::element_module(core.format, core.accumulate, core.pe_latency));
  if (!cost || !cost->delay_ps) return std::nullopt;
  return Baseline{cost->area_um2, *cost->delay_ps};
}

FormatCostRow format_cost(const cost::CalibratedTable& table, const datapath::CoreConfig& core, cost::Activity activity,
                          const std::optional<Baseline>& baseline) {
  FormatCostRow row;
  row.format = to_string(core.format);
  row.accumulate = to_string(core.accumulate.policy);
  row.acc_bits = numerics::accumulator_bits(core.format, core.accumulate);
  row.latency = core.pe_latency;
  row.technology = printable(table.technology().name);
  if (const auto problems = rtl::uncovered(core.format, core.accumulate); !problems.empty()) {
    row.flags = fmt::format("not modelled: {}", fmt::join(problems, "; "));
    return row;
  }
  const auto sums = mean_sums(core.format, activity);
  for (const CoreUnit& unit : cost::core_units(core)) row.core.push_back(share_of(table, unit, core.rows * core.cols, sums));
  const auto element = datapath::element_module(core.format, core.accumulate, core.pe_latency);
  const auto cost = table.find(element);
  if (!cost) {
    row.flags = fmt::format("not modelled: the table has no {} of these parameters", element.name);
    return row;
  }
  row.target_ps = cost->target_ps;
  row.area_um2 = cost->area_um2.value;
  row.area_error_percent = cost->area_um2.error_percent;
  row.leakage_nw = cost->leakage_nw.value;
  if (cost->delay_ps) {
    constexpr double kPsOfGhz = 1000;
    row.delay_ps = cost->delay_ps->value;
    row.delay_error_percent = cost->delay_ps->error_percent;
    row.frequency_ghz = kPsOfGhz / cost->delay_ps->value;
    if (baseline)
      row.iso_area_speedup = baseline->delay_ps.value / cost->delay_ps->value * (baseline->area_um2.value / cost->area_um2.value);
  }
  if (const auto timed = energy_of(*cost, cost->timed, sums)) {
    row.energy_pj_per_mac = timed->value;
    row.energy_error_percent = timed->error_percent;
  }
  row.zero_delay_pj_per_mac = value_of(energy_of(*cost, cost->zero_delay, sums));
  row.idle_pj = value_of(cost->idle_pj);
  row.flags = flags_of(table, element, core.pe_latency, *cost, sums, activity);
  return row;
}

}  // namespace binade::sim
