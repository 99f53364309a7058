// SPDX-License-Identifier: Apache-2.0
// What a space says of its points: which are admitted before they run, and of results derived columns, feasibility, objectives.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/config/settings.h"
#include "sim/explore/sampling.h"
#include "sim/explore/space.h"
#include "sim/report/cell.h"
#include "sim/report/cost_standing.h"

namespace binade::sim {

struct Judgement {
  std::vector<double> derived;  ///< NaN: a figure that it follows from does not exist
  bool feasible = true;         ///< a constraint on a figure that does not exist is not met
  bool refuted = false;         ///< some constraint is known not to be met
  CostStanding standing;
  bool lacking = false;            ///< objectives or constraints follow from figures without a unit that the cost table lacks
  std::vector<double> objectives;  ///< to be minimised, maximised ones negated; NaN: does not exist
};

class Judge {
 public:
  /// `settings`: what keys say that are no axes. Throws InputError with every problem, one a line.
  Judge(const Space& space, const Settings& settings);

  /// Meets the constraints that need no result.
  bool admits(const Choice& choice) const;
  /// `metrics`: as metrics() has them.
  Judgement judge(const Choice& choice, std::span<const Cell> metrics) const;
  /// Whether a formula or an objective asks for a figure whose name begins so.
  bool asks_for(std::string_view prefix) const;
  /// The same of objectives and constraints alone, and of the derived columns that they follow from: nothing, or where the first
  /// of them is said.
  std::optional<std::string> judged_by(const std::function<bool(std::string_view)>& metric) const;

 private:
  struct Source {
    enum class Kind { Axis, Constant, Metric, Derived } kind = Kind::Constant;
    std::size_t index = 0;
    double value = 0;
  };
  struct Bound {
    const Formula* formula = nullptr;
    std::vector<Source> sources;
    bool of_results = false;
  };

  std::optional<Source> find(const std::string& name, const Settings& settings, std::size_t derived) const;
  Bound bound(const Formula& formula, const std::string& where, const Settings& settings, std::size_t derived);
  bool follows(const Source& source, const std::function<bool(std::string_view)>& metric) const;
  bool lacks(std::span<const Cell> metrics, CostStanding& standing) const;
  double value(const Source& source, const Choice& choice, std::span<const Cell> metrics, std::span<const double> derived) const;
  double value(const Bound& bound, const Choice& choice, std::span<const Cell> metrics, std::span<const double> derived) const;

  const Space& space_;
  std::vector<std::vector<double>> words_;  ///< of each axis
  std::vector<Bound> derived_, constraints_;
  std::vector<Source> objectives_;
  std::vector<std::string> problems_;
  bool by_area_ = false, by_energy_ = false, by_time_ = false;  ///< judged by figures of the cost table; by figures of the clock
  mutable std::vector<double> scratch_;
};

/// Which points compete for the front; `judgements`: null where a point does not, whatever the table. Those that are judged by
/// figures without some unit do not stand beside points that have all, unless the space says so: theirs are too low.
std::vector<bool> competing(const Space& space, const std::vector<const Judgement*>& judgements);

/// For each point whether no other is at least as good in all and better in one; points with a NaN are on no front. Values are to
/// be minimised; equal points are all on the front.
std::vector<bool> pareto_front(const std::vector<std::vector<double>>& points);

}  // namespace binade::sim
