/* SPDX-License-Identifier: Apache-2.0 */
/* Binade's golden arithmetic for C: number formats, conversions, operations, sums of products and matrix products, to the bit what
 * the simulator's cores compute. What formats, policies and events are: docs/formats.md; a guide with examples: docs/library.md.
 *
 * - Every function returns a status. Where it is not BINADE_OK, `message` (or null) receives one line, cut to its size.
 * - A code is in the low bits of a uint32_t; bits above the format's width are wrong input. Arrays are not null unless empty; an
 * array that is written is not read or written under another name, but where a function says so.
 * - Wrong input is found before anything is written. The library neither aborts nor throws.
 * - Formats do not change: threads may share one. A binade_product or a binade_autoflex serves one thread at a time.
 * - Options, events and messages may be null, which means defaults and that nobody wants to know. */
#ifndef BINADE_H
#define BINADE_H

#include <stddef.h>
#include <stdint.h>

#define BINADE_API __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

enum {
  BINADE_OK = 0,
  BINADE_INPUT = 2,     /* wrong input: the message says what, where and what is allowed */
  BINADE_INVARIANT = 3, /* a fault of the library */
  BINADE_RESOURCES = 4  /* no memory or no threads to be had */
};

typedef struct binade_message {
  char text[512];
} binade_message;

/* "MAJOR.MINOR.PATCH". Interfaces of equal MAJOR are compatible, the library's soname carries it. */
BINADE_API int binade_version(char* text, size_t size, binade_message* message);

/* ---- Formats ---- */

typedef struct binade_format binade_format;

/* A format word, as posit8 or flex16+5. binade_format_free(*format) frees it; null is allowed there. */
BINADE_API int binade_format_new(const char* word, binade_format** format, binade_message* message);
BINADE_API void binade_format_free(binade_format* format);
/* The canonical word. */
BINADE_API int binade_format_word(const binade_format* format, char* text, size_t size, binade_message* message);

enum {
  BINADE_POSIT = 0,
  BINADE_HILL_FLOAT = 1,
  BINADE_IEEE_FLOAT = 2,
  BINADE_FLEX = 3,
  BINADE_DFP = 4,
  BINADE_SDFP = 5,
  BINADE_FIXED = 6
};
enum {
  BINADE_RNE = 0,
  BINADE_RTZ = 1,
  BINADE_RHU = 2,
  BINADE_RHA = 3,
  BINADE_SR = 4,
  BINADE_RDN = 5,
  BINADE_RUP = 6,
  BINADE_DEFAULT = -1
};
enum { BINADE_EXACT = 0, BINADE_BLOCKED = 1, BINADE_SERIAL = 2, BINADE_FP32 = 3, BINADE_CHAINED = 4 };

typedef struct binade_format_facts {
  int32_t family;
  int32_t bits;
  int32_t shares_exponent; /* 1: codes are integers that count an LSB of 2^exponent */
  int32_t states_exponent; /* 1: codes say all; 0 of flex, dfp and sdfp, whose exponent travels beside them */
  int32_t lsb_exponent;    /* of fixed */
  int32_t default_rounding;
  int32_t default_accumulate; /* of products of two such numbers */
} binade_format_facts;
BINADE_API int binade_format_describe(const binade_format* format, binade_format_facts* facts, binade_message* message);

/* ---- Conversions ---- */

/* Counts are added to what is there. */
typedef struct binade_events {
  uint64_t saturation, underflow, overflow, nar, inexact;
} binade_events;

typedef struct binade_rounding {
  int32_t mode;          /* BINADE_RNE .. BINADE_RUP, BINADE_DEFAULT: the format's */
  uint32_t seed, tensor; /* of BINADE_SR: element i draws (seed, tensor, first + i) */
  uint64_t first;
} binade_rounding;
#define BINADE_ROUNDING_DEFAULT \
  { BINADE_DEFAULT, 0, 0, 0 }

/* Exact values; NaR is NaN. lsb_exponent: of flex, dfp and sdfp, -256..255. */
BINADE_API int binade_decode(const binade_format* format, const uint32_t* codes, size_t count, int lsb_exponent, double* values,
                             binade_message* message);
/* One rounding a value. */
BINADE_API int binade_encode(const binade_format* format, const double* values, size_t count, int lsb_exponent,
                             const binade_rounding* rounding, uint32_t* codes, binade_events* events, binade_message* message);

