// SPDX-License-Identifier: Apache-2.0
#include "sim/host/codes.h"

namespace binade::sim {

using numerics::Code;

std::vector<std::byte> pack_codes(std::span<const Code> codes, int element_bytes) {
  std::vector<std::byte> bytes(codes.size() * static_cast<std::size_t>(element_bytes));
  std::size_t at = 0;
  for (const Code code : codes)
    for (int b = 0; b < element_bytes; ++b) bytes[at++] = static_cast<std::byte>(code >> (8 * b));
  return bytes;
}

std::vector<Code> unpack_codes(std::span<const std::byte> bytes, int element_bytes) {
  std::vector<Code> codes(bytes.size() / static_cast<std::size_t>(element_bytes));
  std::size_t at = 0;
  for (Code& code : codes)
    for (int b = 0; b < element_bytes; ++b) code |= static_cast<Code>(bytes[at++]) << (8 * b);
  return codes;
}

}  // namespace binade::sim
