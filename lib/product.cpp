// SPDX-License-Identifier: Apache-2.0
#include "lib/product.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <string>

#include "models/datapath/check_command.h"
#include "models/datapath/mode_problem.h"
#include "models/exponent/dfp.h"
#include "models/exponent/sdfp.h"
#include "models/kernels/operand_rows.h"
#include "models/kernels/short_codes.h"
#include "models/numerics/error.h"
#include "models/numerics/vector_codec.h"
#include "models/spec/ranges.h"

namespace binade::lib {
namespace {

using numerics::Code;
using numerics::Events;
using numerics::Family;
using numerics::FormatSpec;
using numerics::OperandFormats;

constexpr int kMostThreads = 256;
/// Rows of A multiplied at a time by a thread, and of B that a panel holds: as in models/programs/golden_arithmetic.cpp.
constexpr std::int64_t kRowElements = 1 << 18, kPanelElements = 1 << 22, kPanelColumns = 64;

int exponent_in(const FormatSpec& format, int lsb_exponent, std::string_view name) {
  if (!format.shared_exponent()) return 0;
  if (format.family == Family::Fixed) return -format.fraction_bits;
  require_exponent(lsb_exponent, name);
  return lsb_exponent;
}

/// A matrix of any element size as the kernels read it.
class MatrixRows final : public kernels::OperandRows {
 public:
  MatrixRows(const FormatSpec& format, const Matrix& matrix, std::int64_t k) : format_(format), matrix_(matrix), k_(k) {}

  const Code* codes(std::int64_t row, Code* buffer) const override {
    const std::ptrdiff_t first = row * matrix_.row_step;
    if (matrix_.codes.bytes == 4 && matrix_.k_step == 1) return static_cast<const Code*>(matrix_.codes.data) + first;
    matrix_.codes.gather(first, matrix_.k_step, static_cast<std::size_t>(k_), buffer);
    return buffer;
  }
  void mantissas(std::int64_t row, std::int16_t* to) const override {
    if (const std::uint16_t* const codes = short_row(row)) return kernels::decode_short_codes(format_, codes, k_, to);
    decode_row(row, to, kernels::decode_mantissas);
  }
  void values(std::int64_t row, double* to) const override { decode_row(row, to, decode_to<double>); }
  void values(std::int64_t row, float* to) const override {
    if (const std::uint16_t* const codes = short_row(row)) return kernels::decode_short_codes(format_, codes, k_, to);
    decode_row(row, to, decode_to<float>);
  }

 private:
  template <class To>
  static void decode_to(const FormatSpec& format, const Code* codes, std::int64_t step, std::int64_t count, To* to) {
    kernels::decode_values(format, codes, step, count, to);
  }
  /// The row where it holds mantissas of two bytes, one after another; else null.
  const std::uint16_t* short_row(std::int64_t row) const {
    if (matrix_.codes.bytes != 2 || matrix_.k_step != 1 || !format_.shared_exponent()) return nullptr;
    return static_cast<const std::uint16_t*>(matrix_.codes.data) + row * matrix_.row_step;
  }
  template <class To, class Decode>
  void decode_row(std::int64_t row, To* to, Decode decode) const {
    const std::ptrdiff_t first = row * matrix_.row_step;
    if (matrix_.codes.bytes == 4)
      return decode(format_, static_cast<const Code*>(matrix_.codes.data) + first, matrix_.k_step, k_, to);
    Code codes[kChunk];
    for (std::int64_t done = 0; done < k_; done += kChunk) {
      const std::int64_t n = std::min<std::int64_t>(kChunk, k_ - done);
      matrix_.codes.gather(first + done * matrix_.k_step, matrix_.k_step, static_cast<std::size_t>(n), codes);
      decode(format_, codes, 1, n, to + done);
    }
  }

