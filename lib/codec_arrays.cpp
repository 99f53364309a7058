// SPDX-License-Identifier: Apache-2.0
#include "lib/codec_arrays.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "models/kernels/operand_rows.h"
#include "models/numerics/arithmetic.h"
#include "models/numerics/codec.h"
#include "models/numerics/error.h"
#include "models/numerics/vector_codec.h"
#include "models/spec/ranges.h"

namespace binade::lib {
namespace {

using exponent::QuantizeOptions;
using numerics::Code;
using numerics::Events;
using numerics::Family;
using numerics::FormatSpec;
using numerics::Rounding;
using numerics::Unpacked;

/// use(first, n) for consecutive chunks.
template <class Use>
void each_chunk(std::size_t count, Use use) {
  for (std::size_t first = 0; first < count; first += kChunk) use(first, std::min(kChunk, count - first));
}

/// The exponent of a tensor's LSB: the format's own where it states one.
int stated_exponent(const FormatSpec& format, int lsb_exponent) {
  if (!format.shared_exponent()) return 0;
  if (format.family == Family::Fixed) return -format.fraction_bits;
  require_exponent(lsb_exponent, "lsb_exponent");
  return lsb_exponent;
}

/// Mantissas times the LSB; rounded to nearest where T is float.
template <class T>
void decode_mantissas(int bits, const Code* codes, double lsb, std::size_t n, T* values) {
  const int shift = 32 - bits;
  for (std::size_t i = 0; i < n; ++i)
    values[i] = static_cast<T>(static_cast<double>(static_cast<std::int32_t>(codes[i] << shift) >> shift) * lsb);
}

/// Codes as elements first .. first + n - 1, n <= kChunk.
void decode_chunk(const FormatSpec& format, const Code* codes, double lsb, std::size_t first, std::size_t n,
                  const ValuesOut& values) {
  if (format.shared_exponent()) {
    if (values.bytes == 4) return decode_mantissas(format.bits, codes, lsb, n, static_cast<float*>(values.data) + first);
    return decode_mantissas(format.bits, codes, lsb, n, static_cast<double*>(values.data) + first);
  }
  std::array<double, kChunk> buffer;
  double* const to = values.chunk(first, buffer.data());
  kernels::decode_values(format, codes, 1, static_cast<std::int64_t>(n), to);
  values.put(first, n, to);
}

/// A rounding mode with its draws, chunk by chunk.
class Encoder {
 public:
  Encoder(const FormatSpec& format, int lsb_exponent, const OutputRounding& rounding)
      : format_(format),
        rounding_(rounding),
        how_{.rounding = rounding.mode.value_or(format.default_rounding()), .lsb_exponent = lsb_exponent} {}

  Rounding rounding() const { return how_.rounding; }
  void encode(const double* values, std::size_t first, std::size_t n, Code* codes, Events& events) {
    draw(first, n);
    numerics::encode_values(format_, how_, values, random_.data(), n, codes, events);
  }
  void encode(std::span<const Unpacked> values, std::size_t first, Code* codes, Events& events) {
    draw(first, values.size());
    numerics::Quantisation how = how_;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (how.rounding == Rounding::Sr) how.random = random_[i];
      codes[i] = numerics::encode(format_, values[i], how, events);
    }
  }

 private:
  void draw(std::size_t first, std::size_t n) {
    if (how_.rounding == Rounding::Sr)
      numerics::random_run(rounding_.seed, rounding_.tensor, rounding_.first + first, n, random_.data());
  }

  const FormatSpec format_;
  const OutputRounding rounding_;
  const numerics::Quantisation how_;
  std::array<std::uint32_t, kChunk> random_;
};

OutputRounding rounding_of(const QuantizeOptions& options) {
  return {.mode = options.rounding, .seed = options.seed, .tensor = options.tensor, .first = options.first_element};
}

/// Values of callers as a source of ranges.
class ValueSource final : public numerics::RealSource {
 public:
  explicit ValueSource(const ValuesIn& values) : values_(values) {}
  void read(std::int64_t first, std::span<double> out) const override {
    each_chunk(out.size(), [&](std::size_t at, std::size_t n) {
      const double* const from = values_.chunk(static_cast<std::size_t>(first) + at, n, out.data() + at);
      if (from != out.data() + at) std::copy_n(from, n, out.data() + at);
    });
  }

