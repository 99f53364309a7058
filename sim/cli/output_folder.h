// SPDX-License-Identifier: Apache-2.0
// What a command may replace. The rule of all of them (docs/report.md, "What may be replaced"): a folder of --out holds results of
// one command, which replaces its own, and a training run only those of the same run; an option that names a FILE replaces that
// file, but none of a folder's results and none that the command uses. Comparisons (compare.*) follow from reports, and whatever
// command makes one replaces them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace binade::sim {

/// Commands whose --out is a folder with results that are its own.
enum class FolderOwner { Nobody, Run, Train, Explore, Search };

/// By the report there; where there is none yet, by the files that come before it. Throws InputError where report.json is of no
/// command of this program.
FolderOwner owner_of(const std::filesystem::path& directory);

/// Throws InputError where the folder is another command's; where it has no report and a file there that the command would replace
/// is not of a run that has just begun; where one of `read`, files that the command reads (empty words: none), is one of its
/// results.
void check_folder(const std::filesystem::path& directory, FolderOwner command, const std::vector<std::string>& read = {});

/// What NAME|FILE names where that is no name: a folder of such a name plays no part.
std::string chosen_file(const std::string& choice);

/// Throws InputError where the file that `option` names is a result in somebody's folder or in `own`, the command's --out (empty:
/// none), or one of `others`, files that the command reads or writes beside it (empty words: none); of a folder among these each
/// file that is there. Whatever the names: links to one file are one file.
void check_named_output(const char* option, const std::filesystem::path& file, const std::filesystem::path& own = {},
                        const std::vector<std::string>& others = {});

}  // namespace binade::sim
