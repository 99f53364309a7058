// SPDX-License-Identifier: Apache-2.0
#include "models/cost/core_cost.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "models/numerics/error.h"

namespace binade::cost {
namespace {

constexpr std::string_view kNoEnergy = "switching energy of the ";

const EnergyModel* switching(const UnitCost& cost) {
  return cost.timed ? &*cost.timed : cost.zero_delay ? &*cost.zero_delay : nullptr;
}

/// Of so many events that no operands are told of.
OperandMatrix events(double count) {
  OperandMatrix sums{};
  sums[0][0] = count;
  return sums;
}

/// Of each mode its formats; where another has the same ones, how it sums as well. Empty where the core has one mode.
std::vector<std::string> words_of_modes(const datapath::CoreConfig& core) {
  const int count = mode_count(core);
  if (count == 1) return {""};
  std::vector<std::string> formats, words;
  for (int index = 0; index < count; ++index) formats.push_back(to_string(mode_of(core, index).format));
  for (int index = 0; index < count; ++index) {
    const datapath::CoreMode mode = mode_of(core, index);
    words.push_back(formats[static_cast<std::size_t>(index)]);
    if (std::ranges::count(formats, words.back()) == 1) continue;
    const numerics::AccumulateSpec& sums = mode.accumulate;
    const int block = block_length(sums);
    words.back() += fmt::format(" ({} {} bits{}{}, {})", to_string(sums.policy), accumulator_bits(mode.format, sums),
                                block != 0 ? fmt::format(", blocks of {}", block) : "",
                                bias_starts_sums(sums) ? ", bias first" : "", to_string(sums.rounding));
  }
  return words;
}

/// Of these modes together.
double of_modes(const std::vector<std::uint64_t>& counts, const std::vector<std::size_t>& modes) {
  double sum = 0;
  for (const std::size_t mode : modes) sum += mode < counts.size() ? static_cast<double>(counts[mode]) : 0;
  return sum;
}

}  // namespace

void FigureSum::add(const Figure& figure, double times) {
  value_ += times * figure.value;
  error_ += std::abs(times * figure.value) * figure.error_percent / 100;
  standing_ = worse(standing_, figure.standing);
}

Figure FigureSum::figure() const { return {value_, standing_, value_ != 0 ? 100 * error_ / std::abs(value_) : 0}; }

/// A row in the making.
class CoreCost::Component {
 public:
  void add(const Part& part, const Figure& figure, const std::string& rule) {
    sum_.add(figure);
    rule_ += (rule_.empty() ? "" : "; ") + (part.of_mode.empty() ? "" : part.of_mode + ": ") + rule;
  }
  void add_missing(std::string_view mode) { rule_ += fmt::format("{}{}: not modelled", rule_.empty() ? "" : "; ", mode); }
  CoreEnergyRow row(const char* name) const { return {name, sum_.figure(), rule_.empty() ? "not modelled" : rule_}; }

