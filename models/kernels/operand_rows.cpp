// SPDX-License-Identifier: Apache-2.0
#include "models/kernels/operand_rows.h"

#include <algorithm>
#include <bit>

#include "models/kernels/short_codes.h"
#include "models/kernels/simd/integer.h"
#include "models/numerics/accumulators.h"
#include "models/numerics/vector_codec.h"

namespace binade::kernels {

using numerics::Code;
using numerics::FormatSpec;

void decode_mantissas(const FormatSpec& format, const Code* codes, std::int64_t step, std::int64_t count, std::int16_t* mantissas) {
  simd::decode_mantissas(codes, step, count, format.bits, mantissas);
}

/// Codes of binary32 are its words.
template <class T>
void decode_binary32(const Code* codes, std::int64_t step, std::int64_t count, T* values) {
  for (std::int64_t i = 0; i < count; ++i) values[i] = std::bit_cast<float>(codes[i * step]);
}

void decode_values(const FormatSpec& format, const Code* codes, std::int64_t step, std::int64_t count, double* values) {
  if (format == numerics::kBinary32) return decode_binary32(codes, step, count, values);
  if (!format.shared_exponent()) return numerics::decode_reals(format, codes, step, count, values);
  for (std::int64_t i = 0; i < count; ++i) values[i] = static_cast<double>(numerics::mantissa_of(format, codes[i * step]));
}

void decode_values(const FormatSpec& format, const Code* codes, std::int64_t step, std::int64_t count, float* values) {
  if (format == numerics::kBinary32) return decode_binary32(codes, step, count, values);
  constexpr std::int64_t kChunk = 512;
  double chunk[kChunk];
  for (std::int64_t first = 0; first < count; first += kChunk) {
    const std::int64_t size = std::min(kChunk, count - first);
    decode_values(format, codes + first * step, step, size, chunk);
    for (std::int64_t i = 0; i < size; ++i) values[first + i] = static_cast<float>(chunk[i]);
  }
}

void decode_short_codes(const FormatSpec& format, const std::uint16_t* codes, std::int64_t count, std::int16_t* mantissas) {
  simd::decode_mantissas(codes, count, format.bits, mantissas);
}

void decode_short_codes(const FormatSpec& format, const std::uint16_t* codes, std::int64_t count, float* values) {
  simd::decode_mantissas(codes, count, format.bits, values);
}

bool fits_binary32(const FormatSpec& format) {
  constexpr int kSignificand = 24, kLeastExponent = -149, kBeyond = 128;
  if (numerics::significand_bits(format) > kSignificand) return false;
  if (format.shared_exponent()) return true;
  const numerics::ValueSpan span = numerics::value_span(format);
  return span.lsb_exponent >= kLeastExponent && span.top_exponent <= kBeyond;
}

const Code* CodeRows::codes(std::int64_t row, Code* buffer) const {
  const Code* const from = at(row);
  if (k_step_ == 1) return from;
  for (std::int64_t j = 0; j < k_; ++j) buffer[j] = from[j * k_step_];
  return buffer;
}

void CodeRows::mantissas(std::int64_t row, std::int16_t* to) const { decode_mantissas(format_, at(row), k_step_, k_, to); }
void CodeRows::values(std::int64_t row, double* to) const { decode_values(format_, at(row), k_step_, k_, to); }
void CodeRows::values(std::int64_t row, float* to) const { decode_values(format_, at(row), k_step_, k_, to); }

}  // namespace binade::kernels