  const FormatSpec format_;
  const Matrix matrix_;
  const std::int64_t k_;
};

void require_matrix(const FormatSpec& format, const Matrix& matrix, std::int64_t rows, std::int64_t k, std::string_view name) {
  if (matrix.row_step < 0 || matrix.k_step < 0)
    throw InputError(std::string(name) + ": steps of " + std::to_string(matrix.row_step) + " and " + std::to_string(matrix.k_step) +
                     "; allowed: 0 or more");
  const std::int64_t needed = (rows - 1) * matrix.row_step + (k - 1) * matrix.k_step + 1;
  if (static_cast<std::uint64_t>(needed) > matrix.codes.count)
    throw InputError(std::string(name) + " has " + std::to_string(matrix.codes.count) + " elements; " + std::to_string(rows) +
                     " x " + std::to_string(k) + " need " + std::to_string(needed));
  const CodesIn& codes = matrix.codes;
  if (needed == rows * k) return require_codes(format, {codes.data, codes.bytes, static_cast<std::size_t>(needed)}, name);
  std::vector<Code> row(static_cast<std::size_t>(k));
  for (std::int64_t i = 0; i < rows; ++i) {
    codes.gather(i * matrix.row_step, matrix.k_step, row.size(), row.data());
    require_codes(format, {row.data(), 4, row.size()}, std::string(name) + ", row " + std::to_string(i) + ", ");
  }
}

Matrix from(const Matrix& matrix, std::size_t first, const char* name) {
  if (first > matrix.codes.count)
    throw InputError(std::string(name) + " has " + std::to_string(matrix.codes.count) + " elements; a part starts at " +
                     std::to_string(first));
  return {matrix.codes.from(first), matrix.row_step, matrix.k_step, matrix.lsb_exponent};
}

void require_policy(const OperandFormats& formats, const numerics::AccumulateSpec& accumulate) {
  if (const std::string problem = numerics::operand_problem(formats); !problem.empty()) throw InputError(problem);
  datapath::CoreConfig config;
  config.format = formats;
  config.accumulate = accumulate;
  const std::vector<std::string> problems = config.validate();
  if (!problems.empty()) throw InputError(problems.front());
}

/// An integer as a binary64, rounded to odd where it has more bits.
double to_odd(std::int64_t value) {
  constexpr int kBits = 53;
  const auto magnitude = value < 0 ? -static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  const int excess = std::max(64 - std::countl_zero(magnitude | 1) - kBits, 0);
  const std::uint64_t kept = magnitude >> excess, odd = kept << excess != magnitude ? 1 : 0;
  const double real = std::ldexp(static_cast<double>(kept | odd), excess);
  return value < 0 ? -real : real;
}

}  // namespace

Product::Product(const OperandFormats& formats, const numerics::AccumulateSpec& accumulate, int threads) {
  if (threads < 1 || threads > kMostThreads)
    throw InputError("threads is " + std::to_string(threads) + "; allowed: 1.." + std::to_string(kMostThreads));
  require_policy(formats, accumulate);
  config_.format = formats;
  config_.accumulate = accumulate;
  kernel_ = kernels::make_tile_kernel(config_, threads);
}

int Product::run(const ProductCall& call, const CodesOut& out, Events& events) {
  const auto& [a_format, b_format, out_format] = config_.format;
  constexpr std::int64_t kMost = spec::kLargestCount - 1;
  for (const auto& [name, value] : {std::pair{"m", call.m}, std::pair{"n", call.n}, std::pair{"k", call.k}})
    if (value < 1 || value > kMost)
      throw InputError(std::string(name) + " is " + std::to_string(value) + "; allowed: 1.." + std::to_string(kMost));
  constexpr ProductPart kWhole;
  const std::span<const ProductPart> parts = call.parts.empty() ? std::span(&kWhole, 1) : call.parts;
  const auto each = static_cast<std::size_t>(call.m * call.n);
  if (out.count % parts.size() != 0 || out.count / parts.size() != each)
    throw InputError("out has " + std::to_string(out.count) + " elements; allowed: " + std::to_string(parts.size()) + " x " +
                     std::to_string(call.m) + " x " + std::to_string(call.n));
  require_use(out_format, call.lsb_exponent, call.add_shift, call.sdfp_bias);
  const bool biased = call.bias.count != 0;
  if (biased && call.parts.empty())
    require_equal(call.bias.count, "bias", static_cast<std::size_t>(call.n), "a row of the product");
  if (biased) require_codes(out_format, call.bias, "bias");
  for (const ProductPart& part : parts) {
    require_matrix(a_format, from(call.a, part.a_first, "a"), call.m, call.k, "a");
    require_matrix(b_format, from(call.b, part.b_first, "b"), call.n, call.k, "b");
    if (biased && (part.bias_first > call.bias.count || call.bias.count - part.bias_first < static_cast<std::size_t>(call.n)))
      throw InputError("bias has " + std::to_string(call.bias.count) + " elements; a part's starts at " +
                       std::to_string(part.bias_first) + " and needs " + std::to_string(call.n));
  }

  const std::string needs_exponent = datapath::unknown_exponent_problem({config_.format, config_.accumulate});
  // Of dfp and sdfp: sums as they are, rounded when all are known.
  const bool keeps_sums = datapath::stores_raw(config_) && needs_exponent.empty();
  const int product_exponent =
      exponent_in(a_format, call.a.lsb_exponent, "a's exponent") + exponent_in(b_format, call.b.lsb_exponent, "b's exponent");
  if (!call.lsb_exponent && out_format.family == Family::Flex)
    throw InputError("lsb_exponent is absent; " + to_string(out_format) + " needs the exponent of the output beforehand");
  if (!call.lsb_exponent && !needs_exponent.empty()) throw InputError(needs_exponent + ", or lsb_exponent");
  const int out_exponent = exponent_in(out_format, call.lsb_exponent.value_or(0), "lsb_exponent");
  datapath::CoreCommand command{.m = call.m,
                                .n = call.n,
                                .k = call.k,
                                .bias = biased,
                                .relu = call.relu,
                                .seed = call.seed,
                                .tensor = call.tensor,
                                .logical_cols = call.logical_cols != 0 ? call.logical_cols : call.n};
  if (config_.format.integers() && !keeps_sums) command.product_shift = spec::saturated_shift(out_exponent - product_exponent);
  if (biased && out_format.shared_exponent()) {
    const int bias_exponent = exponent_in(out_format, call.bias_exponent, "the bias's exponent");
    command.bias_shift = spec::saturated_shift((keeps_sums ? product_exponent : out_exponent) - bias_exponent);
  }
  const auto command_of = [&](const ProductPart& part) {
    command.m_base = part.m_base;
    command.n_base = part.n_base;
    return command;
  };
  for (const ProductPart& part : parts)
    if (const std::string problem = datapath::command_problem(config_, command_of(part)); !problem.empty())
      throw InputError(problem);

  bias_.resize(call.bias.count);
  if (biased) call.bias.gather(0, 1, call.bias.count, bias_.data());
  words_.resize(keeps_sums ? out.count : each);
  datapath::TileStats stats;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const MatrixRows rows(a_format, from(call.a, parts[i].a_first, "a"), call.k);
    const MatrixRows columns(b_format, from(call.b, parts[i].b_first, "b"), call.k);
    kernel_->begin(command_of(parts[i]));
    multiply(rows, columns, call.m, call.n, call.k, biased ? bias_.data() + parts[i].bias_first : nullptr,
             words_.data() + (keeps_sums ? i * each : 0));
    if (!keeps_sums) out.put_words(i * each, each, words_.data(), out_format.bits);
    stats += kernel_->stats();
  }
  events += stats.events;
  return keeps_sums ? write_raw(call, parts, product_exponent, stats, out, events) : out_exponent;
}

