// SPDX-License-Identifier: Apache-2.0
// The least case near a failing one that still fails.
#pragma once

#include <functional>

#include "tests/soak/cases.h"

namespace binade::soak {

/// Removes rows, columns and products, simplifies the configuration and zeroes operands, one thing after another, as long as
/// `fails` says that what is left fails. At most `tries` calls.
Case minimised(Case failing, const std::function<bool(const Case&)>& fails, int tries = 4000);

}  // namespace binade::soak
