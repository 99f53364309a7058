// SPDX-License-Identifier: Apache-2.0
#include "sim/explore/evolve.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <pagmo/algorithm.hpp>
#include <pagmo/algorithms/nsga2.hpp>
#include <pagmo/batch_evaluators/member_bfe.hpp>
#include <pagmo/bfe.hpp>
#include <pagmo/population.hpp>
#include <pagmo/problem.hpp>
#include <utility>

namespace binade::sim {
namespace {

constexpr double kWorst = 1e30;      // beyond any figure
constexpr double kLacking = 1e3;     // times as dear: points without units that the cost table lacks, which may lead no others
constexpr int kIdleGenerations = 8;  // that bring no new point

/// What is known of points; asks for those that are not.
class Known {
 public:
  Known(const Space& space, const Judge& judge, std::int64_t count, const Evaluate& evaluate)
      : space_(space), judge_(judge), left_(count), evaluate_(evaluate) {}

  std::size_t objectives() const { return space_.objectives.size(); }
  std::int64_t left() const { return left_; }
  bool ended() const { return left_ == 0 || stopped_; }
  const Space& space() const { return space_; }

  std::vector<pagmo::vector_double> fitness(const std::vector<Choice>& choices) {
    std::vector<Choice> fresh;
    for (const Choice& choice : choices) {
      if (ended() || known_.contains(choice) || static_cast<std::int64_t>(fresh.size()) == left_) continue;
      if (std::find(fresh.begin(), fresh.end(), choice) == fresh.end() && judge_.admits(choice)) fresh.push_back(choice);
    }
    if (!fresh.empty()) {
      const auto judgements = evaluate_(fresh);
      stopped_ = judgements.size() < fresh.size();
      for (std::size_t i = 0; i < judgements.size(); ++i) known_.emplace(fresh[i], fitness_of(judgements[i]));
      left_ -= static_cast<std::int64_t>(judgements.size());
    }
    std::vector<pagmo::vector_double> all;
    for (const Choice& choice : choices) {
      const auto found = known_.find(choice);
      all.push_back(found == known_.end() ? pagmo::vector_double(objectives(), kWorst) : found->second);
    }
    return all;
  }

 private:
  pagmo::vector_double fitness_of(const Judgement& judgement) const {
    pagmo::vector_double fitness(objectives(), kWorst);
    const auto& values = judgement.objectives;
    const bool whole =
        values.size() == objectives() && std::none_of(values.begin(), values.end(), [](double v) { return std::isnan(v); });
    if (judgement.feasible && whole)
      for (std::size_t i = 0; i < values.size(); ++i) {
        const double dear = values[i] < 0 ? 1 / kLacking : kLacking;
        fitness[i] = std::clamp(judgement.lacking && !space_.all_compete ? values[i] * dear : values[i], -kWorst, kWorst);
      }
    return fitness;
  }

  const Space& space_;
  const Judge& judge_;
  std::int64_t left_;
  const Evaluate& evaluate_;
  bool stopped_ = false;
  std::map<Choice, pagmo::vector_double> known_;
};

/// As pagmo asks: a whole number for each axis.
struct Problem {
  Known* known = nullptr;

  pagmo::vector_double fitness(const pagmo::vector_double& x) const { return batch_fitness(x); }
  pagmo::vector_double batch_fitness(const pagmo::vector_double& all) const {
    const std::size_t axes = known->space().axes.size();
    std::vector<Choice> choices(all.size() / axes);
    for (std::size_t i = 0; i < all.size(); ++i) choices[i / axes].push_back(static_cast<std::uint32_t>(all[i]));
    pagmo::vector_double flat;
    for (const auto& fitness : known->fitness(choices)) flat.insert(flat.end(), fitness.begin(), fitness.end());
    return flat;
  }
  std::pair<pagmo::vector_double, pagmo::vector_double> get_bounds() const {
    pagmo::vector_double low, high;
    for (const auto& axis : known->space().axes) {
      low.push_back(0);
      high.push_back(static_cast<double>(axis.values.size() - 1));
    }
    return {low, high};
  }
  pagmo::vector_double::size_type get_nix() const { return known->space().axes.size(); }
  pagmo::vector_double::size_type get_nobj() const { return known->objectives(); }
};

/// A tenth of the points, a multiple of four as the algorithm asks, 8 to 100.
std::size_t population_size(std::int64_t count) {
  const std::int64_t wanted = std::clamp<std::int64_t>((count + 9) / 10, 8, 100);
  return static_cast<std::size_t>((wanted + 3) / 4 * 4);
}

}  // namespace

void evolve(const Space& space, const Judge& judge, std::int64_t count, std::uint64_t seed, const Evaluate& evaluate) {
  Known known(space, judge, count, evaluate);
  const pagmo::problem problem{Problem{&known}};
  pagmo::population population{problem, 0, static_cast<unsigned>(seed)};
  const std::size_t size = population_size(count);
  auto first = latin_hypercube(space.axes, static_cast<std::int64_t>(size), seed,
                               [&](const Choice& choice) { return judge.admits(choice); });
  if (first.empty()) return;
  while (first.size() < size)
    first.push_back(first[first.size() % std::max<std::size_t>(first.size(), 1)]);  // a space of few points
  const auto fitness = known.fitness(first);
  for (std::size_t i = 0; i < first.size(); ++i)
    population.push_back(pagmo::vector_double(first[i].begin(), first[i].end()), fitness[i]);
  pagmo::nsga2 nsga2(1, 0.95, 10., 1. / static_cast<double>(space.axes.size()), 50., static_cast<unsigned>(seed));
  nsga2.set_bfe(pagmo::bfe{pagmo::member_bfe{}});
  pagmo::algorithm algorithm{nsga2};
  for (int idle = 0; !known.ended() && idle < kIdleGenerations;) {
    const std::int64_t before = known.left();
    population = algorithm.evolve(population);
    idle = known.left() == before ? idle + 1 : 0;
  }
}

}  // namespace binade::sim