void Product::multiply(const kernels::OperandRows& rows, const kernels::OperandRows& columns, std::int64_t m, std::int64_t n,
                       std::int64_t k, const Code* bias, std::uint64_t* words) {
  const std::int64_t block = kernel_->row_block();
  const std::int64_t most_rows = std::max(kRowElements / k / block, std::int64_t{1}) * block;
  const std::int64_t most_columns = std::max(kPanelElements / k / kPanelColumns, std::int64_t{1}) * kPanelColumns;
  for (std::int64_t n0 = 0; n0 < n; n0 += most_columns) {
    kernel_->load_b(columns, n0, std::min(most_columns, n - n0));
    for (std::int64_t m0 = 0; m0 < m; m0 += most_rows)
      kernel_->rows(rows, m0, std::min(most_rows, m - m0), bias != nullptr ? bias + n0 : nullptr, words + m0 * n + n0, n);
  }
}

int Product::write_raw(const ProductCall& call, std::span<const ProductPart> parts, int raw_exponent,
                       const datapath::TileStats& stats, const CodesOut& out, Events& events) const {
  const FormatSpec& format = config_.format.out;
  const auto chosen = [&] {
    const int exponent = exponent::dfp_exponent(stats.max_abs, raw_exponent, format.bits, call.add_shift);
    if (format.family == Family::Dfp || stats.max_abs == 0) return spec::tensor_exponent_within(exponent);
    return spec::tensor_exponent_within(
        exponent + (call.sdfp_bias ? *call.sdfp_bias : exponent::choose_sdfp_bias(stats.leading_bit, format.bits)));
  };
  const int lsb_exponent = call.lsb_exponent ? *call.lsb_exponent : chosen();
  std::array<double, kChunk> sums;
  const auto n = static_cast<std::size_t>(call.n);
  const auto cols = static_cast<std::uint64_t>(call.logical_cols != 0 ? call.logical_cols : call.n);
  for (std::size_t row = 0; row < out.count; row += n) {
    const ProductPart& part = parts[row / n / static_cast<std::size_t>(call.m)];
    for (std::size_t at = 0; at < n; at += kChunk) {
      const std::size_t first = row + at, count = std::min(kChunk, n - at);
      for (std::size_t i = 0; i < count; ++i)
        sums[i] = std::ldexp(to_odd(static_cast<std::int64_t>(words_[first + i])), raw_exponent);
      const OutputRounding rounding{
          .mode = config_.accumulate.rounding,
          .seed = call.seed,
          .tensor = call.tensor,
          .first = (static_cast<std::uint64_t>(part.m_base) + row / n % static_cast<std::uint64_t>(call.m)) * cols +
                   static_cast<std::uint64_t>(part.n_base) + at};
      encode(format, {sums.data(), 8, count}, lsb_exponent, rounding, out.part(first, count), events);
    }
  }
  return lsb_exponent;
}

