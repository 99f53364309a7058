// SPDX-License-Identifier: Apache-2.0
// The parts of binade._core. Functions take contiguous arrays and words and write into arrays that they are given; python/binade
// makes those and speaks NumPy. Each returns the events that it counted.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <optional>
#include <string>
#include <tuple>

#include "lib/codec_arrays.h"
#include "models/numerics/accumulator.h"

namespace binade::python {

/// A format as Python holds it.
struct Format {
  numerics::FormatSpec spec;
};

/// saturation, underflow, overflow, nar, inexact.
using Counts = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t>;
inline Counts counts(const numerics::Events& events) {
  return {events.saturation, events.underflow, events.overflow, events.nar, events.inexact};
}

inline std::optional<numerics::Rounding> rounding_of(const std::optional<std::string>& word) {
  if (!word) return std::nullopt;
  return numerics::parse_rounding(*word);
}

void add_formats(nanobind::module_& module);
void add_conversions(nanobind::module_& module);
void add_products(nanobind::module_& module);
void add_autoflex(nanobind::module_& module);

}  // namespace binade::python
