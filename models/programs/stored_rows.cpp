// SPDX-License-Identifier: Apache-2.0
#include "models/programs/stored_rows.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <type_traits>

#include "models/kernels/short_codes.h"
#include "models/kernels/simd/lanes.h"
#include "models/programs/stored_elements.h"

namespace binade::programs {
namespace {

using kernels::OperandForm;
using numerics::Code;
using numerics::FormatSpec;

constexpr std::int64_t kChunk = 512;  // codes decoded at a time where they are stored narrower

/// Decodes elements[i * step], i < count; decode(format, codes, step, count, to) is of kernels/operand_rows.h.
template <class Element, class To, class Decode>
void decode_elements(const FormatSpec& format, const Element* elements, std::int64_t step, std::int64_t count, To* to,
                     Decode decode) {
  if constexpr (std::is_same_v<Element, std::uint16_t> && !std::is_same_v<To, double>) {
    if (format.shared_exponent() && step == 1) return kernels::decode_short_codes(format, elements, count, to);
  }
  if constexpr (std::is_same_v<Element, Code>) {
    decode(format, elements, step, count, to);
  } else {
    Code codes[kChunk];
    for (std::int64_t first = 0; first < count; first += kChunk) {
      const std::int64_t size = std::min(kChunk, count - first);
      const Element* const from = elements + first * step;
      if (step == 1) {
        for (std::int64_t i = 0; i < size; ++i) codes[i] = from[i];
      } else {
        for (std::int64_t i = 0; i < size; ++i) codes[i] = from[i * step];
      }
      decode(format, codes, 1, size, to + first);
    }
  }
}

/// The values of all codes of a byte.
template <class To, class Decode>
std::array<To, 256> values_of_bytes(const FormatSpec& format, Decode decode) {
  std::array<Code, 256> codes;
  std::array<To, 256> values{};
  const std::int64_t used = std::min<std::int64_t>(codes.size(), std::int64_t{1} << format.bits);
  std::iota(codes.begin(), codes.end(), Code{0});
  decode(format, codes.data(), 1, used, values.data());
  return values;
}

template <class To>
void decode_values(const FormatSpec& format, const Code* codes, std::int64_t step, std::int64_t count, To* values) {
  kernels::decode_values(format, codes, step, count, values);
}

/// Lines first .. first+lines-1, of all samples, of `count` elements, in their layout, with the zeros beside them; an image's first
/// and last line with those above and below.
template <class T>
void lay_out(const T* from, std::int64_t count, const DecodedLayout& layout, std::int64_t first_line, std::int64_t lines, T* to) {
  const std::int64_t samples = layout.samples, size = count / samples, width = layout.width;
  const std::int64_t line_size = layout.padded_width() * samples, left = layout.left * samples;
  for (std::int64_t line = first_line; line < first_line + lines; ++line) {
    const std::int64_t image = line / layout.height, row = line % layout.height;
    const T* const first = from + line * width;
    T* const padded = to + image * layout.padded_area() * samples + (layout.top + row) * line_size;
    if (row == 0) std::fill(padded - layout.top * line_size, padded, T{});
    std::fill_n(padded, left, T{});
    if (samples == 1)
      std::copy_n(first, width, padded + left);
    else
      kernels::simd::transpose(first, size, samples, width, padded + left, samples);
    std::fill(padded + left + width * samples, padded + line_size, T{});
    if (row == layout.height - 1) std::fill_n(padded + line_size, layout.bottom * line_size, T{});
  }
}

template <class T>
std::vector<T>& elements_of(DecodedTensor::Elements& elements) {
  if (!std::holds_alternative<std::vector<T>>(elements)) elements.emplace<std::vector<T>>();
  return std::get<std::vector<T>>(elements);
}

/// All elements, one after another.
template <class T, class Decode>
void decode_in_order(const StoredView& tensor, Decode decoder, Division& division, T* to) {
  const auto count = static_cast<std::int64_t>(tensor.bytes.size()) / tensor.element_bytes;
  with_code(tensor.element_bytes, [&](auto element) {
    const auto* const from = as<decltype(element)>(tensor.bytes).data();
    if constexpr (sizeof(element) == 1 && std::is_floating_point_v<T>) {
      const auto values = values_of_bytes<T>(tensor.format, decoder);
      division.each(count, 1, [&](int /*worker*/, std::int64_t first, std::int64_t size) {
        for (std::int64_t i = first; i < first + size; ++i) to[i] = values[from[i]];
      });
    } else {
      division.each(count, 1, [&](int /*worker*/, std::int64_t first, std::int64_t size) {
        decode_elements(tensor.format, from + first, 1, size, to + first, decoder);
      });
    }
  });
}

}  // namespace

template <class T, class Decode>
void DecodedTensor::decode_as(const StoredView& tensor, Decode decoder, Division& division) {
  const auto count = static_cast<std::int64_t>(tensor.bytes.size()) / tensor.element_bytes;
  auto& elements = elements_of<T>(elements_);
  const auto hold = [](std::vector<T>& kept, std::int64_t size) {  // never less: what is added again is filled with zeros first
    if (std::ssize(kept) < size) kept.resize(static_cast<std::size_t>(size));
  };
  const T* from = nullptr;
  stored_ = nullptr;
  if constexpr (std::is_same_v<T, float>) {
    if (tensor.format == numerics::kBinary32) from = as<float>(tensor.bytes).data();
    if (layout_.in_order()) stored_ = from;
    if (stored_ != nullptr) return;
  }
  hold(elements, layout_.padded(count) + RowGather::kSlack);
  if (from == nullptr) {
    auto& in_order = layout_.in_order() ? elements : elements_of<T>(in_order_);
    if (!layout_.in_order()) hold(in_order, count);
    decode_in_order(tensor, decoder, division, in_order.data());
    from = in_order.data();
  }
  if (layout_.in_order()) return;
  const std::int64_t line = layout_.samples * layout_.width;
  division.each(count / line, line, [&](int /*worker*/, std::int64_t first, std::int64_t lines) {
    lay_out(from, count, layout_, first, lines, elements.data());
  });
}

void DecodedTensor::decode(const StoredView& tensor, OperandForm form, const DecodedLayout& layout, Division& division) {
  layout_ = layout;
  if (form == OperandForm::Mantissas)
    decode_as<std::int16_t>(tensor, kernels::decode_mantissas, division);
  else if (kernels::fits_binary32(tensor.format))
    decode_as<float>(tensor, decode_values<float>, division);
  else
    decode_as<double>(tensor, decode_values<double>, division);
}

const Code* StoredRows::codes(std::int64_t row, Code* buffer) const {
  with_code(tensor_.element_bytes,
            [&](auto element) { gather_.row(as<decltype(element)>(tensor_.bytes).data(), element, row, buffer); });
  return buffer;
}

template <class To, class Decode>
void StoredRows::decode_row(std::int64_t row, To* to, Decode decode) const {
  const RowGather::Line line = gather_.line(row);
  if (!line.inside) {
    std::fill_n(to, k_, To{});
    return;
  }
  const bool alike = line.step == 0;  // one element again and again: the ones that a tensor is summed with
  with_code(tensor_.element_bytes, [&](auto element) {
    decode_elements(tensor_.format, as<decltype(element)>(tensor_.bytes).data() + line.first, line.step, alike ? 1 : k_, to,
                    decode);
  });
  if (alike) std::fill_n(to, k_, *to);
}

template <class To>
void StoredRows::gather_decoded(std::int64_t row, To* to) const {
  if constexpr (std::is_floating_point_v<To>) {
    if (const float* const stored = decoded_->stored()) return decoded_gather_.row(stored, 0.0F, row, to, false);
  }
  std::visit(
      [&](const auto& elements) {
        using From = typename std::decay_t<decltype(elements)>::value_type;
        if constexpr (std::is_integral_v<From> == std::is_integral_v<To> && sizeof(From) <= sizeof(To)) {
          decoded_gather_.row(elements.data(), From{}, row, to, true);
        } else {
          throw InvariantError("golden: a tensor was decoded to another form than the kernel reads");
        }
      },
      decoded_->elements());
}

void StoredRows::mantissas(std::int64_t row, std::int16_t* to) const {
  decoded_ != nullptr ? gather_decoded(row, to) : decode_row(row, to, kernels::decode_mantissas);
}

void StoredRows::values(std::int64_t row, double* to) const {
  decoded_ != nullptr ? gather_decoded(row, to) : decode_row(row, to, decode_values<double>);
}

void StoredRows::values(std::int64_t row, float* to) const {
  decoded_ != nullptr ? gather_decoded(row, to) : decode_row(row, to, decode_values<float>);
}

}  // namespace binade::programs
