// SPDX-License-Identifier: Apache-2.0
// The C functions of binade.h: what callers pass is checked, exceptions become statuses.
#include "lib/c_abi.h"

#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/codec_arrays.h"
#include "lib/product.h"
#include "models/exponent/autoflex_evaluator.h"
#include "models/spec/limits.h"

using binade::InputError;
using binade::lib::accumulate_of;
using binade::lib::chosen;
using binade::lib::given;
using binade::lib::guarded;
using binade::lib::operand_formats;
using binade::lib::write_text;
using binade::numerics::Events;
using binade::numerics::FormatSpec;
using binade::numerics::OperandFormats;
namespace lib = binade::lib;
namespace numerics = binade::numerics;

struct binade_product {
  lib::Product product;
};
struct binade_autoflex {
  binade::exponent::AutoflexEvaluator evaluator;
};

// The header's numbers are the enumerators'.
static_assert(static_cast<int>(numerics::Rounding::Rne) == BINADE_RNE && static_cast<int>(numerics::Rounding::Rtz) == BINADE_RTZ &&
              static_cast<int>(numerics::Rounding::Rhu) == BINADE_RHU && static_cast<int>(numerics::Rounding::Rha) == BINADE_RHA &&
              static_cast<int>(numerics::Rounding::Sr) == BINADE_SR && static_cast<int>(numerics::Rounding::Rdn) == BINADE_RDN &&
              static_cast<int>(numerics::Rounding::Rup) == BINADE_RUP);
static_assert(static_cast<int>(numerics::Accumulate::Exact) == BINADE_EXACT &&
              static_cast<int>(numerics::Accumulate::Blocked) == BINADE_BLOCKED &&
              static_cast<int>(numerics::Accumulate::Serial) == BINADE_SERIAL &&
              static_cast<int>(numerics::Accumulate::Fp32) == BINADE_FP32 &&
              static_cast<int>(numerics::Accumulate::Chained) == BINADE_CHAINED);
static_assert(static_cast<int>(numerics::Family::Posit) == BINADE_POSIT &&
              static_cast<int>(numerics::Family::Fixed) == BINADE_FIXED);

