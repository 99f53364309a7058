// SPDX-License-Identifier: Apache-2.0
// The folder of a training run (docs/training.md).
#pragma once

#include <filesystem>

#include "models/operations/tensor.h"
#include "sim/report/training_report.h"

namespace binade::sim {

inline constexpr const char* kCheckpointName = "checkpoint.npz";

/// Throws InputError where one of the folder's files cannot be written.
void check_training_outputs(const std::filesystem::path& directory);
/// history.csv, tensors.csv, exponents.csv, report.html and report.json, each whole.
void write_training_outputs(const std::filesystem::path& directory, const TrainingReport& report);
/// weights.npz: of binary32 where that holds every value, otherwise of binary64.
void write_weights(const std::filesystem::path& directory, const operations::Parameters& parameters);

}  // namespace binade::sim
