// SPDX-License-Identifier: Apache-2.0
// Names that Verilator can carry. It writes the names of its sources into `line directives, where a space or a quote cuts them
// short: warnings then name files that do not exist, and a module no longer bears the name of its file.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>

namespace binade::rtl {

/// Symbolic links in a temporary directory, made when first needed and removed with this object. A link stands for a whole
/// directory wherever a file's own name is plain, so that what a source includes from beside it is found.
class PathAliases {
 public:
  PathAliases() = default;
  ~PathAliases();
  PathAliases(const PathAliases&) = delete;
  PathAliases& operator=(const PathAliases&) = delete;

  /// The absolute path, where it has only letters, digits and _ - . / + @ , = : ~, else one through a link. Throws InputError for
  /// a path with a line break, which Verilator's own start script drops, and where no link can be made.
  std::string of_file(const std::filesystem::path& file);
  std::string of_directory(const std::filesystem::path& directory);
  /// The text with every alias replaced by what it stands for, written by `as`.
  std::string real(
      std::string text,
      const std::function<std::string(const std::string&)>& as = [](const std::string& target) { return target; }) const;

 private:
  std::string link(const std::filesystem::path& target, const std::string& name);

  std::filesystem::path directory_;
  std::map<std::string, std::string> aliases_;  ///< target to alias
};

}  // namespace binade::rtl
