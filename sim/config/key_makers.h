// SPDX-License-Identifier: Apache-2.0
// What the tables of keys are made of; for keys.cpp, tiling_keys.cpp and train_keys.cpp alone.
#pragma once

#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "models/numerics/error.h"
#include "models/spec/limits.h"
#include "sim/config/keys.h"
#include "sim/config/values.h"

namespace binade::sim::key_makers {

using Words = std::vector<std::string>;

inline std::string join(const Words& words, std::string_view separator) {
  std::string all;
  for (const auto& word : words) all += (all.empty() ? "" : std::string(separator)) + word;
  return all;
}

template <std::size_t N>
Words words_of(const std::array<std::string_view, N>& list) {
  return {list.begin(), list.end()};
}

template <std::size_t N>
Words auto_or(const std::array<std::string_view, N>& list) {
  Words words{"auto"};
  words.insert(words.end(), list.begin(), list.end());
  return words;
}

/// `at` maps Settings& to a reference to an integral field.
template <typename Field>
Key integer_key(const spec::Limit& limit, std::string unit, Field at, std::string meaning) {
  return {std::string(limit.key),
          "integer",
          std::move(unit),
          limit.allowed(),
          std::move(meaning),
          [=](Settings& s, std::string_view text) {
            at(s) = static_cast<std::remove_reference_t<decltype(at(s))>>(parse_integer(text, limit));
          },
          [=](const Settings& s) { return std::to_string(at(s)); }};
}

/// One of `words`, held as text.
template <typename Field>
Key word_key(std::string name, Words words, Field at, std::string meaning) {
  const auto allowed = join(words, ", ");
  return {std::move(name),
          "word",
          "",
          allowed,
          std::move(meaning),
          [=](Settings& s, std::string_view text) { at(s) = parse_word(text, words); },
          [=](const Settings& s) { return at(s); }};
}

/// An enumeration with its own words.
template <typename Enum, typename Field>
Key enum_key(std::string name, std::vector<Enum> values, Field at, std::string meaning) {
  Words words;
  for (const auto value : values) words.emplace_back(to_string(value));
  const auto allowed = join(words, ", ");
  return {std::move(name),
          "word",
          "",
          allowed,
          std::move(meaning),
          [=](Settings& s, std::string_view text) {
            const auto word = parse_word(text, words);
            for (const auto value : values)
              if (to_string(value) == word) at(s) = value;
          },
          [=](const Settings& s) { return std::string(to_string(at(s))); }};
}

template <typename Field>
Key number_key(const spec::NumberLimit& limit, std::string unit, Field at, std::string meaning) {
  return {std::string(limit.key),
          "number",
          std::move(unit),
          fmt::format("{}..{}", limit.least, limit.most),
          std::move(meaning),
          [=](Settings& s, std::string_view text) { at(s) = parse_number(text, limit.least, limit.most); },
          [=](const Settings& s) { return print_number(at(s)); }};
}

template <typename Field>
Key flag_key(std::string name, Field at, std::string meaning) {
  return {std::move(name),
          "boolean",
          "",
          "true, false",
          std::move(meaning),
          [=](Settings& s, std::string_view text) { at(s) = parse_boolean(text); },
          [=](const Settings& s) { return std::string(at(s) ? "true" : "false"); }};
}

// Reference to a field of Settings, const or not.
#define BINADE_FIELD(path) \
  [](auto& s) -> auto& { return s.path; }

/// A bias, or `auto`.
template <typename Field>
Key sdfp_key(const spec::Limit& limit, Field at, std::string tensors) {
  return {std::string(limit.key),
          "word",
          "exponent steps",
          limit.allowed() + ", auto",
          "sdfp: bias added to the shared exponent of " + tensors + "; auto: from the leading-bit histogram",
          [=](Settings& s, std::string_view text) {
            if (text == "auto") {
              at(s).reset();
              return;
            }
            try {
              at(s) = static_cast<int>(parse_integer(text, limit));
            } catch (const InputError& error) {
              throw InputError(std::string(error.what()) + ", auto");
            }
          },
          [=](const Settings& s) { return at(s) ? std::to_string(*at(s)) : std::string("auto"); }};
}

}  // namespace binade::sim::key_makers
