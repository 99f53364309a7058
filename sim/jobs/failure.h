// SPDX-License-Identifier: Apache-2.0
// What an exception says to the user, and the exit code that goes with it.
#pragma once

#include <string>

namespace binade::sim {

struct Failure {
  std::string what;  ///< lines, without a prefix
  int exit_code = 0;
};

/// Of the exception being handled: a mismatch is 1, a mistake of the user and trouble of the machine (memory, threads, files,
/// disks) 2, an interrupted build of RTL 130, anything else 3.
Failure current_failure();

}  // namespace binade::sim
