// SPDX-License-Identifier: Apache-2.0
// The formats of one operation of the vector unit: every operand has its own, and so has the result. The exponents of formats that
// share one are words of the record.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "models/numerics/format_spec.h"
#include "models/numerics/rounding.h"
#include "models/spec/isa.h"

namespace binade::operations {

/// A format and the rounding to it.
struct ElementFormat {
  numerics::FormatSpec format;
  numerics::Rounding rounding = numerics::Rounding::Rne;
  bool operator==(const ElementFormat&) const = default;
};

struct VectorFormats {
  numerics::FormatSpec x;  ///< of x
  numerics::FormatSpec y;  ///< of y, or of s and t
  numerics::FormatSpec out;
  numerics::Rounding rounding = numerics::Rounding::Rne;  ///< to element codes of `out`; raw outputs round to nearest even

  /// One format for all. NOLINTNEXTLINE(google-explicit-constructor): the common case
  VectorFormats(const numerics::FormatSpec& all) : VectorFormats(all, all.default_rounding()) {}
  VectorFormats(const numerics::FormatSpec& all, numerics::Rounding to_all) : x(all), y(all), out(all), rounding(to_all) {}
  VectorFormats(const numerics::FormatSpec& of_x, const numerics::FormatSpec& of_y, const ElementFormat& of_out)
      : x(of_x), y(of_y), out(of_out.format), rounding(of_out.rounding) {}
  bool operator==(const VectorFormats&) const = default;
};

/// The formats that a machine knows by index, as Vector records name them.
class FormatTable {
 public:
  explicit FormatTable(const ElementFormat& first, const std::vector<ElementFormat>& further = {}) : formats_{first} {
    formats_.insert(formats_.end(), further.begin(), further.end());
  }

  std::int64_t size() const { return static_cast<std::int64_t>(formats_.size()); }
  const ElementFormat& at(std::int64_t index) const { return formats_.at(static_cast<std::size_t>(index)); }
  /// The first entry that is `format`; the first of its FormatSpec with any rounding.
  std::optional<std::int64_t> find(const ElementFormat& format) const;
  std::optional<std::int64_t> find(const numerics::FormatSpec& format) const;
  /// Precondition: the record's indices are below size().
  VectorFormats of(const spec::Vector& record) const {
    return {at(record.x_format).format, at(record.y_format).format, at(record.o_format)};
  }

 private:
  std::vector<ElementFormat> formats_;
};

}  // namespace binade::operations