namespace {

void require_array(const void* array, std::size_t count, std::size_t element, const char* name) {
  if (count > std::numeric_limits<std::size_t>::max() / 2 / element)
    throw InputError(std::string(name) + " has " + std::to_string(count) + " elements, more than memory can hold");
  if (array == nullptr && count != 0)
    throw InputError(std::string(name) + " is null; allowed: an array of " + std::to_string(count) + " elements");
}

lib::CodesIn codes_in(const std::uint32_t* codes, std::size_t count, const char* name) {
  require_array(codes, count, sizeof *codes, name);
  return {codes, 4, count};
}
lib::CodesOut codes_out(std::uint32_t* codes, std::size_t count, const char* name) {
  require_array(codes, count, sizeof *codes, name);
  return {codes, 4, count};
}

void require_apart(const lib::CodesOut& out, const lib::CodesIn& in, const char* names, bool same_allowed = false) {
  lib::require_apart(out.data, out.count * sizeof(numerics::Code), in.data, in.count * sizeof(numerics::Code), names, same_allowed);
}

lib::OutputRounding rounding_of(const binade_rounding* rounding) {
  const binade_rounding how = rounding != nullptr ? *rounding : binade_rounding BINADE_ROUNDING_DEFAULT;
  return {.mode = chosen(how.mode, numerics::Rounding::Rup, "rounding.mode"),
          .seed = how.seed,
          .tensor = how.tensor,
          .first = how.first};
}

void require_limit(const binade::spec::Limit& limit, std::int64_t value, const char* name) {
  if (!limit.contains(value)) throw InputError(std::string(name) + ": " + limit.refusal(value));
}

int add_shift_of(std::int32_t add_shift) {
  constexpr const binade::spec::Limit& kLimit = binade::spec::limit_of("dfp.add_shift");
  require_limit(kLimit, add_shift, "add_shift");
  return add_shift;
}
std::optional<int> sdfp_bias_of(std::int32_t automatic, std::int32_t bias) {
  if (automatic != 0) return std::nullopt;
  constexpr const binade::spec::Limit& kLimit = binade::spec::limit_of("sdfp.weights");
  require_limit(kLimit, bias, "bias");
  return bias;
}

void add(const Events& counted, binade_events* events) {
  if (events == nullptr) return;
  events->saturation += counted.saturation;
  events->underflow += counted.underflow;
  events->overflow += counted.overflow;
  events->nar += counted.nar;
  events->inexact += counted.inexact;
}

void write_whole(std::string_view from, char* text, std::size_t size) {
  require_array(text, size, 1, "text");
  if (size <= from.size())
    throw InputError("text has room for " + std::to_string(size) + " characters; needed: " + std::to_string(from.size() + 1));
  write_text(from, text, size);
}

/// A matrix of `rows` x k as the caller lays it; its extent in memory is the elements that it reaches.
lib::Matrix matrix_of(const binade_matrix& matrix, std::size_t rows, std::size_t k, const char* name) {
  const bool dense = matrix.row_step == 0 && matrix.k_step == 0;
  const std::size_t row_step = dense ? k : matrix.row_step, k_step = dense ? 1 : matrix.k_step;
  std::size_t reach_rows = 0, reach_k = 0, count = 0;
  if (__builtin_mul_overflow(rows - 1, row_step, &reach_rows) || __builtin_mul_overflow(k - 1, k_step, &reach_k) ||
      __builtin_add_overflow(reach_rows, reach_k, &count) || count > std::numeric_limits<std::size_t>::max() / 16)
    throw InputError(std::string(name) + " reaches beyond memory: " + std::to_string(rows) + " x " + std::to_string(k) +
                     " in steps of " + std::to_string(row_step) + " and " + std::to_string(k_step));
  return {.codes = codes_in(matrix.codes, count + 1, name),
          .row_step = static_cast<std::int64_t>(row_step),
          .k_step = static_cast<std::int64_t>(k_step),
          .lsb_exponent = matrix.lsb_exponent};
}

}  // namespace

int binade_version(char* text, size_t size, binade_message* message) {
  return guarded(message, [&] { write_whole(BINADE_VERSION_TEXT, text, size); });
}

int binade_format_new(const char* word, binade_format** format, binade_message* message) {
  return guarded(message, [&] {
    binade_format*& made = given(format, "format");
    made = new binade_format{numerics::parse_format(&given(word, "word"))};
  });
}

void binade_format_free(binade_format* format) { delete format; }

int binade_format_word(const binade_format* format, char* text, size_t size, binade_message* message) {
  return guarded(message, [&] { write_whole(to_string(given(format, "format").spec), text, size); });
}

int binade_format_describe(const binade_format* format, binade_format_facts* facts, binade_message* message) {
  return guarded(message, [&] {
    const FormatSpec& spec = given(format, "format").spec;
    given(facts, "facts") = {.family = static_cast<std::int32_t>(spec.family),
                             .bits = spec.bits,
                             .shares_exponent = spec.shared_exponent(),
                             .states_exponent = lib::states_exponent(spec),
                             .lsb_exponent = spec.family == numerics::Family::Fixed ? -spec.fraction_bits : 0,
                             .default_rounding = static_cast<std::int32_t>(spec.default_rounding()),
                             .default_accumulate = static_cast<std::int32_t>(numerics::default_accumulate(spec))};
  });
}

int binade_decode(const binade_format* format, const uint32_t* codes, size_t count, int lsb_exponent, double* values,
                  binade_message* message) {
  return guarded(message, [&] {
    const lib::CodesIn in = codes_in(codes, count, "codes");
    require_array(values, count, sizeof *values, "values");
    lib::require_apart(values, count * sizeof *values, codes, count * sizeof *codes, "codes and values");
    lib::decode(given(format, "format").spec, in, lsb_exponent, {values, 8, count});
  });
}

