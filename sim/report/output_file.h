// SPDX-License-Identifier: Apache-2.0
// Files that are either whole or not there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace binade::sim {

/// Creates `directory` where needed, removes what a killed run left half written in it, and proves that a file can be written.
/// Throws InputError naming --out otherwise.
void prepare_output_directory(const std::filesystem::path& directory);

/// Throws InputError where `file` can be seen not to become a file: a directory, or its folder is none. Writes nothing.
void check_output_file(const std::filesystem::path& file);

/// A file in the making: a temporary of a fresh name in the same folder, locked while it is written, removed unless committed.
/// What is there and no regular file (a terminal, a pipe, /dev/null) is written in place and never replaced or removed.
class OutputFile {
 public:
  /// Throws InputError naming the file where it cannot be made; so do the others.
  explicit OutputFile(const std::filesystem::path& file);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(std::string_view content);
  /// What was written has reached the disk when this returns. Before commit(): the file is then whole after a loss of power too.
  void sync();
  /// Puts the temporary in the file's place.
  void commit();

 private:
  [[noreturn]] void fail(int error);
  void discard();

  std::filesystem::path file_, temporary_;  ///< temporary_ empty: written in place
  int descriptor_ = -1;
};

/// The new name of a committed file has reached the disk when this returns.
void sync_folder_of(const std::filesystem::path& file);

/// An OutputFile of that content.
void write_file(const std::filesystem::path& file, std::string_view content);

}  // namespace binade::sim
