// SPDX-License-Identifier: Apache-2.0
// BINADE_BOUND(condition): what the code beside it relies on and a derivation there proves, such as that an index lies in its
// buffer. Checked where NDEBUG is not defined (the presets dev, asan and coverage); a Release build does not evaluate it. What is
// cheap beside the work that it guards is an InvariantError in every build instead.
#pragma once

#include <string>

#include "models/numerics/error.h"

namespace binade {

[[noreturn]] inline void broken_bound(const char* condition, const char* file, int line) {
  throw InvariantError(std::string(file) + ':' + std::to_string(line) + ": bound broken: " + condition);
}

}  // namespace binade

#ifdef NDEBUG
#define BINADE_BOUND(condition) static_cast<void>(sizeof(static_cast<bool>(condition)))
#else
#define BINADE_BOUND(condition) ((condition) ? static_cast<void>(0) : ::binade::broken_bound(#condition, __FILE__, __LINE__))
#endif