int binade_encode(const binade_format* format, const double* values, size_t count, int lsb_exponent,
                  const binade_rounding* rounding, uint32_t* codes, binade_events* events, binade_message* message) {
  return guarded(message, [&] {
    const lib::CodesOut out = codes_out(codes, count, "codes");
    require_array(values, count, sizeof *values, "values");
    lib::require_apart(codes, count * sizeof *codes, values, count * sizeof *values, "values and codes");
    Events counted;
    lib::encode(given(format, "format").spec, {values, 8, count}, lsb_exponent, rounding_of(rounding), out, counted);
    add(counted, events);
  });
}

int binade_quantise(const binade_format* format, const double* values, size_t count, const binade_tensor* how, uint32_t* codes,
                    int* lsb_exponent, binade_events* events, binade_message* message) {
  return guarded(message, [&] {
    const binade_tensor tensor = how != nullptr ? *how : binade_tensor BINADE_TENSOR_DEFAULT;
    const lib::CodesOut out = codes_out(codes, count, "codes");
    require_array(values, count, sizeof *values, "values");
    lib::require_apart(codes, count * sizeof *codes, values, count * sizeof *values, "values and codes");
    const lib::OutputRounding rounding = rounding_of(&tensor.rounding);
    binade::exponent::QuantizeOptions options{.rounding = rounding.mode,
                                              .sdfp_bias = sdfp_bias_of(tensor.bias_automatic, tensor.bias),
                                              .add_shift = add_shift_of(tensor.add_shift),
                                              .seed = rounding.seed,
                                              .tensor = rounding.tensor,
                                              .first_element = rounding.first};
    if (tensor.exponent_given != 0) options.lsb_exponent = tensor.lsb_exponent;
    Events counted;
    const int exponent = lib::quantise(given(format, "format").spec, {values, 8, count}, options, out, counted);
    if (lsb_exponent != nullptr) *lsb_exponent = exponent;
    add(counted, events);
  });
}

int binade_operations(char* text, size_t size, binade_message* message) {
  return guarded(message, [&] { write_whole(lib::operation_words(), text, size); });
}

int binade_operands(const char* operation, size_t* operands, binade_message* message) {
  return guarded(message, [&] { given(operands, "operands") = lib::operands_of(&given(operation, "operation")); });
}

int binade_operate(const char* operation, const binade_format* const* formats, const uint32_t* const* operands,
                   size_t operand_count, size_t count, const binade_format* format, const binade_rounding* rounding, uint32_t* out,
                   binade_events* events, binade_message* message) {
  return guarded(message, [&] {
    const std::size_t taken = lib::operands_of(&given(operation, "operation"));
    if (operand_count != taken)
      throw InputError(std::string(operation) + ": " + std::to_string(operand_count) +
                       " operands; allowed: " + std::to_string(taken));
    const lib::CodesOut result = codes_out(out, count, "out");
    given(formats, "formats");
    given(operands, "operands");
    std::vector<lib::Operand> all;
    for (std::size_t i = 0; i < taken; ++i) {
      const std::string name = "operand " + std::to_string(i);
      all.push_back({given(formats[i], "a format of the operands").spec, codes_in(operands[i], count, name.c_str())});
      require_apart(result, all.back().codes, ("out and " + name).c_str(), true);
    }
    Events counted;
    lib::operate(operation, all, given(format, "format").spec, rounding_of(rounding), result, counted);
    add(counted, events);
  });
}