 private:
  ValuesIn values_;
};

/// The words of binary32 magnitudes are in the order of their values, with infinities and NaN last.
std::optional<double> largest_finite(const float* values, std::size_t count) {
  constexpr std::int32_t kMagnitude = 0x7fffffff, kInfinity = 0x7f800000;
  std::int32_t largest = 0;
  for (std::size_t i = 0; i < count; ++i) largest = std::max(largest, std::bit_cast<std::int32_t>(values[i]) & kMagnitude);
  return largest < kInfinity ? std::optional(static_cast<double>(std::bit_cast<float>(largest))) : std::nullopt;
}

/// The largest magnitude; nothing where a value is not finite.
std::optional<double> largest_finite(const ValuesIn& values) {
  if (values.bytes == 4) return largest_finite(static_cast<const float*>(values.data), values.count);
  double largest = 0;
  bool finite = true;
  std::array<double, kChunk> buffer;
  each_chunk(values.count, [&](std::size_t first, std::size_t n) {
    const double here = numerics::largest_magnitude(values.chunk(first, n, buffer.data()), n);
    finite = finite && std::isfinite(here);
    largest = std::max(largest, here);
  });
  return finite ? std::optional(largest) : std::nullopt;
}

}  // namespace

void decode(const FormatSpec& format, const CodesIn& codes, int lsb_exponent, const ValuesOut& values) {
  require_equal(codes.count, "codes", values.count, "values");
  require_codes(format, codes, "codes");
  const double lsb = std::ldexp(1.0, stated_exponent(format, lsb_exponent));
  std::array<Code, kChunk> code_buffer;
  each_chunk(codes.count, [&](std::size_t first, std::size_t n) {
    decode_chunk(format, codes.chunk(first, n, code_buffer.data()), lsb, first, n, values);
  });
}

void encode(const FormatSpec& format, const ValuesIn& values, int lsb_exponent, const OutputRounding& rounding,
            const CodesOut& codes, Events& events) {
  require_equal(values.count, "values", codes.count, "codes");
  Encoder encoder(format, stated_exponent(format, lsb_exponent), rounding);
  std::array<Code, kChunk> code_buffer;
  std::array<double, kChunk> value_buffer;
  each_chunk(values.count, [&](std::size_t first, std::size_t n) {
    Code* const to = codes.chunk(first, code_buffer.data());
    encoder.encode(values.chunk(first, n, value_buffer.data()), first, n, to, events);
    codes.put(first, n, to);
  });
}

int exponent_of(const FormatSpec& format, const ValuesIn& values, const QuantizeOptions& options) {
  require_use(format, options.lsb_exponent, options.add_shift, options.sdfp_bias);
  if (!format.shared_exponent()) return 0;
  if (options.lsb_exponent) require_exponent(*options.lsb_exponent, "lsb_exponent");
  const auto within = [&](int exponent) {
    return format.family == Family::Fixed ? exponent : spec::tensor_exponent_within(exponent);
  };
  const std::optional<double> largest = largest_finite(values);
  // All that follows from the data follows from the largest magnitude, but for a bias that the histogram decides.
  if (largest && options.sdfp_bias) return within(tensor_exponent(format, std::array{*largest}, options));
  return within(tensor_exponent(format, {ValueSource(values), static_cast<std::int64_t>(values.count)}, options));
}

int quantise(const FormatSpec& format, const ValuesIn& values, const QuantizeOptions& options, const CodesOut& codes,
             Events& events) {
  require_equal(values.count, "values", codes.count, "codes");
  const int lsb_exponent = exponent_of(format, values, options);
  encode(format, values, lsb_exponent, rounding_of(options), codes, events);
  return lsb_exponent;
}

