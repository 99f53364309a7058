// SPDX-License-Identifier: Apache-2.0
// Which run a training run is: what its results follow from, and whether files that are there are of the same one.
#pragma once

#include <filesystem>
#include <string>

#include "sim/report/training_report.h"
#include "sim/train/checkpoint.h"
#include "sim/train/training_parts.h"

namespace binade::sim {

/// What a report tells of it. How long the run is to be is in it only where `epochs_count`, where steps depend on it.
RunIdentity told_by(const TrainingReport& report, bool epochs_count);
/// And the contents of network, data and initial weights.
RunIdentity identity_of(const TrainingReport& report, const TrainingParts& parts);
/// SHA-256 of it and of the program's version, as a report has it.
std::string digest_of(const RunIdentity& identity);

/// Throws InputError where the checkpoint in `file` is of another run, with everything that differs.
void check_same_run(const std::filesystem::path& file, const RunIdentity& ours, const RunIdentity& theirs);
/// Throws InputError where `directory` holds results of another training run. `checkpoint`: the file
/// that the run uses, which is not looked at here.
void check_training_folder(const std::filesystem::path& directory, const std::filesystem::path& checkpoint,
                           const TrainingReport& report, const TrainingParts& parts);

}  // namespace binade::sim