void dot(const OperandFormats& formats, const numerics::AccumulateSpec& accumulate, const DotCall& call, const CodesOut& out,
         Events& events) {
  require_policy(formats, accumulate);
  const std::size_t products = out.count * call.length;
  if (call.length != 0 && products / call.length != out.count) throw InputError("length is too large");
  require_equal(call.a.count, "a", products, "the dot products");
  require_equal(call.b.count, "b", products, "the dot products");
  require_codes(formats.a, call.a, "a");
  require_codes(formats.b, call.b, "b");
  int shift = 0;
  if (formats.integers())
    shift = exponent_in(formats.out, call.lsb_exponent, "lsb_exponent") - exponent_in(formats.a, call.a_exponent, "a's exponent") -
            exponent_in(formats.b, call.b_exponent, "b's exponent");
  const auto accumulator = numerics::make_accumulator(formats, accumulate, spec::saturated_shift(shift));
  std::array<Code, kChunk> a, b;
  for (std::size_t i = 0; i < out.count; ++i) {
    accumulator->clear();
    for (std::size_t done = 0; done < call.length; done += kChunk) {
      const std::size_t n = std::min(kChunk, call.length - done);
      const Code* const x = call.a.chunk(i * call.length + done, n, a.data());
      const Code* const y = call.b.chunk(i * call.length + done, n, b.data());
      for (std::size_t j = 0; j < n; ++j) accumulator->mac(x[j], y[j]);
    }
    const bool drawn = accumulate.rounding == numerics::Rounding::Sr;
    const Code code = accumulator->result(
        false, drawn ? numerics::random_bits(call.rounding.seed, call.rounding.tensor, call.rounding.first + i) : 0);
    out.put(i, 1, &code);
  }
  events += accumulator->events();
}

}  // namespace binade::lib