 private:
  FigureSum sum_;
  std::string rule_;
};

CoreCost::CoreCost(const CalibratedTable& table, const datapath::CoreConfig& core) {
  const std::vector<std::string> words = words_of_modes(core);
  for (std::size_t index = 0; index < words.size(); ++index)
    for (const CoreUnit& unit : core_units(in_mode(core, static_cast<int>(index)))) add(table, unit, index, words[index]);
}

void CoreCost::add(const CalibratedTable& table, const CoreUnit& unit, std::size_t mode, const std::string& of_mode) {
  const bool shared = unit.role == CoreRole::Sequencer || of_exponents(unit.role);
  const auto same = [&](const Part& part) {
    return part.unit.module.name == unit.module.name && part.unit.module.parameters == unit.module.parameters;
  };
  if (const auto found = shared ? std::ranges::find_if(parts_, same) : parts_.end(); found != parts_.end()) {
    found->modes.push_back(mode);
    return;
  }
  const std::string what = std::string(to_string(unit.role)) + (of_mode.empty() ? "" : " of " + of_mode);
  std::optional<UnitCost> cost = unit.role == CoreRole::Element ? table.at(unit.module) : cost_of(table, unit);
  if (!cost) {
    not_modelled_.push_back(what);
    return;
  }
  if (switching(*cost) == nullptr) {
    if (unit.role == CoreRole::Element)
      throw InputError(
          fmt::format("cost table {}: it has no switching energy of {}; allowed: formats that it has, or a table of "
                      "published figures",
                      table.name(), to_string(unit.module)));
    not_modelled_.push_back(std::string(kNoEnergy) + what);
  }
  parts_.push_back({unit, std::move(*cost), {mode}, of_mode});
}

std::vector<CoreEnergyRow> CoreCost::energy(const CoreActivity& activity, double clock_ps) const {
  Component mac, idle, lanes, exponents, sequencer, glue, leakage;
  const auto clocks = static_cast<double>(activity.clocks);
  for (const Part& part : parts_) {
    const double count = part.unit.count;
    const OperandMatrix none{};
    const OperandMatrix& operands = part.modes.front() < activity.operands.size() ? activity.operands[part.modes.front()] : none;
    const double outputs = of_modes(activity.outputs, part.modes), vectors = of_modes(activity.out_vectors, part.modes),
                 beats = of_modes(activity.beats, part.modes);
    // Events of the unit and clocks without one, each paying its own; the rule says what one costs.
    const auto add = [&](Component& to, const OperandMatrix& sums, const char* event) {
      const EnergyModel* const model = switching(part.cost);
      if (model == nullptr) return;
      Figure figure = model->energy(sums);
      // A macro-model is linear: for operands unlike those that it was fitted to it may fall below what an idle clock costs.
      const double least = part.cost.idle_pj ? part.cost.idle_pj->value * sums[0][0] : 0;
      const bool raised = figure.value < least;
      figure.value = std::max(figure.value, least);
      if (sums[0][0] <= 0) {
        to.add(part, figure, fmt::format("none of {}", to_string(part.unit.module)));
        return;
      }
      to.add(part, figure,
             fmt::format("{:.3g} pJ {} of {}{}{}", figure.value / sums[0][0], event, to_string(part.unit.module),
                         part.cost.timed ? "" : ", glitches not counted", raised ? ", as an idle clock: its model says less" : ""));
    };
    const auto add_idle = [&](Component& to, double idle_clocks) {
      if (!part.cost.idle_pj || idle_clocks <= 0) return;
      FigureSum sum;
      sum.add(*part.cost.idle_pj, idle_clocks);
      to.add(part, sum.figure(), fmt::format("{:.3g} pJ a clock without", part.cost.idle_pj->value));
    };
    switch (part.unit.role) {
      case CoreRole::Element:
        add(mac, operands, "a MAC");
        add_idle(idle, count * clocks - operands[0][0]);
        break;
      case CoreRole::Lane:
        add(lanes, events(outputs), "an output");
        add_idle(lanes, count * clocks - outputs);
        break;
      case CoreRole::ExponentStatistics:
        add(exponents, events(vectors), "a vector");
        add_idle(exponents, clocks - vectors);
        break;
      case CoreRole::ExponentChoice:
        exponents.add(part, {}, fmt::format("no choice of {} counted", to_string(part.unit.module)));
        add_idle(exponents, clocks);
        break;
      case CoreRole::Sequencer:
        add(sequencer, events(static_cast<double>(activity.tile_clocks)), "a clock");
        add_idle(sequencer, clocks - static_cast<double>(activity.tile_clocks));
        break;
      case CoreRole::Glue:
        add(glue, events(beats), "a beat");
        add_idle(glue, clocks - beats);
        break;
    }
    // 1 nW for 1 ps is 1e-9 pJ.
    FigureSum leaks;
    leaks.add(part.cost.leakage_nw, count * clocks * clock_ps * 1e-9);
    leakage.add(
        part, leaks.figure(),
        fmt::format("{:.3g} uW of {} {}", count * part.cost.leakage_nw.value * 1e-3, part.unit.count, part.unit.module.name));
  }
  // What a mode lacks is said beside what others have.
  const auto missing = [&](Component& of, CoreRole role) {
    const std::string before = std::string(to_string(role)) + " of ";
    for (std::string_view what : not_modelled_) {
      if (what.starts_with(kNoEnergy)) what.remove_prefix(kNoEnergy.size());
      if (what.starts_with(before)) of.add_missing(what.substr(before.size()));
    }
  };
  missing(lanes, CoreRole::Lane), missing(sequencer, CoreRole::Sequencer), missing(glue, CoreRole::Glue);
  missing(exponents, CoreRole::ExponentStatistics), missing(exponents, CoreRole::ExponentChoice);
  return {mac.row("core mac"),        idle.row("core idle"), lanes.row("lanes"),         exponents.row("exponent unit"),
          sequencer.row("sequencer"), glue.row("core glue"), leakage.row("core leakage")};
}

std::vector<CoreAreaRow> CoreCost::area() const {
  std::vector<CoreAreaRow> rows;
  for (const Part& part : parts_) {
    FigureSum sum;
    sum.add(part.cost.area_um2, part.unit.count);
    rows.push_back({std::string(to_string(part.unit.role)) + (part.of_mode.empty() ? "" : ", " + part.of_mode), sum.figure(),
                    fmt::format("{} x {}, {:.4g} um2", part.unit.count, to_string(part.unit.module), part.cost.area_um2.value)});
  }
  return rows;
}

Figure CoreCost::total_area_um2() const {
  FigureSum sum;
  for (const CoreAreaRow& row : area()) sum.add(row.um2);
  return sum.figure();
}

Figure CoreCost::critical_path_ps() const {
  Figure longest;
  for (const Part& part : parts_)
    if (part.cost.delay_ps && part.cost.delay_ps->value > longest.value) longest = *part.cost.delay_ps;
  return longest;
}

std::vector<std::string> CoreCost::extrapolated() const {
  std::vector<std::string> units;
  for (const Part& part : parts_) {
    const EnergyModel* const model = switching(part.cost);
    Standing worst = worse(part.cost.area_um2.standing, part.cost.leakage_nw.standing);
    for (const auto& figure : {part.cost.delay_ps, part.cost.idle_pj})
      if (figure) worst = worse(worst, figure->standing);
    if (model != nullptr) worst = worse(worst, model->standing);
    if (worst == Standing::Extrapolated)
      units.push_back(std::string(to_string(part.unit.role)) + (part.of_mode.empty() ? "" : " of " + part.of_mode));
  }
  return units;
}

double clock_ghz(const Figure& critical_path_ps) { return 1000 / std::ceil(critical_path_ps.value); }

}  // namespace binade::cost
