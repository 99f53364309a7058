// SPDX-License-Identifier: Apache-2.0
// What of its operands a form reads: the distinct elements of each tensor, whatever the number of times.
#pragma once

#include <cstdint>

#include "models/programs/machine.h"
#include "models/programs/training/training_program.h"

namespace binade::programs {

/// Distinct bytes of the work's operands that the form reads; a tensor that it reads twice counts once.
std::int64_t touched_bytes(const StepForm& form, const Work& work);

}  // namespace binade::programs
