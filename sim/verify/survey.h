// SPDX-License-Identifier: Apache-2.0
// Which vectors of an exhaustive run fail, how many, and what they have in common.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "sim/verify/codes.h"
#include "sim/verify/unit.h"

namespace binade::verify {

/// What a survey says in the end.
struct Pattern {
  struct Bits {  ///< of an input, that every failing vector has and not every vector
    Pin pin;
    std::size_t word = 0;  ///< of the pin's
    std::uint64_t mask = 0, value = 0;
  };
  struct Codes {  ///< of an input
    Pin pin;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> counts;  ///< code, failing vectors: ascending, none of zero
  };
  std::uint64_t failures = 0;
  std::vector<Bits> shared;
  std::uint64_t alike = 0;  ///< vectors with all of `shared`; 0: too many to count
  /// What every failing vector is: classes of the unit that not every vector is of, and classes of its codes ("a_i zero").
  std::vector<std::string> classes;
  std::vector<Codes> codes;  ///< of inputs up to Survey::kMostCodeBits bits
};

class Survey {
 public:
  static constexpr int kMostCodeBits = 16;

  /// `unit`: combinational; it outlives this.
  explicit Survey(const Unit& unit);
  void seen(const Row& in);
  void failed(const Row& in);
  void merge(const Survey& other);

  std::uint64_t failures() const { return failures_; }
  /// Whether a vector has every bit that the failing ones share.
  bool alike(const Row& in) const;
  /// `hits`: of the unit's classes, of `vectors` vectors.
  Pattern pattern(const std::vector<std::uint64_t>& hits, std::uint64_t vectors) const;

 private:
  /// Bits that have been one, and that have been zero, all along.
  struct Constant {
    std::vector<std::uint64_t> ones, zeros;
    void take(const Row& in);
    void meet(const Constant& other);
  };
  /// Bits of a pin's word that all failing vectors have alike, and not all vectors. Of values with names all bits or none.
  std::uint64_t shared(const Pin& pin, std::size_t word) const;

  const Unit* unit_;
  std::size_t words_;
  Constant all_, failing_;
  std::uint64_t failures_ = 0;
  std::vector<std::vector<std::uint64_t>> counts_;  ///< by input and code; of wide ones none
  std::vector<std::array<std::uint64_t, kCodeClassNames.size()>> code_classes_;
  std::vector<std::uint64_t> hits_;
};

/// Lines of a report: "failing: 512 of 65536 vectors; ...".
std::string to_text(const Pattern& pattern, std::uint64_t vectors);
nlohmann::ordered_json to_json(const Pattern& pattern);

}  // namespace binade::verify
