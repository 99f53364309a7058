// SPDX-License-Identifier: Apache-2.0
// What a space says of its points: which are admitted before they run, and of results derived columns, feasibility, objectives.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/config/settings.h"
#include "sim/explore/sampling.h"
#include "sim/explore/space.h"
#include "sim/report/cell.h"

namespace binade::sim {

struct Judgement {
  std::vector<double> derived;     ///< NaN: a figure that it follows from does not exist
  bool feasible = true;            ///< a constraint on a figure that does not exist is not met
  bool refuted = false;            ///< some constraint is known not to be met
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
  double value(const Source& source, const Choice& choice, std::span<const Cell> metrics, std::span<const double> derived) const;
  double value(const Bound& bound, const Choice& choice, std::span<const Cell> metrics, std::span<const double> derived) const;

  const Space& space_;
  std::vector<std::vector<double>> words_;  ///< of each axis
  std::vector<Bound> derived_, constraints_;
  std::vector<Source> objectives_;
  std::vector<std::string> problems_;
  mutable std::vector<double> scratch_;
};

/// For each point whether no other is at least as good in all and better in one; points with a NaN are on no front. Values are to
/// be minimised; equal points are all on the front.
std::vector<bool> pareto_front(const std::vector<std::vector<double>>& points);

}  // namespace binade::sim
