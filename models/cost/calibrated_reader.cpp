// SPDX-License-Identifier: Apache-2.0
#include "models/cost/calibrated_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>

#include "models/numerics/error.h"

namespace binade::cost {
namespace {

constexpr std::string_view kGlue = " glue";
constexpr std::string_view kEnergy = "energy.", kTimed = "energy.timed.", kZeroDelay = "energy.zero_delay.";
constexpr std::array<std::string_view, 4> kQuantities{"area_um2", "delay_ps", "leakage_nw", "energy.idle_pj"};

EnergyModel read_energy(const JsonPlace& place) {
  EnergyModel model;
  const auto terms = place.at("terms").items(), coefficients = place.at("pj").items();
  if (terms.size() != coefficients.size())
    place.at("pj").refuse(fmt::format("{} numbers", coefficients.size()), fmt::format("{}, one a term", terms.size()));
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const auto term = parse_term(terms[i].text());
    if (!term) terms[i].refuse(terms[i].text(), "1, hd_a, wt_a, nz_a, hd_b, wt_b, nz_b or a product of one of a and one of b");
    model.pj[term->first][term->second] += coefficients[i].number();
  }
  // A unit that takes no operands has no streams to be unseen.
  for (const char* error : {"unseen_mean_percent", "rms_percent"}) {
    if (!place.has(error)) continue;
    model.error_percent = place.at(error).number(0);
    break;
  }
  return model;
}

/// Of a term of a regression.
std::vector<std::string> names_of(const JsonPlace& term) {
  try {
    return names_in(term.text());
  } catch (const InputError& error) {
    term.refuse(error.what());
  }
}

constexpr double kAny = std::numeric_limits<double>::lowest();

/// `least`: of the energy of an idle clock.
void read_energies(const JsonPlace& place, UnitCost& cost, double least) {
  if (!place.has("timed") && !place.has("zero_delay")) place.refuse("neither of them", "timed, zero_delay, or both");
  if (place.has("timed")) cost.timed = read_energy(place.at("timed"));
  if (place.has("zero_delay")) cost.zero_delay = read_energy(place.at("zero_delay"));
  if (place.has("idle_pj")) cost.idle_pj = Figure{place.at("idle_pj").number(least)};
}

}  // namespace

void CalibratedTable::Reader::read(const JsonPlace& root) {
  const double schema = root.at("schema").number();
  if (schema != kSchema)
    root.at("schema").refuse(fmt::format("{:g}", schema),
                             fmt::format("{}; rtl/calibrate/calibrate.py --refit makes it anew", kSchema));
  read_technology(root.at("technology"));
  const auto shapes = root.at("shapes").items();
  if (shapes.empty()) root.at("shapes").refuse("no shape", "one at least");
  for (const auto& shape : shapes) read_shape(shape);
  for (const auto& [unit, quantities] : root.at("regressions").members())
    for (const auto& [quantity, regression] : quantities.members()) read_regression(unit, quantity, regression);
}

void CalibratedTable::Reader::read_technology(const JsonPlace& place) {
  Technology& technology = table_.technology_;
  technology.name = place.at("name").text();
  technology.library = place.at("library").text();
  technology.corner = place.at("corner").text();
  technology.voltage = place.at("voltage").positive();
  technology.temperature = place.at("temperature").number();
  technology.rtl_revision = place.at("rtl_revision").text();
  technology.date = place.at("date").text();
  technology.not_modelled = place.at("not_modelled").text();
  for (const auto& [tool, version] : place.at("tools").members())
    technology.tools += fmt::format("{}{} {}", technology.tools.empty() ? "" : ", ", tool, version.text());
}

void CalibratedTable::Reader::read_shape(const JsonPlace& place) {
  Shape shape;
  shape.unit = place.at("unit").text();
  if (shape.unit.empty()) place.at("unit").refuse("empty", "the name of a module");
  for (const auto& [name, value] : place.at("parameters").members()) shape.parameters[name] = value.number();
  const auto same = [&](const Shape& other) { return other.unit == shape.unit && other.parameters == shape.parameters; };
  if (std::ranges::any_of(table_.shapes_, same)) place.at("parameters").refuse("of an earlier shape", "one shape of each");
  UnitCost& cost = shape.cost;
  cost.area_um2.value = place.at("area_um2").positive();
  cost.delay_ps = Figure{place.at("delay_ps").positive()};
  cost.leakage_nw.value = place.at("leakage_nw").number(0);
  cost.target_ps = place.at("target_ps").positive();
  if (place.has("energy")) read_energies(place.at("energy"), cost, 0);
  if (place.has("parts")) read_glue(place, shape);
  table_.shapes_.push_back(std::move(shape));
}

