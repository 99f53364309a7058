// SPDX-License-Identifier: Apache-2.0
// A value of a JSON file that knows where it stands: what is wrong with it is said with file and key.
#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace binade::cost {

/// The value that a text is. Throws InputError that begins with `where`, and says line and column, where the text is no JSON, has a
/// number that binary64 does not hold, or a key twice in an object.
nlohmann::json json_of(const std::string& text, const std::string& where, const std::string& allowed);

class JsonPlace {
 public:
  /// `value` outlives it.
  JsonPlace(const nlohmann::json& value, std::string file, std::string key = {})
      : value_(value), file_(std::move(file)), key_(std::move(key)) {}

  /// All of these throw InputError where there is no such value; of has() that is an object.
  bool has(const char* name) const;
  JsonPlace at(const char* name) const;
  std::vector<std::pair<std::string, JsonPlace>> members() const;  ///< of an object
  std::vector<JsonPlace> items() const;                            ///< of an array
  std::string text() const;
  double number(double least = std::numeric_limits<double>::lowest()) const;
  double positive() const;
  const std::string& key() const { return key_; }
  std::string where() const;  ///< "FILE: KEY"

  /// "FILE: KEY: what; allowed: allowed".
  [[noreturn]] void refuse(const std::string& what, const std::string& allowed) const;
  /// The same of a message that says itself what is allowed.
  [[noreturn]] void refuse(const std::string& message) const;

 private:
  JsonPlace member(const nlohmann::json& value, const std::string& name) const;
  std::string shown() const;

  const nlohmann::json& value_;
  std::string file_, key_;
};

}  // namespace binade::cost
