// SPDX-License-Identifier: Apache-2.0
#include "sim/explore/judge.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/numerics/error.h"
#include "models/numerics/nearest.h"
#include "models/numerics/text.h"
#include "sim/config/keys.h"
#include "sim/explore/metrics.h"

namespace binade::sim {
namespace {

bool is_energy(std::string_view name) {
  return name.starts_with("energy.") || name.starts_with("calibrated.energy") || name.starts_with("calibrated.power") ||
         name == "energy_delay_js" || name == "pj_per_mac" || name == "power_mw";
}

std::vector<std::string> known_names(const Space& space) {
  std::vector<std::string> names;
  for (const auto& axis : space.axes) names.push_back(axis.name);
  for (const auto& derived : space.derived) names.push_back(derived.name);
  for (const Metric& metric : metrics()) names.push_back(metric.name);
  for (const Key& key : configuration_keys())
    if (!key.of_training()) names.push_back(key.name);
  return names;
}

}  // namespace

Judge::Judge(const Space& space, const Settings& settings) : space_(space) {
  for (const auto& axis : space.axes) {
    auto& values = words_.emplace_back();
    for (const auto& word : axis.values) values.push_back(value_of_word(word));
  }
  for (std::size_t i = 0; i < space.derived.size(); ++i) {
    const Derived& derived = space.derived[i];
    if (find(derived.name, settings, 0))
      problems_.push_back(fmt::format("{}: the name of an axis, a key or a figure; allowed: another one", derived.where));
    derived_.push_back(bound(derived.formula, derived.where, settings, i));
  }
  for (const auto& constraint : space.constraints)
    constraints_.push_back(bound(constraint.formula, constraint.where, settings, derived_.size()));
  for (const auto& objective : space.objectives) {
    const auto source = find(objective.name, settings, derived_.size());
    if (source)
      objectives_.push_back(*source);
    else
      problems_.push_back(fmt::format(
          "{}: '{}' is no column, the nearest is '{}'; allowed: {}, a derived column, a figure of "
          "report.json (docs/explore.md)",
          objective.where, printable(objective.name), nearest_word(objective.name, known_names(space)), objective_words()));
  }
  if (!problems_.empty()) throw InputError(fmt::format("{}", fmt::join(problems_, "\n")));
  by_area_ = judged_by([](std::string_view name) { return name.starts_with("calibrated."); }).has_value();
  by_energy_ = judged_by(is_energy).has_value();
  by_time_ =
      judged_by([](std::string_view name) { return !name.starts_with("output.") && !name.starts_with("top1."); }).has_value();
}

std::optional<Judge::Source> Judge::find(const std::string& name, const Settings& settings, std::size_t derived) const {
  for (std::size_t i = 0; i < derived; ++i)
    if (space_.derived[i].name == name) return Source{Source::Kind::Derived, i, 0};
  for (std::size_t i = 0; i < space_.axes.size(); ++i)
    if (space_.axes[i].name == name) return Source{Source::Kind::Axis, i, 0};
  if (const auto metric = find_metric(name)) return Source{Source::Kind::Metric, *metric, 0};
  for (const Key& key : configuration_keys())
    if (key.name == name && !key.of_training()) return Source{Source::Kind::Constant, 0, value_of_word(key.get(settings))};
  return std::nullopt;
}

Judge::Bound Judge::bound(const Formula& formula, const std::string& where, const Settings& settings, std::size_t derived) {
  Bound result{.formula = &formula, .sources = {}, .of_results = false};
  for (const auto& name : formula.names()) {
    const auto source = find(name, settings, derived);
    if (!source) {
      const auto later =
          std::find_if(space_.derived.begin(), space_.derived.end(), [&](const Derived& one) { return one.name == name; });
      if (later != space_.derived.end()) {
        problems_.push_back(fmt::format("{}: '{}': '{}' is {}; allowed: earlier derived columns", where, printable(formula.text()),
                                        printable(name),
                                        &later->formula == &formula ? "this column itself" : "a later derived column"));
        continue;
      }
      problems_.push_back(
          fmt::format("{}: '{}': unknown name '{}', the nearest is '{}'; allowed: axes, earlier derived columns, "
                      "configuration keys, figures of report.json (docs/explore.md)",
                      where, printable(formula.text()), printable(name), nearest_word(name, known_names(space_))));
      continue;
    }
    const bool later =
        source->kind == Source::Kind::Metric || (source->kind == Source::Kind::Derived && derived_[source->index].of_results);
    result.of_results = result.of_results || later;
    result.sources.push_back(*source);
  }
  return result;
}

double Judge::value(const Source& source, const Choice& choice, std::span<const Cell> cells,
                    std::span<const double> derived) const {
  switch (source.kind) {
    case Source::Kind::Axis:
      return words_[source.index][choice[source.index]];
    case Source::Kind::Constant:
      return source.value;
    case Source::Kind::Metric:
      return cells.empty() ? std::nan("") : number_of(cells[source.index]);
    case Source::Kind::Derived:
      return derived[source.index];
  }
  return std::nan("");
}

double Judge::value(const Bound& bound, const Choice& choice, std::span<const Cell> cells, std::span<const double> derived) const {
  scratch_.clear();
  for (const Source& source : bound.sources) scratch_.push_back(value(source, choice, cells, derived));
  return (*bound.formula)(scratch_);
}

bool Judge::admits(const Choice& choice) const {
  std::vector<double> derived;
  for (const Bound& one : derived_) derived.push_back(value(one, choice, {}, derived));
  return std::all_of(constraints_.begin(), constraints_.end(), [&](const Bound& one) {
    if (one.of_results) return true;
    const double truth = value(one, choice, {}, derived);
    return truth != 0 && !std::isnan(truth);
  });
}

Judgement Judge::judge(const Choice& choice, std::span<const Cell> cells) const {
  Judgement result;
  for (const Bound& one : derived_) result.derived.push_back(value(one, choice, cells, result.derived));
  for (const Bound& one : constraints_) {
    const double truth = value(one, choice, cells, result.derived);
    if (truth == 0 || std::isnan(truth)) result.feasible = false;
    if (truth == 0) result.refuted = true;
  }
  for (std::size_t i = 0; i < objectives_.size(); ++i) {
    const double figure = value(objectives_[i], choice, cells, result.derived);
    result.objectives.push_back(space_.objectives[i].maximise ? -figure : figure);
  }
  result.lacking = lacks(cells, result.standing);
  return result;
}

bool Judge::asks_for(std::string_view prefix) const {
  const auto begins = [&](const Source& source) {
    return source.kind == Source::Kind::Metric && metrics()[source.index].name.starts_with(prefix);
  };
  const auto any = [&](const Bound& one) { return std::any_of(one.sources.begin(), one.sources.end(), begins); };
  return std::any_of(derived_.begin(), derived_.end(), any) || std::any_of(constraints_.begin(), constraints_.end(), any) ||
         std::any_of(objectives_.begin(), objectives_.end(), begins);
}

bool Judge::follows(const Source& source, const std::function<bool(std::string_view)>& metric) const {
  if (source.kind == Source::Kind::Metric) return metric(metrics()[source.index].name);
  if (source.kind != Source::Kind::Derived) return false;
  return std::ranges::any_of(derived_[source.index].sources, [&](const Source& one) { return follows(one, metric); });
}

std::optional<std::string> Judge::judged_by(const std::function<bool(std::string_view)>& metric) const {
  for (std::size_t i = 0; i < objectives_.size(); ++i)
    if (follows(objectives_[i], metric)) return space_.objectives[i].where;
  for (std::size_t i = 0; i < constraints_.size(); ++i)
    if (std::ranges::any_of(constraints_[i].sources, [&](const Source& one) { return follows(one, metric); }))
      return space_.constraints[i].where;
  return std::nullopt;
}

bool Judge::lacks(std::span<const Cell> cells, CostStanding& standing) const {
  if (cells.empty()) return false;
  const auto cell = [&](const char* name) -> const Cell& { return cells[*find_metric(name)]; };
  const auto words = [&](const char* name) {
    const auto* text = std::get_if<std::string>(&cell(name));
    return text == nullptr ? std::string() : *text;
  };
  standing.missing = words("calibrated.missing_units");
  standing.extrapolated = words("calibrated.extrapolated_units");
  const double path = number_of(cell("calibrated.critical_path_ps")), clock = number_of(cell("clock_ghz"));
  standing.too_fast = clock_is_too_fast(clock, path);
  return (standing.lacks_unit() && (by_area_ || (by_time_ && clock_is_of_path(clock, path)))) ||
         (standing.lacks_energy() && by_energy_);
}

std::vector<bool> competing(const Space& space, const std::vector<const Judgement*>& judgements) {
  const auto whole = [](const Judgement* one) { return one != nullptr && !one->lacking; };
  const bool some_whole = std::ranges::any_of(judgements, whole);
  std::vector<bool> result;
  for (const Judgement* one : judgements) result.push_back(whole(one) || (one != nullptr && (space.all_compete || !some_whole)));
  return result;
}

std::vector<bool> pareto_front(const std::vector<std::vector<double>>& points) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < points.size(); ++i)
    if (std::none_of(points[i].begin(), points[i].end(), [](double value) { return std::isnan(value); })) order.push_back(i);
  // A point that another one beats comes behind it, so the front so far decides.
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return points[a] < points[b]; });
  std::vector<std::size_t> front;
  std::vector<bool> on(points.size(), false);
  for (const std::size_t i : order) {
    const auto beats = [&](std::size_t j) {
      return points[j] != points[i] && std::equal(points[j].begin(), points[j].end(), points[i].begin(), std::less_equal<>());
    };
    if (std::any_of(front.rbegin(), front.rend(), beats)) continue;
    front.push_back(i);
    on[i] = true;
  }
  return on;
}

}  // namespace binade::sim
