// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/made_directories.h"

#include <system_error>

#include "sim/report/output_file.h"

namespace binade::sim {

namespace fs = std::filesystem;

void MadeDirectories::prepare(const fs::path& directory) {
  std::error_code ignored;
  const std::size_t before = made_.size();
  for (fs::path path = fs::absolute(directory, ignored); !path.empty() && !fs::exists(path, ignored); path = path.parent_path()) {
    if (path.has_filename()) made_.insert(made_.begin() + static_cast<std::ptrdiff_t>(before), path);
    if (path == path.parent_path()) break;
  }
  prepare_output_directory(directory);
}

MadeDirectories::~MadeDirectories() {
  std::error_code ignored;
  for (auto path = made_.rbegin(); path != made_.rend(); ++path) fs::remove(*path, ignored);  // a directory only where it is empty
}

}  // namespace binade::sim
