// SPDX-License-Identifier: Apache-2.0
// `binade eval --npy IN OUT`.
#pragma once

#include <filesystem>
#include <iosfwd>

#include "sim/cli/eval_operation.h"

namespace binade::sim {

/// Evaluates the array in `in` into `out`, which is whole or as it was, and prints what has no place in it. Throws InputError.
void evaluate_npy(const EvalOptions& options, const std::filesystem::path& in, const std::filesystem::path& out,
                  std::ostream& printed);

}  // namespace binade::sim