int binade_dot(const binade_operand_formats* formats, const binade_accumulate* accumulate, const binade_dot_arguments* arguments,
               uint32_t* out, binade_events* events, binade_message* message) {
  return guarded(message, [&] {
    const OperandFormats operands = operand_formats(formats);
    const binade_dot_arguments& of = given(arguments, "arguments");
    std::size_t products = 0;
    if (__builtin_mul_overflow(of.count, of.length, &products))
      throw InputError("count is " + std::to_string(of.count) + " and length " + std::to_string(of.length) +
                       ", more than memory can hold");
    const lib::CodesOut result = codes_out(out, of.count, "out");
    const lib::DotCall call{.length = of.length,
                            .a = codes_in(of.a, products, "a"),
                            .b = codes_in(of.b, products, "b"),
                            .a_exponent = of.a_exponent,
                            .b_exponent = of.b_exponent,
                            .lsb_exponent = of.lsb_exponent,
                            .rounding = {.seed = of.seed, .tensor = of.tensor}};
    require_apart(result, call.a, "out and a");
    require_apart(result, call.b, "out and b");
    Events counted;
    lib::dot(operands, accumulate_of(operands, accumulate), call, result, counted);
    add(counted, events);
  });
}

int binade_product_new(const binade_operand_formats* formats, const binade_accumulate* accumulate, int threads,
                       binade_product** product, binade_message* message) {
  return guarded(message, [&] {
    const OperandFormats operands = operand_formats(formats);
    binade_product*& made = given(product, "product");
    made = new binade_product{{operands, accumulate_of(operands, accumulate), threads}};
  });
}

void binade_product_free(binade_product* product) { delete product; }

int binade_product_run(binade_product* product, const binade_gemm* arguments, uint32_t* out, int* lsb_exponent,
                       binade_events* events, binade_message* message) {
  return guarded(message, [&] {
    const binade_gemm& of = given(arguments, "arguments");
    for (const std::size_t extent : {of.m, of.n, of.k})
      if (extent == 0 || extent > std::size_t{1} << 31)
        throw InputError("m x n x k is " + std::to_string(of.m) + " x " + std::to_string(of.n) + " x " + std::to_string(of.k) +
                         "; allowed: 1..2147483647 each");
    const lib::CodesOut result = codes_out(out, of.m * of.n, "out");
    lib::ProductCall call{.m = static_cast<std::int64_t>(of.m),
                          .n = static_cast<std::int64_t>(of.n),
                          .k = static_cast<std::int64_t>(of.k),
                          .a = matrix_of(of.a, of.m, of.k, "a"),
                          .b = matrix_of(of.b, of.n, of.k, "b"),
                          .bias = {of.bias, 4, of.bias != nullptr ? of.n : 0},
                          .bias_exponent = of.bias_exponent,
                          .add_shift = add_shift_of(of.add_shift),
                          .sdfp_bias = sdfp_bias_of(of.bias_automatic, of.sdfp_bias),
                          .relu = of.relu != 0,
                          .seed = of.seed,
                          .tensor = of.tensor};
    if (of.exponent_given != 0) call.lsb_exponent = of.lsb_exponent;
    require_apart(result, call.a.codes, "out and a");
    require_apart(result, call.b.codes, "out and b");
    require_apart(result, call.bias, "out and bias");
    Events counted;
    const int exponent = given(product, "product").product.run(call, result, counted);
    if (lsb_exponent != nullptr) *lsb_exponent = exponent;
    add(counted, events);
  });
}

int binade_autoflex_new(const binade_format* format, const char* preset, int start, int initialise, binade_autoflex** autoflex,
                        binade_message* message) {
  return guarded(message, [&] {
    binade_autoflex*& made = given(autoflex, "autoflex");
    made = new binade_autoflex{{given(format, "format").spec, std::string_view(&given(preset, "preset")), start, initialise != 0}};
  });
}

void binade_autoflex_free(binade_autoflex* autoflex) { delete autoflex; }

int binade_autoflex_record(binade_autoflex* autoflex, double max_abs, binade_autoflex_touch* touch, binade_message* message) {
  return guarded(message, [&] {
    binade_autoflex_touch& result = given(touch, "touch");
    const auto step = given(autoflex, "autoflex").evaluator.touch(max_abs);
    result = {.lsb_exponent = step.lsb_exponent,
              .overflow = step.overflow,
              .max_mantissa = step.max_mantissa,
              .next_lsb_exponent = step.next_lsb_exponent,
              .tries = static_cast<std::int32_t>(step.trace.size())};
  });
}
