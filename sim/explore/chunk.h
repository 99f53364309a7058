// SPDX-License-Identifier: Apache-2.0
// What a sweep and its tasks on other machines tell each other in files: which points, and what came of them. A file is whole or
// not there, and read by the program that wrote it alone.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/explore/point_runner.h"
#include "sim/explore/store.h"

namespace binade::sim {

/// The points of one task.
struct Chunk {
  std::filesystem::path folder;        ///< that file names are relative to
  std::vector<std::string> arguments;  ///< of `binade explore`
  std::vector<NamedPoint> points;      ///< of one workload beside each other
};

void write_chunk(const std::filesystem::path& file, const Chunk& chunk);
/// Throws InputError where the file is none, or of another build of the program.
Chunk read_chunk(const std::filesystem::path& file);

void write_results(const std::filesystem::path& file, const std::vector<StoredPoint>& rows);
/// Empty where there is no such file, and where it is damaged or of another build.
std::vector<StoredPoint> read_results(const std::filesystem::path& file);

/// Files of a task in its folder.
std::filesystem::path chunk_file(const std::filesystem::path& folder, std::size_t task);
std::filesystem::path results_file(const std::filesystem::path& folder, std::size_t task);

}  // namespace binade::sim
