// SPDX-License-Identifier: Apache-2.0
#include "sim/host/core_kind.h"

#include <algorithm>

#include "models/numerics/error.h"

namespace binade::sim {

std::string_view to_string(CoreKind kind) {
  const auto row = std::find_if(kCoreKinds.begin(), kCoreKinds.end(), [kind](const CoreKindWord& w) { return w.kind == kind; });
  if (row == kCoreKinds.end()) throw InvariantError("core kind: not in the list");
  return row->word;
}

CoreKind parse_core_kind(std::string_view word) {
  std::string allowed;
  for (const CoreKindWord& row : kCoreKinds) {
    if (row.word == word) return row.kind;
    allowed += " " + std::string(row.word);
  }
  throw InputError("core: '" + std::string(word) + "' is unknown; allowed:" + allowed);
}

std::vector<std::string> core_kind_words() {
  std::vector<std::string> words;
  for (const CoreKindWord& row : kCoreKinds) words.emplace_back(row.word);
  return words;
}

std::string core_kind_help() {
  std::string help;
  for (const CoreKindWord& row : kCoreKinds)
    help += (help.empty() ? "" : ", ") + std::string(row.word) + " (" + std::string(row.meaning) + ")";
  return help;
}

}  // namespace binade::sim
