// SPDX-License-Identifier: Apache-2.0
// What a device made beside what it was to make: the first difference is an error that says where it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace binade::sim {

class Comparison {
 public:
  /// `where`: what the device carried out; `other`: who says otherwise. For messages.
  Comparison(std::string where, std::string other) : where_(std::move(where)), other_(std::move(other)) {}

  /// These throw MismatchError.
  void numbers(const std::string& what, std::int64_t device, std::int64_t expected) const {
    if (device != expected) differ(what + " " + std::to_string(device) + " and " + std::to_string(expected));
  }
  /// Codes of so many bytes each. `of`: whose, where the place does not say it: " of NAME".
  void codes(std::span<const std::byte> device, std::span<const std::byte> expected, int code_bytes,
             const std::string& of = {}) const;
  [[noreturn]] void differ(const std::string& what) const;

 private:
  std::string where_, other_;
};

}  // namespace binade::sim
