// SPDX-License-Identifier: Apache-2.0
// How the program speaks of errors.
#pragma once

#include <string>

namespace binade::sim {

/// Each line of `what` on stderr, prefixed by `binade: error: `; bytes that are no text are escaped.
void report_error(const std::string& what);

/// `what` on stderr, prefixed by `binade: note: `; nothing where it is empty.
void report_note(const std::string& what);

}  // namespace binade::sim