void CalibratedTable::Reader::read_glue(const JsonPlace& place, const Shape& whole) {
  Shape shape{whole.unit + std::string(kGlue), whole.parameters, {}};
  UnitCost& cost = shape.cost;
  const auto parts = place.at("parts").members();
  if (place.has("glue")) {
    const JsonPlace glue = place.at("glue");  // differences, which may be small and on the wrong side of zero
    const auto difference = [&](const char* name, double most) {
      const double value = glue.at(name).number();
      if (std::abs(value) > most)
        glue.at(name).refuse("more than the whole", fmt::format("at most {:g} on either side of 0", most));
      return value;
    };
    cost.area_um2.value = difference("area_um2", whole.cost.area_um2.value);
    cost.leakage_nw.value = difference("leakage_nw", whole.cost.leakage_nw.value);
    if (glue.has("energy")) read_energies(glue.at("energy"), cost, kAny);
  } else {
    cost.area_um2.value = whole.cost.area_um2.value;
    cost.leakage_nw.value = whole.cost.leakage_nw.value;
    for (const auto& [module, part] : parts) {
      cost.area_um2.value -= part.at("area_um2").number(0);
      cost.leakage_nw.value -= part.at("leakage_nw").number(0);
    }
    if (cost.area_um2.value < 0) place.at("parts").refuse("more area than the whole", "the areas of what the unit is made of");
  }
  table_.shapes_.push_back(std::move(shape));
}

void CalibratedTable::Reader::read_regression(const std::string& unit, const std::string& quantity, const JsonPlace& place) {
  Regressions& all = table_.regressions_[unit];
  if (!quantity.starts_with(kEnergy) || quantity == "energy.idle_pj") {
    if (std::ranges::find(kQuantities, quantity) == kQuantities.end())
      place.refuse("no quantity", "area_um2, delay_ps, leakage_nw or energy.*");
    all.quantities[quantity] = regression_of(unit, place);
    return;
  }
  for (auto [prefix, terms] : {std::pair{kTimed, &all.timed}, std::pair{kZeroDelay, &all.zero_delay}}) {
    const auto term = quantity.starts_with(prefix) ? parse_term(std::string_view(quantity).substr(prefix.size())) : std::nullopt;
    if (!term) continue;
    terms->push_back({term->first, term->second, regression_of(unit, place)});
    return;
  }
  place.refuse("no energy", "energy.idle_pj, or energy.timed. and energy.zero_delay. before 1, hd_a, wt_a, nz_a, hd_b, ...");
}

Regression CalibratedTable::Reader::regression_of(const std::string& unit, const JsonPlace& place) const {
  Regression regression;
  regression.where = place.where();
  for (const auto& term : place.at("terms").items()) {
    regression.terms.push_back(term.text());
    for (auto& name : names_of(term)) {
      check_name(unit, name, term);
      regression.names.push_back(std::move(name));
    }
  }
  const JsonPlace coefficients = place.at("coefficients");
  for (const auto& coefficient : coefficients.items()) regression.coefficients.push_back(coefficient.number());
  if (regression.terms.size() != regression.coefficients.size())
    coefficients.refuse(fmt::format("{} numbers", regression.coefficients.size()),
                        fmt::format("{}, one a term", regression.terms.size()));
  regression.held_out_rms_percent = place.at("held_out_rms_percent").number(0);
  regression.held_out_max_percent = place.at("held_out_max_percent").number(0);
  for (const auto& [name, bounds] : place.at("range").members()) {
    const auto ends = bounds.items();
    if (ends.size() != 2 || ends[0].number() > ends[1].number()) bounds.refuse("no range", "[least, most]");
    check_name(unit, name, bounds);
    regression.names.push_back(name);
    regression.range[name] = {ends[0].number(), ends[1].number()};
  }
  return regression;
}

void CalibratedTable::Reader::check_name(const std::string& unit, const std::string& name, const JsonPlace& place) const {
  const bool known = std::any_of(table_.shapes_.begin(), table_.shapes_.end(),
                                 [&](const Shape& shape) { return shape.unit == unit && shape.parameters.contains(name); });
  if (!known) place.refuse("'" + name + "'", "parameters of the shapes of " + unit);
}

}  // namespace binade::cost
