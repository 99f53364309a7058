// SPDX-License-Identifier: Apache-2.0
// What the program's exit codes other than 0 say.
#pragma once

namespace binade::sim {

inline constexpr int kMismatchExit = 1;
inline constexpr int kFailedExit = 1;  ///< nothing of what was asked for could be done
inline constexpr int kUserErrorExit = 2;
inline constexpr int kInvariantErrorExit = 3;
inline constexpr int kInterruptedExit = 130;  ///< a signal cut the run short, as shells report SIGINT

}  // namespace binade::sim