int round_to_format(const FormatSpec& format, const ValuesIn& values, const QuantizeOptions& options, const ValuesOut& rounded,
                    Events& events) {
  require_equal(values.count, "values", rounded.count, "rounded");
  const int lsb_exponent = exponent_of(format, values, options);
  Encoder encoder(format, lsb_exponent, rounding_of(options));
  const double lsb = std::ldexp(1.0, lsb_exponent);
  std::array<Code, kChunk> codes;
  std::array<double, kChunk> buffer;
  each_chunk(values.count, [&](std::size_t first, std::size_t n) {
    encoder.encode(values.chunk(first, n, buffer.data()), first, n, codes.data(), events);
    decode_chunk(format, codes.data(), lsb, first, n, rounded);
  });
  return lsb_exponent;
}

bool values_fit_binary32(const FormatSpec& format, int lsb_exponent) {
  if (!kernels::fits_binary32(format)) return false;
  if (!format.shared_exponent()) return true;
  const int lsb = format.family == Family::Fixed ? -format.fraction_bits : lsb_exponent;
  constexpr int kLeastExponent = -149, kBeyond = 128;
  return lsb >= kLeastExponent && lsb + format.bits <= kBeyond;
}

std::string operation_words() {
  std::string words;
  for (const numerics::ArithmeticRow& row : numerics::arithmetic_rows()) words.append(words.empty() ? "" : " ").append(row.word);
  return words;
}

std::size_t operands_of(std::string_view operation) {
  const numerics::ArithmeticRow* const row = numerics::find_arithmetic(operation);
  if (row == nullptr) throw InputError("operation '" + std::string(operation) + "' is unknown; allowed: " + operation_words());
  return row->operands;
}

void operate(std::string_view operation, std::span<const Operand> operands, const FormatSpec& format,
             const OutputRounding& rounding, const CodesOut& out, Events& events) {
  const std::size_t taken = operands_of(operation);
  if (operands.size() != taken)
    throw InputError(std::string(operation) + ": " + std::to_string(operands.size()) +
                     " operands; allowed: " + std::to_string(taken));
  const auto require_exponent_stated = [&](const FormatSpec& one) {
    if (!states_exponent(one))
      throw InputError(std::string(operation) + ": the codes of " + to_string(one) +
                       " share an exponent, which they do not state; allowed: posits, floats, fixed<W>.<F>");
  };
  require_exponent_stated(format);
  for (std::size_t i = 0; i < taken; ++i) {
    const std::string name = "operand " + std::to_string(i);
    require_exponent_stated(operands[i].format);
    require_equal(operands[i].codes.count, name, out.count, "out");
    require_codes(operands[i].format, operands[i].codes, name);
  }
  const numerics::ArithmeticRow* const row = numerics::find_arithmetic(operation);
  Encoder encoder(format, stated_exponent(format, 0), rounding);
  std::array<std::array<Code, kChunk>, numerics::kMostOperands> buffers;
  std::array<const Code*, numerics::kMostOperands> codes{};
  std::array<Code, kChunk> out_buffer;
  std::array<Unpacked, kChunk> results;
  each_chunk(out.count, [&](std::size_t first, std::size_t n) {
    for (std::size_t j = 0; j < taken; ++j) codes[j] = operands[j].codes.chunk(first, n, buffers[j].data());
    std::array<Unpacked, numerics::kMostOperands> x;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < taken; ++j) x[j] = numerics::decode(operands[j].format, codes[j][i]);
      results[i] = numerics::evaluate(*row, std::span(x).first(taken), encoder.rounding());
    }
    Code* const to = out.chunk(first, out_buffer.data());
    encoder.encode(std::span(results).first(n), first, to, events);
    out.put(first, n, to);
  });
}

}  // namespace binade::lib
