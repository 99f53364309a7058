// SPDX-License-Identifier: Apache-2.0
// The loop of `binade eval`: lines in, results out.
#pragma once

#include <iosfwd>
#include <string>

#include "sim/cli/eval_operation.h"

namespace binade::sim {

/// Reads lines from `in` until its end and writes results to `out`; pending results are flushed whenever `in` has nothing
/// buffered, so that a dialogue over pipes works. On a bad line the results of earlier lines are written, then InputError
/// names the line, counted from 1.
void evaluate_lines(const EvalOptions& options, std::istream& in, std::ostream& out);

/// `NAME=COUNT[,NAME=COUNT...]`, or `-`.
std::string events_text(const numerics::Events& events);

}  // namespace binade::sim
