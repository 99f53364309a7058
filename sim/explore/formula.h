// SPDX-License-Identifier: Apache-2.0
// What a space says in terms of its axes, of configuration keys and of metrics: "core.rows * core.cols <= 1024",
// "format == 'posit8' ? 1 : 0", "energy.total_pj / macs".
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace binade::sim {

/// Numbers, names (dots are part of them), 'words', true, false, + - * / ^ ( ), comparisons, && || ?:, log2, log10, ln, exp, sqrt,
/// abs, floor, ceil, min, max.
class Formula {
 public:
  /// Throws InputError where the text is none.
  explicit Formula(const std::string& text);
  ~Formula();
  Formula(Formula&&) noexcept;
  Formula& operator=(Formula&&) noexcept;

  const std::string& text() const;
  /// Sorted, each once.
  const std::vector<std::string>& names() const;
  /// `values`: of names(), in their order; NaN where a value does not exist, and then the result is NaN. A truth is 1, else 0.
  double operator()(std::span<const double> values) const;

 private:
  struct Parsed;
  std::unique_ptr<Parsed> parsed_;
};

/// What a word is to a formula: a number is itself, true 1, false 0, any other word a number of its own that no result has.
double value_of_word(std::string_view word);

}  // namespace binade::sim
