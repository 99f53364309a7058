// SPDX-License-Identifier: Apache-2.0
#include "sim/host/comparison.h"

#include <algorithm>

#include "models/numerics/error.h"
#include "models/programs/storage.h"

namespace binade::sim {

void Comparison::codes(std::span<const std::byte> device, std::span<const std::byte> expected, int code_bytes,
                       const std::string& of) const {
  numbers("elements" + of, static_cast<std::int64_t>(device.size()) / code_bytes,
          static_cast<std::int64_t>(expected.size()) / code_bytes);
  const auto first = std::mismatch(device.begin(), device.end(), expected.begin()).first;
  if (first == device.end()) return;
  const auto element = static_cast<std::size_t>(first - device.begin()) / static_cast<std::size_t>(code_bytes);
  const auto code = [&](std::span<const std::byte> from) {
    return std::to_string(programs::unpack_codes(from, code_bytes).at(element));
  };
  differ("element " + std::to_string(element) + of + " is code " + code(device) + " and " + code(expected));
}

void Comparison::differ(const std::string& what) const {
  throw MismatchError(where_ + ": the device and " + other_ + " differ: " + what);
}

}  // namespace binade::sim
