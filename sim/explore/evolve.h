// SPDX-License-Identifier: Apache-2.0
// Points chosen by what earlier ones gave: NSGA-II (Deb et al., IEEE Trans. Evol. Comp. 6(2), 2002) as pagmo has it.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "sim/explore/judge.h"

namespace binade::sim {

/// Objectives of each choice, to be minimised; NaN where there is none.
using Evaluate = std::function<std::vector<Judgement>(const std::vector<Choice>&)>;

/// Asks for at most `count` different points that the judge admits: a Latin hypercube first, then generations bred from the best.
/// Points that are infeasible, failed or not admitted are worse than all others. The same seed and the same answers ask for the
/// same points. Ends early where generations bring nothing new, or where an answer has fewer judgements than were asked for.
void evolve(const Space& space, const Judge& judge, std::int64_t count, std::uint64_t seed, const Evaluate& evaluate);

}  // namespace binade::sim
