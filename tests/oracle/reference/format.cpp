// SPDX-License-Identifier: Apache-2.0
#include "tests/oracle/reference/format.h"

#include <cstdio>
#include <stdexcept>

namespace binade::oracle {
namespace {

/// sscanf of exactly `fields` integers that consumes the whole word.
bool matches(const std::string& word, const std::string& pattern, int fields, int& x, int& y) {
  int consumed = -1;
  int found = 0;
  const std::string whole = pattern + "%n";
  if (fields == 1) {
    found = std::sscanf(word.c_str(), whole.c_str(), &x, &consumed);
  } else {
    found = std::sscanf(word.c_str(), whole.c_str(), &x, &y, &consumed);
  }
  return found == fields && consumed == static_cast<int>(word.size());
}

}  // namespace

Format parse(const std::string& word) {
  if (word.ends_with("sat")) {
    Format format = parse(word.substr(0, word.size() - 3));
    if (format.kind != Kind::Ieee || format.saturates) throw std::invalid_argument("oracle: " + word);
    format.word = word;
    format.saturates = true;
    return format;
  }
  if (word.starts_with("posit") && word.ends_with("u")) {
    Format format = parse(word.substr(0, word.size() - 1));
    if (format.underflows) throw std::invalid_argument("oracle: " + word);
    format.word = word;
    format.underflows = true;
    return format;
  }
  const auto ieee = [&](int e, int m, bool inf) { return Format{word, Kind::Ieee, 1 + e + m, e, m, inf, false, false}; };
  if (word == "fp32") return ieee(8, 23, true);
  if (word == "fp16") return ieee(5, 10, true);
  if (word == "bf16") return ieee(8, 7, true);
  if (word == "fp8e4m3") return ieee(4, 3, false);
  if (word == "fp8e5m2") return ieee(5, 2, true);
  int x = 0;
  int y = 0;
  if (matches(word, "posit%des%d", 2, x, y)) return {word, Kind::Posit, x, y, 0, false, false, false};
  if (matches(word, "posit%d", 1, x, y)) return {word, Kind::Posit, x, 2, 0, false, false, false};
  if (matches(word, "flex%d+%d", 2, x, y)) return {word, Kind::Flex, x, y, 0, false, false, false};
  if (matches(word, "dfp%d", 1, x, y)) return {word, Kind::Symmetric, x, 0, 0, false, false, false};
  if (matches(word, "sdfp%d", 1, x, y)) return {word, Kind::Symmetric, x, 0, 0, false, false, false};
  if (matches(word, "fixed%d.%d", 2, x, y)) return {word, Kind::Symmetric, x, 0, y, false, true, false};
  if (matches(word, "ieee%d.%d", 2, x, y)) return ieee(x, y, true);
  if (matches(word, "e%dm%d", 2, x, y)) return {word, Kind::Hill, 1 + x + y, x, y, false, false, false};
  throw std::invalid_argument("oracle: " + word);
}

}  // namespace binade::oracle
