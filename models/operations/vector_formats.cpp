// SPDX-License-Identifier: Apache-2.0
#include "models/operations/vector_formats.h"

#include <algorithm>

namespace binade::operations {
namespace {

template <class Matches>
std::optional<std::int64_t> index_of(const std::vector<ElementFormat>& formats, Matches matches) {
  const auto found = std::find_if(formats.begin(), formats.end(), matches);
  if (found == formats.end()) return std::nullopt;
  return found - formats.begin();
}

}  // namespace

std::optional<std::int64_t> FormatTable::find(const ElementFormat& format) const {
  return index_of(formats_, [&](const ElementFormat& one) { return one == format; });
}
std::optional<std::int64_t> FormatTable::find(const numerics::FormatSpec& format) const {
  return index_of(formats_, [&](const ElementFormat& one) { return one.format == format; });
}

}  // namespace binade::operations