typedef struct binade_tensor {
  binade_rounding rounding;
  int32_t exponent_given; /* 1: lsb_exponent instead of the data's; of flex, dfp and sdfp only */
  int32_t lsb_exponent;
  int32_t add_shift;      /* dfp, sdfp: headroom bits, 0..30 */
  int32_t bias_automatic; /* sdfp: 1: from the histogram of leading bits */
  int32_t bias;           /* sdfp: added to the exponent otherwise, -32..32 */
} binade_tensor;
#define BINADE_TENSOR_DEFAULT \
  { BINADE_ROUNDING_DEFAULT, 0, 0, 0, 0, 0 }

/* A tensor: its exponent from the data, written to *lsb_exponent (null: not wanted), then binade_encode. NaN and infinities are
 * wrong input where the exponent is shared. */
BINADE_API int binade_quantise(const binade_format* format, const double* values, size_t count, const binade_tensor* how,
                               uint32_t* codes, int* lsb_exponent, binade_events* events, binade_message* message);

/* ---- Operations on codes ---- */

/* The words, separated by spaces: add sub mul div fma sqrt convert. */
BINADE_API int binade_operations(char* text, size_t size, binade_message* message);
BINADE_API int binade_operands(const char* operation, size_t* operands, binade_message* message);
/* out[i] = the operation on operands[0][i], operands[1][i], ..., rounded once to `format`; formats[j] is that of operand j. Formats
 * state their exponents. `out` may be one of the operands. */
BINADE_API int binade_operate(const char* operation, const binade_format* const* formats, const uint32_t* const* operands,
                              size_t operand_count, size_t count, const binade_format* format, const binade_rounding* rounding,
                              uint32_t* out, binade_events* events, binade_message* message);

/* ---- Sums of products ---- */

typedef struct binade_accumulate {
  int32_t policy;   /* BINADE_EXACT .. BINADE_CHAINED, BINADE_DEFAULT: the formats' */
  int32_t acc_bits; /* 0: the full or default width */
  int32_t block;    /* products a block, of BINADE_BLOCKED */
  int32_t chain;    /* products a chain, of BINADE_CHAINED */
  int32_t rounding; /* of the result, and of the steps of BINADE_SERIAL */
  int32_t bias_first;
} binade_accumulate;
#define BINADE_ACCUMULATE_DEFAULT \
  { BINADE_DEFAULT, 0, 32, 31, BINADE_DEFAULT, 0 }

/* The factors' formats and the result's; `out` null: a's. */
typedef struct binade_operand_formats {
  const binade_format *a, *b, *out;
} binade_operand_formats;

/* out[i] = the dot product of row i of a and of b, `length` products each in order, by the literal accumulator. Exponents: of flex,
 * dfp and sdfp. seed, tensor: element i draws (seed, tensor, i). */
typedef struct binade_dot_arguments {
  const uint32_t *a, *b;
  size_t count, length;
  int32_t a_exponent, b_exponent, lsb_exponent;
  uint32_t seed, tensor;
} binade_dot_arguments;
BINADE_API int binade_dot(const binade_operand_formats* formats, const binade_accumulate* accumulate,
                          const binade_dot_arguments* arguments, uint32_t* out, binade_events* events, binade_message* message);

/* Matrix products by the kernels of the simulator, which give what binade_dot gives. The set-up costs milliseconds: keep the
 * product. */
typedef struct binade_product binade_product;
BINADE_API int binade_product_new(const binade_operand_formats* formats, const binade_accumulate* accumulate, int threads,
                                  binade_product** product, binade_message* message);
BINADE_API void binade_product_free(binade_product* product);

/* Element (row, j) is codes[row * row_step + j * k_step]; both 0: rows of k codes one after another. */
typedef struct binade_matrix {
  const uint32_t* codes;
  size_t row_step, k_step;
  int32_t lsb_exponent;
} binade_matrix;
/* out[i * n + j] = sum over k of a(i, k) b(j, k), and bias[j]. */
typedef struct binade_gemm {
  size_t m, n, k;
  binade_matrix a;      /* m x k */
  binade_matrix b;      /* n x k: the right factor's columns */
  const uint32_t* bias; /* n codes of the result's format, or null */
  int32_t bias_exponent;
  int32_t exponent_given; /* 1: lsb_exponent is the result's. Flex needs it; that of dfp and sdfp is otherwise the largest sum's;
                             wrong input of others */
  int32_t lsb_exponent;
  int32_t add_shift, bias_automatic, sdfp_bias; /* as in binade_tensor, where the exponent is the largest sum's */
  int32_t relu;
  uint32_t seed, tensor;
} binade_gemm;
BINADE_API int binade_product_run(binade_product* product, const binade_gemm* arguments, uint32_t* out, int* lsb_exponent,
                                  binade_events* events, binade_message* message);

