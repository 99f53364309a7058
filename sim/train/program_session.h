// SPDX-License-Identifier: Apache-2.0
// A session on training programs: the golden model's encoded tensors, or binary64.
#pragma once

#include <memory>

#include "sim/train/training_parts.h"

namespace binade::sim {

/// Throws InputError where the network cannot be trained as the settings and the recipe say, with every reason.
std::unique_ptr<Session> make_program_session(const SessionSpec& spec);

}  // namespace binade::sim
