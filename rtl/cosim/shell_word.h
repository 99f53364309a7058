// SPDX-License-Identifier: Apache-2.0
// Words of a command line, for a shell.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace binade::rtl {

/// `word` as a POSIX shell reads it back: itself where no character of it is special, else within single quotes.
inline std::string shell_word(const std::string& word) {
  const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("+-._/=,:@%").find(c) != std::string_view::npos;
  });
  if (plain) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

}  // namespace binade::rtl
