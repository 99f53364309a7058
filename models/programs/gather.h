// SPDX-License-Identifier: Apache-2.0
// Rows of a matrix within a tensor in memory: the load engine's address rule (isa.def, Load) without an engine.
#pragma once

#include <cstdint>
#include <span>

#include "models/operations/forms.h"

namespace binade::programs {

/// rows[i * k + j] = element (first + i, j) of `source`, `fill` where it is padding; `tensor` holds all elements.
/// Element: std::byte-sized codes as stored (uint8_t, uint16_t, uint32_t), or numerics::Code.
template <class Element>
void gather_rows(const operations::Source& source, std::span<const Element> tensor, Element fill, std::int64_t first,
                 std::int64_t count, std::int64_t k, Element* rows);

}  // namespace binade::programs
