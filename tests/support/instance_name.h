// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cctype>
#include <string>
#include <string_view>

namespace binade::tests {

/// A word as the name of a test's instance, which takes letters, digits and underscores.
inline std::string instance_name(std::string_view word) {
  std::string name(word);
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name;
}

}  // namespace binade::tests
