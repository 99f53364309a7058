// SPDX-License-Identifier: Apache-2.0
#include "models/programs/storage.h"

#include <algorithm>
#include <cstring>

#include "models/numerics/error.h"
#include "models/operations/chain/chain_loops.h"
#include "models/programs/stored_elements.h"

namespace binade::programs {

using numerics::Code;

std::vector<std::byte> pack_codes(std::span<const Code> codes, int element_bytes) {
  std::vector<std::byte> bytes(codes.size() * static_cast<std::size_t>(element_bytes));
  with_code(element_bytes, [&](auto element) {
    for (std::size_t i = 0; i < codes.size(); ++i) {
      element = static_cast<decltype(element)>(codes[i]);
      std::memcpy(bytes.data() + i * sizeof element, &element, sizeof element);
    }
  });
  return bytes;
}

std::vector<Code> unpack_codes(std::span<const std::byte> bytes, int element_bytes) {
  std::vector<Code> codes(bytes.size() / static_cast<std::size_t>(element_bytes));
  with_code(element_bytes, [&](auto element) {
    for (std::size_t i = 0; i < codes.size(); ++i) {
      std::memcpy(&element, bytes.data() + i * sizeof element, sizeof element);
      codes[i] = element;
    }
  });
  return codes;
}

void store(Machine& machine, const numerics::Reals& values, const exponent::QuantizeOptions& how, StoredTensor& place) {
  if (values.size() != place.elements) throw InvariantError("store: a tensor and its place differ in size");
  if (place.format.shared_exponent() && !how.lsb_exponent) throw InvariantError("store: no exponent of the whole tensor");
  place.magnitude = {};
  values.each_range([&](std::int64_t first, std::span<const double> range) {
    exponent::QuantizeOptions options = how;
    options.first_element += static_cast<std::uint64_t>(first);
    const exponent::QuantizedTensor part = quantize_tensor(place.format, range, options);
    machine.write(place.address + first * place.element_bytes(), pack_codes(part.codes, place.element_bytes()));
    place.magnitude = {.exponent = part.lsb_exponent(),
                       .max_abs = std::max(place.magnitude.max_abs, largest_mantissa(part.view()))};
  });
}

std::vector<std::byte> read_bytes(Machine& machine, const StoredTensor& tensor) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(tensor.bytes()));
  machine.read(tensor.address, bytes);
  return bytes;
}

numerics::EncodedTensor unpack(const StoredTensor& tensor, std::span<const std::byte> bytes) {
  return {.format = tensor.format,
          .shape = {tensor.elements},
          .exponents = shared_exponents(tensor.format, tensor.magnitude.exponent),
          .codes = unpack_codes(bytes, tensor.element_bytes())};
}

std::vector<double> values_of(const numerics::EncodedView& tensor) {
  std::vector<double> values(tensor.codes.size());
  decode_tensor(tensor, values);
  return values;
}

void StoredReals::read(std::int64_t first, std::span<double> out) const {
  constexpr std::size_t kPiece = 1 << 14;  // of which bytes and codes stay in the second-level cache
  StoredTensor part = tensor_;
  const auto size = static_cast<std::size_t>(tensor_.element_bytes());
  std::vector<std::byte> bytes(std::min(out.size(), kPiece) * size);
  while (!out.empty()) {
    const std::size_t count = std::min(out.size(), kPiece);
    part.address = tensor_.address + first * tensor_.element_bytes();
    part.elements = static_cast<std::int64_t>(count);
    const std::span here = std::span(bytes).first(count * size);
    machine_.read(part.address, here);
    if (part.format == numerics::kBinary32 && part.raw_bytes == 0)
      operations::loops::decode_binary32(here.data(), count, out.data());
    else
      decode_tensor(unpack(part, here).view(), out.first(count));
    first += part.elements;
    out = out.subspan(count);
  }
}

}  // namespace binade::programs
