// SPDX-License-Identifier: Apache-2.0
// The functions of binade.h that take one value at a time: a sum's steps, and what DPI-C can pass.
#include <array>

#include "lib/c_abi.h"
#include "lib/codec_arrays.h"
#include "models/numerics/accumulator.h"
#include "models/numerics/arithmetic.h"
#include "models/numerics/codec.h"

using binade::InputError;
using binade::lib::chosen;
using binade::lib::given;
using binade::lib::guarded;
namespace lib = binade::lib;
namespace numerics = binade::numerics;

struct binade_accumulator {
  numerics::OperandFormats formats;
  std::unique_ptr<numerics::Accumulator> sum;
};

namespace {

/// Throws InputError unless the code fits the format.
numerics::Code code_of(const numerics::FormatSpec& format, std::uint32_t code, const char* name) {
  lib::require_codes(format, {&code, 4, 1}, name);
  return code;
}

void require_stated(const numerics::FormatSpec& format, const char* operation) {
  if (format.shared_exponent() && format.family != numerics::Family::Fixed)
    throw InputError(std::string(operation) + ": the codes of " + to_string(format) +
                     " share an exponent, which they do not state; allowed: posits, floats, fixed<W>.<F>");
}

numerics::Quantisation how_of(const numerics::FormatSpec& format, int rounding, std::uint32_t random, int lsb_exponent) {
  return {.rounding = chosen(rounding, numerics::Rounding::Rup, "rounding").value_or(format.default_rounding()),
          .lsb_exponent = lsb_exponent,
          .random = random};
}

}  // namespace

int binade_accumulator_new(const binade_operand_formats* formats, const binade_accumulate* accumulate, int product_shift,
                           int bias_shift, binade_accumulator** accumulator, binade_message* message) {
  return guarded(message, [&] {
    binade_accumulator*& made = given(accumulator, "accumulator");
    const numerics::OperandFormats operands = lib::operand_formats(formats);
    if (const std::string problem = operand_problem(operands); !problem.empty()) throw InputError(problem);
    made = new binade_accumulator{
        operands, numerics::make_accumulator(operands, lib::accumulate_of(operands, accumulate), product_shift, bias_shift)};
  });
}

void binade_accumulator_free(binade_accumulator* accumulator) { delete accumulator; }

int binade_accumulator_clear(binade_accumulator* accumulator, binade_message* message) {
  return guarded(message, [&] { given(accumulator, "accumulator").sum->clear(); });
}

int binade_accumulator_mac(binade_accumulator* accumulator, uint32_t a, uint32_t b, binade_message* message) {
  return guarded(message, [&] {
    const auto& [formats, sum] = given(accumulator, "accumulator");
    sum->mac(code_of(formats.a, a, "a"), code_of(formats.b, b, "b"));
  });
}

int binade_accumulator_bias(binade_accumulator* accumulator, uint32_t bias, binade_message* message) {
  return guarded(message, [&] {
    const auto& [formats, sum] = given(accumulator, "accumulator");
    sum->add_bias(code_of(formats.out, bias, "bias"));
  });
}

int binade_accumulator_result(binade_accumulator* accumulator, int relu, uint32_t random, uint32_t* code, binade_message* message) {
  return guarded(message, [&] { given(code, "code") = given(accumulator, "accumulator").sum->result(relu != 0, random); });
}

int binade_message_new(binade_message** message) {
  return guarded(nullptr, [&] {
    binade_message*& made = given(message, "message");
    made = new binade_message{};
  });
}

void binade_message_free(binade_message* message) { delete message; }

const char* binade_message_text(const binade_message* message) { return message != nullptr ? message->text : ""; }

int binade_encode_one(const binade_format* format, double value, int lsb_exponent, int rounding, uint32_t random, uint32_t* code,
                      binade_message* message) {
  return guarded(message, [&] {
    const numerics::FormatSpec& spec = given(format, "format").spec;
    lib::require_exponent(lsb_exponent, "lsb_exponent");
    numerics::Events events;
    given(code, "code") = encode(spec, numerics::from_double(value), how_of(spec, rounding, random, lsb_exponent), events);
  });
}

int binade_decode_one(const binade_format* format, uint32_t code, int lsb_exponent, double* value, binade_message* message) {
  return guarded(message, [&] {
    const numerics::FormatSpec& spec = given(format, "format").spec;
    lib::require_exponent(lsb_exponent, "lsb_exponent");
    given(value, "value") = to_double(decode(spec, code_of(spec, code, "code"), lsb_exponent));
  });
}

int binade_operate_one(const char* operation, const binade_format* format, uint32_t a, uint32_t b, uint32_t c, int rounding,
                       uint32_t random, uint32_t* out, binade_message* message) {
  return guarded(message, [&] {
    const numerics::FormatSpec& spec = given(format, "format").spec;
    const std::size_t taken = lib::operands_of(&given(operation, "operation"));
    require_stated(spec, operation);
    const std::array<std::uint32_t, numerics::kMostOperands> codes{a, b, c};
    std::array<numerics::Unpacked, numerics::kMostOperands> x;
    for (std::size_t i = 0; i < taken; ++i) x[i] = decode(spec, code_of(spec, codes[i], ("operand " + std::to_string(i)).c_str()));
    const numerics::Quantisation how = how_of(spec, rounding, random, 0);
    const numerics::Unpacked exact = evaluate(*numerics::find_arithmetic(operation), std::span(x).first(taken), how.rounding);
    numerics::Events events;
    given(out, "out") = encode(spec, exact, how, events);
  });
}

int binade_accumulator_of(const binade_format* a, const binade_format* b, const binade_format* out, int policy, int acc_bits,
                          int block, int chain, int rounding, int product_shift, binade_accumulator** accumulator,
                          binade_message* message) {
  const binade_operand_formats formats{a, b, out};
  const binade_accumulate accumulate{policy, acc_bits, block, chain, rounding, 0};
  return binade_accumulator_new(&formats, &accumulate, product_shift, 0, accumulator, message);
}

int binade_random_bits(uint32_t seed, uint32_t tensor, uint64_t index, uint32_t* random, binade_message* message) {
  return guarded(message, [&] { given(random, "random") = numerics::random_bits(seed, tensor, index); });
}
