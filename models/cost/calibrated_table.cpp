// SPDX-License-Identifier: Apache-2.0
#include "models/cost/calibrated_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <set>
#include <string_view>
#include <utility>

#include "models/cost/calibrated_reader.h"
#include "models/numerics/error.h"
#include "models/numerics/text.h"

namespace binade::cost {
namespace {

Variables variables_of(const datapath::Parameters& parameters) {
  Variables variables;
  for (const auto& parameter : parameters) variables[parameter.name] = static_cast<double>(parameter.value);
  return variables;
}

}  // namespace

CalibratedTable CalibratedTable::load(const std::string& folder, const std::string& called) {
  const std::string path = (std::filesystem::path(folder) / "fit.json").string();
  std::ifstream stream(path, std::ios::binary);
  if (!stream)
    throw InputError(
        fmt::format("cost table {}: cannot be read; allowed: the folder of a technology as rtl/calibrate writes it", path));
  const std::string where = "cost table " + path;
  const auto json = json_of(read_text(stream, where), where, "what rtl/calibrate writes");
  CalibratedTable table;
  table.name_ = called.empty() ? folder : called;
  Reader(table).read(JsonPlace(json, where));
  return table;
}

std::string CalibratedTable::provenance() const {
  const Technology& t = technology_;
  return fmt::format("{}: {}, {}, {:g} V, {:g} C; RTL {}; {}; {}; not modelled: {}", t.name, t.library, t.corner, t.voltage,
                     t.temperature, t.rtl_revision.substr(0, 12), t.date, t.tools, t.not_modelled);
}

std::optional<UnitCost> CalibratedTable::find(const datapath::Module& module) const {
  return look_up(module.name, module.parameters);
}

UnitCost CalibratedTable::at(const datapath::Module& module) const {
  if (auto cost = find(module)) return *std::move(cost);
  std::set<std::string> units;
  for (const Shape& shape : shapes_) units.insert(shape.unit);
  throw InputError(fmt::format("cost table {}: {} was not measured, nor does a regression reach it; allowed: modules of {}", name_,
                               to_string(module), fmt::join(units, " ")));
}

std::optional<UnitCost> CalibratedTable::glue(const std::string& unit, const datapath::Parameters& fields) const {
  return look_up(unit + " glue", fields);
}

std::optional<double> CalibratedTable::most(std::string_view unit, std::string_view parameter) const {
  std::optional<double> most;
  for (const Shape& shape : shapes_) {
    const auto found = shape.unit == unit ? shape.parameters.find(parameter) : shape.parameters.end();
    if (found != shape.parameters.end()) most = std::max(most.value_or(found->second), found->second);
  }
  return most;
}

std::optional<UnitCost> CalibratedTable::look_up(const std::string& unit, const datapath::Parameters& parameters) const {
  const Variables variables = variables_of(parameters);
  const Shape* shape = measured(unit, variables);
  if (shape == nullptr) return fitted(unit, variables);
  UnitCost cost = shape->cost;
  // A table may know the energy of some shapes only.
  if (!cost.timed || !cost.zero_delay || !cost.idle_pj) {
    const auto between = fitted(unit, variables);
    if (!cost.timed && between) cost.timed = between->timed;
    if (!cost.zero_delay && between) cost.zero_delay = between->zero_delay;
    if (!cost.idle_pj && between) cost.idle_pj = between->idle_pj;
  }
  return cost;
}

/// The shape whose parameters are these. One that the module has and the shape does not say stood at its default: that is the
/// module's own where no shape of the unit says it.
const CalibratedTable::Shape* CalibratedTable::measured(const std::string& unit, const Variables& parameters) const {
  const auto says = [&](std::string_view name) {
    return std::any_of(shapes_.begin(), shapes_.end(),
                       [&](const Shape& shape) { return shape.unit == unit && shape.parameters.contains(name); });
  };
  for (const Shape& shape : shapes_) {
    if (shape.unit != unit) continue;
    const bool alike = std::all_of(shape.parameters.begin(), shape.parameters.end(), [&](const auto& parameter) {
      const auto mine = parameters.find(parameter.first);
      return mine != parameters.end() && mine->second == parameter.second;
    });
    const bool all_said = std::all_of(parameters.begin(), parameters.end(), [&](const auto& parameter) {
      return shape.parameters.contains(parameter.first) || !says(parameter.first);
    });
    if (alike && all_said) return &shape;
  }
  return nullptr;
}

/// Whether a parameter lies outside what the unit's shapes have: then a regression extrapolates, though its terms may not ask for
/// it.
bool CalibratedTable::beyond_shapes(const std::string& unit, const Variables& parameters) const {
  return std::ranges::any_of(parameters, [&](const auto& parameter) {
    double least = std::numeric_limits<double>::infinity(), most = -least;
    for (const Shape& shape : shapes_) {
      const auto found = shape.unit == unit ? shape.parameters.find(parameter.first) : shape.parameters.end();
      if (found == shape.parameters.end()) continue;
      least = std::min(least, found->second);
      most = std::max(most, found->second);
    }
    return least <= most && (parameter.second < least || parameter.second > most);
  });
}

std::optional<UnitCost> CalibratedTable::fitted(const std::string& unit, const Variables& parameters) const {
  const auto fits = regressions_.find(unit);
  if (fits == regressions_.end()) return std::nullopt;
  const bool beyond = beyond_shapes(unit, parameters);
  const auto covering = [&](std::string_view quantity) -> const Regression* {
    const auto found = fits->second.quantities.find(quantity);
    return found == fits->second.quantities.end() || !found->second.covers(parameters) ? nullptr : &found->second;
  };
  const auto ask = [&](std::string_view quantity) -> std::optional<Figure> {
    const Regression* const fit = covering(quantity);
    return fit != nullptr ? std::optional((*fit)(parameters, beyond)) : std::nullopt;
  };
  const auto area = ask("area_um2"), leakage = ask("leakage_nw");
  if (!area || !leakage || area->value <= 0 || leakage->value <= 0) return std::nullopt;
  UnitCost cost;
  cost.area_um2 = *area;
  cost.leakage_nw = *leakage;
  if (const Regression* const path = covering("delay_ps")) cost.delay_ps = path->no_less_than_nearest(parameters, beyond);
  if (cost.delay_ps && cost.delay_ps->value <= 0) return std::nullopt;
  const auto model = [&](const std::vector<TermRegression>& terms) -> std::optional<EnergyModel> {
    EnergyModel energy{.standing = Standing::Interpolated};
    bool any = false;
    for (const auto& [a, b, regression] : terms) {
      if (!regression.covers(parameters)) continue;
      const Figure coefficient = regression(parameters, beyond);
      energy.pj[a][b] += coefficient.value;
      energy.error_percent = std::max(energy.error_percent, coefficient.error_percent);
      energy.standing = worse(energy.standing, coefficient.standing);
      any = true;
    }
    return any ? std::optional(energy) : std::nullopt;
  };
  cost.timed = model(fits->second.timed);
  cost.zero_delay = model(fits->second.zero_delay);
  if (auto idle = ask("energy.idle_pj"); idle && idle->value >= 0) cost.idle_pj = idle;
  return cost;
}

}  // namespace binade::cost