/* One sum, product by product, by the literal accumulator: a scoreboard's multiply-accumulate unit. One product LSB of integers is
 * 2^-product_shift output LSBs. A bias joins after the last product, or first, as `accumulate` says. */
typedef struct binade_accumulator binade_accumulator;
BINADE_API int binade_accumulator_new(const binade_operand_formats* formats, const binade_accumulate* accumulate, int product_shift,
                                      int bias_shift, binade_accumulator** accumulator, binade_message* message);
BINADE_API void binade_accumulator_free(binade_accumulator* accumulator);
BINADE_API int binade_accumulator_clear(binade_accumulator* accumulator, binade_message* message);
BINADE_API int binade_accumulator_mac(binade_accumulator* accumulator, uint32_t a, uint32_t b, binade_message* message);
BINADE_API int binade_accumulator_bias(binade_accumulator* accumulator, uint32_t bias, binade_message* message);
/* The rounded sum; it can go on. relu: 1: negative sums become zero. random: 32 bits, of BINADE_SR. */
BINADE_API int binade_accumulator_result(binade_accumulator* accumulator, int relu, uint32_t random, uint32_t* code,
                                         binade_message* message);

/* ---- Autoflex ---- */

/* Exponents of a Flexpoint tensor, predicted from its maxima. preset: "paper" or "ngraph". `initialise`: the first touch runs
 * Algorithm 1 from `start`, -512..512. */
typedef struct binade_autoflex binade_autoflex;
typedef struct binade_autoflex_touch {
  int32_t lsb_exponent; /* used for this touch */
  int32_t overflow;     /* 1: the largest mantissa reached the format's */
  uint64_t max_mantissa;
  int32_t next_lsb_exponent;
  int32_t tries; /* of the initialisation */
} binade_autoflex_touch;
BINADE_API int binade_autoflex_new(const binade_format* format, const char* preset, int start, int initialise,
                                   binade_autoflex** autoflex, binade_message* message);
BINADE_API void binade_autoflex_free(binade_autoflex* autoflex);
/* max_abs: the largest magnitude that the kernel produced. */
BINADE_API int binade_autoflex_record(binade_autoflex* autoflex, double max_abs, binade_autoflex_touch* touch,
                                      binade_message* message);

/* ---- Single values and plain arguments, as SystemVerilog's DPI-C passes them (binade_pkg.sv) ---- */

/* A message for languages without structures; its text lives as long as it does. */
BINADE_API int binade_message_new(binade_message** message);
BINADE_API void binade_message_free(binade_message* message);
BINADE_API const char* binade_message_text(const binade_message* message);
/* `rounding`: BINADE_RNE .. BINADE_RUP, BINADE_DEFAULT; `random`: 32 bits, of BINADE_SR. */
BINADE_API int binade_encode_one(const binade_format* format, double value, int lsb_exponent, int rounding, uint32_t random,
                                 uint32_t* code, binade_message* message);
BINADE_API int binade_decode_one(const binade_format* format, uint32_t code, int lsb_exponent, double* value,
                                 binade_message* message);
/* Operands beyond those of the operation are not looked at. */
BINADE_API int binade_operate_one(const char* operation, const binade_format* format, uint32_t a, uint32_t b, uint32_t c,
                                  int rounding, uint32_t random, uint32_t* out, binade_message* message);
/* Factors and result of a, b and out; policy and the rest as in binade_accumulate. */
BINADE_API int binade_accumulator_of(const binade_format* a, const binade_format* b, const binade_format* out, int policy,
                                     int acc_bits, int block, int chain, int rounding, int product_shift,
                                     binade_accumulator** accumulator, binade_message* message);
/* The draw of an element under BINADE_SR. */
BINADE_API int binade_random_bits(uint32_t seed, uint32_t tensor, uint64_t index, uint32_t* random, binade_message* message);

#ifdef __cplusplus
}
#endif

#endif
