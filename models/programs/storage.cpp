// SPDX-License-Identifier: Apache-2.0
#include "models/programs/storage.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <mutex>

#include "models/numerics/error.h"
#include "models/numerics/vector_codec.h"
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

void store(Machine& machine, const numerics::Reals& values, const exponent::QuantizeOptions& how, StoredTensor& place,
           const Divide& divide) {
  if (values.size() != place.elements) throw InvariantError("store: a tensor and its place differ in size");
  if (place.format.shared_exponent() && !how.lsb_exponent) throw InvariantError("store: no exponent of the whole tensor");
  place.magnitude = {};
  std::mutex noting;
  const auto store_range = [&](std::int64_t first, std::span<const double> range) {
    exponent::QuantizeOptions options = how;
    options.first_element += static_cast<std::uint64_t>(first);
    const exponent::QuantizedTensor part = quantize_tensor(place.format, range, options);
    machine.write(place.address + first * place.element_bytes(), pack_codes(part.codes, place.element_bytes()));
    const std::uint64_t largest = largest_mantissa(part.view());
    const std::lock_guard lock(noting);
    place.magnitude = {.exponent = part.lsb_exponent(), .max_abs = std::max(place.magnitude.max_abs, largest)};
  };
  std::vector<double> unused;
  const auto finite = [&] {
    const std::span<const double> all = values.all(unused);
    return std::isfinite(numerics::largest_magnitude(all.data(), all.size()));
  };
  // The first element that cannot be stored is found in order.
  if (!divide || !values.held() || !finite()) return values.each_range(store_range);
  divide(values.size(), [&](std::int64_t first, std::int64_t count) { store_range(first, values.range(first, count, unused)); });
}

double largest_magnitude(Machine& machine, const StoredTensor& tensor, const Divide& divide) {
  constexpr std::int64_t kPiece = 1 << 12;  // of which values stay in the first-level cache
  const StoredReals source(machine, tensor);
  std::mutex noting;
  double largest = 0;
  const auto look_at = [&](std::int64_t first, std::int64_t count) {
    std::vector<double> values;
    double here = 0;
    for (std::int64_t done = 0; done < count; done += kPiece) {
      values.resize(static_cast<std::size_t>(std::min(kPiece, count - done)));
      source.read(first + done, values);
      const double piece = numerics::largest_magnitude(values.data(), values.size());
      if (std::isnan(piece) || piece > here) here = piece;
      if (!std::isfinite(here)) break;
    }
    const std::lock_guard lock(noting);
    if (std::isnan(here) || here > largest) largest = here;
  };
  divide ? divide(tensor.elements, look_at) : look_at(0, tensor.elements);
  return largest;
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
      numerics::decode_binary32(here.data(), count, out.data());
    else
      decode_tensor(unpack(part, here).view(), out.first(count));
    first += part.elements;
    out = out.subspan(count);
  }
}

}  // namespace binade::programs
