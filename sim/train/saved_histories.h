// SPDX-License-Identifier: Apache-2.0
// Histories of exponents as a checkpoint's arrays.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "models/programs/exponent_book.h"
#include "sim/data/saved_array.h"

namespace binade::sim {

/// Of int64: `autoflex/histories` has the number of passes and six words a writer: itself, its LSB exponent, overflows,
/// adjustments, whether something was recorded since the last prediction (0, 1), touches; `autoflex/touches` two words a touch, the
/// oldest first: largest mantissa and LSB exponent.
std::map<std::string, SavedArray> saved_histories(const programs::ExponentBook::State& book);

/// And back. `bits_of`: mantissa width of a writer, 0 where it has no history. Throws InputError where an array is not there or is
/// none that a book can have.
programs::ExponentBook::State histories_of(const std::map<std::string, SavedArray>& arrays,
                                           const std::function<int(std::int64_t writer)>& bits_of);

/// Of scales, where there are any (saved_histories() has them too): `scale/histories`, int64, three words a writer: itself, the
/// scale of its next write, maxima; `scale/maxima`, binary64, the oldest first. `rule_of`: nothing where a writer has no scale.
std::map<int, exponent::ScaleHistory> scales_of(
    const std::map<std::string, SavedArray>& arrays,
    const std::function<std::optional<exponent::ScaleRule>(std::int64_t writer)>& rule_of);

}  // namespace binade::sim
