// SPDX-License-Identifier: Apache-2.0
// A training run put away: a file from which it goes on bit for bit.
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sim/train/session.h"
#include "sim/train/train_state.h"

namespace binade::sim {

/// What a run is: names and values, in the order in which a person is told that they differ.
using RunIdentity = std::vector<std::pair<std::string, std::string>>;

/// "batch is 64, there 32", one a name that is not equal.
std::vector<std::string> differences(const RunIdentity& run, const RunIdentity& other);

struct Checkpoint {
  RunIdentity identity;
  std::string version;  ///< of the program that wrote it, its revision included: another one may round otherwise
  TrainState state;
  std::map<std::string, SavedArray> session;
};

/// An npz: `identity`, `version` and `state` as JSON in UTF-8 bytes, `session/NAME` for each array of the session, and `checksum`,
/// SHA-256 of all the others. The file is replaced whole, and only once the new one is safe on the disk: whenever the program is
/// killed, one of the two is there.
void write_checkpoint(const std::filesystem::path& file, const Checkpoint& checkpoint);
/// Throws InputError naming the file, where an array is not as it was written too. What the arrays of a session hold is the
/// session's to judge, as the state is TrainState::problem's.
Checkpoint read_checkpoint(const std::filesystem::path& file);

}  // namespace binade::sim
