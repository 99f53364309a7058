// SPDX-License-Identifier: Apache-2.0
// The format lists that the sweeps run over, as products of their parameters.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/instance_name.h"

namespace binade::oracle {

namespace detail {
inline std::string word(const char* prefix, int x, const char* infix, int y) {
  std::string text(prefix);
  text.append(std::to_string(x)).append(infix).append(std::to_string(y));
  return text;
}
}  // namespace detail

/// `suffix` u: those that underflow to zero.
inline std::vector<std::string> posit_words(int low, int high, const char* suffix = "") {
  std::vector<std::string> words;
  for (int n = low; n <= high; ++n) {
    for (int es = 0; es <= 4; ++es) words.push_back(detail::word("posit", n, "es", es) + suffix);
  }
  return words;
}

/// Every e<E>m<M> whose width lies in [low, high].
inline std::vector<std::string> hill_words(int low, int high) {
  std::vector<std::string> words;
  for (int e = 2; e <= 8; ++e) {
    for (int m = 1; m <= 23; ++m) {
      if (1 + e + m >= low && 1 + e + m <= high) words.push_back(detail::word("e", e, "m", m));
    }
  }
  return words;
}

/// Every ieee<E>.<M> whose width lies in [low, high], each also saturating.
inline std::vector<std::string> ieee_words(int low, int high) {
  std::vector<std::string> words;
  for (int e = 2; e <= 8; ++e) {
    for (int m = 1; m <= 23; ++m) {
      if (1 + e + m < low || 1 + e + m > high) continue;
      words.push_back(detail::word("ieee", e, ".", m));
      words.push_back(detail::word("ieee", e, ".", m) + "sat");
    }
  }
  return words;
}

inline std::vector<std::string> integer_words(int low, int high) {
  std::vector<std::string> words;
  for (int n = low; n <= high; ++n) {
    words.push_back("dfp" + std::to_string(n));
    words.push_back("sdfp" + std::to_string(n));
    words.push_back(detail::word("flex", n, "+", 5));
    for (const int fraction : {0, n / 2, n + 3}) words.push_back(detail::word("fixed", n, ".", fraction));
  }
  return words;
}

/// Names the cases of a suite whose parameter is a format word.
struct NameOfWord {
  std::string operator()(const testing::TestParamInfo<std::string>& info) const { return tests::instance_name(info.param); }
};

}  // namespace binade::oracle
