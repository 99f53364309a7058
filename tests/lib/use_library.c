/* SPDX-License-Identifier: Apache-2.0 */
/* A C program against the installed header and library: every function once, and every kind of wrong input. Prints what failed. */
#include <binade.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures = 0;

#define CHECK(condition) \
  do { \
    if (!(condition)) { \
      ++failures; \
      printf("%s:%d: %s\n", __FILE__, __LINE__, #condition); \
    } \
  } while (0)

static binade_message why;

/* Expects wrong input whose message holds `part`. */
static void refused(int status, const char* part, int line) {
  if (status != BINADE_INPUT || strstr(why.text, part) == NULL) {
    ++failures;
    printf("line %d: status %d, message '%s', expected '%s'\n", line, status, why.text, part);
  }
}
#define REFUSED(call, part) refused(call, part, __LINE__)

static binade_format* format_of(const char* word) {
  binade_format* format = NULL;
  CHECK(binade_format_new(word, &format, &why) == BINADE_OK);
  return format;
}

static void formats(void) {
  char text[64];
  binade_format_facts facts;
  binade_format* format = NULL;
  CHECK(binade_version(text, sizeof text, NULL) == BINADE_OK && strlen(text) >= 5);
  REFUSED(binade_version(text, 3, &why), "room for 3");
  REFUSED(binade_format_new("posit99", &format, &why), "posit");
  REFUSED(binade_format_new(NULL, &format, &why), "word is null");
  REFUSED(binade_format_new("posit8", NULL, &why), "format is null");
  CHECK(format == NULL);
  format = format_of("posit8es2");
  CHECK(binade_format_word(format, text, sizeof text, &why) == BINADE_OK && strcmp(text, "posit8") == 0);
  REFUSED(binade_format_word(format, NULL, 8, &why), "text is null");
  REFUSED(binade_format_describe(format, NULL, &why), "facts is null");
  CHECK(binade_format_describe(format, &facts, NULL) == BINADE_OK);
  CHECK(facts.family == BINADE_POSIT && facts.bits == 8 && !facts.shares_exponent && facts.states_exponent);
  CHECK(facts.default_rounding == BINADE_RNE && facts.default_accumulate == BINADE_EXACT);
  binade_format_free(format);
  binade_format_free(NULL);
}

static void conversions(void) {
  binade_format* posit = format_of("posit8");
  binade_format* dfp = format_of("dfp8");
  const double values[4] = {0.1, -3.0, 1e30, 0.0};
  double back[4];
  uint32_t codes[4];
  binade_events events = {0, 0, 0, 0, 0};
  const binade_rounding bad_mode = {9, 0, 0, 0};
  const binade_tensor bad_shift = {BINADE_ROUNDING_DEFAULT, 0, 0, 31, 0, 0};
  const binade_tensor with_exponent = {BINADE_ROUNDING_DEFAULT, 1, -3, 0, 0, 0};
  const binade_tensor with_headroom = {BINADE_ROUNDING_DEFAULT, 0, 0, 2, 0, 0};
  const binade_tensor with_bias = {BINADE_ROUNDING_DEFAULT, 0, 0, 0, 1, 0};
  const double with_nan[2] = {1.0, NAN};
  int exponent = 99;

  CHECK(binade_encode(posit, values, 4, 0, NULL, codes, &events, &why) == BINADE_OK);
  CHECK(codes[0] == 0x25 && codes[3] == 0 && events.inexact == 2 && events.saturation == 1);
  CHECK(binade_decode(posit, codes, 4, 0, back, &why) == BINADE_OK);
  CHECK(back[0] == 0.1015625 && back[1] == -3.0 && back[3] == 0.0);
  CHECK(binade_encode(posit, NULL, 0, 0, NULL, NULL, NULL, &why) == BINADE_OK);
  REFUSED(binade_encode(NULL, values, 4, 0, NULL, codes, NULL, &why), "format is null");
  REFUSED(binade_encode(posit, NULL, 4, 0, NULL, codes, NULL, &why), "values is null");
  REFUSED(binade_encode(posit, values, 4, 0, NULL, NULL, NULL, &why), "codes is null");
  REFUSED(binade_encode(posit, values, 4, 0, &bad_mode, codes, NULL, &why), "rounding.mode is 9");
  REFUSED(binade_encode(dfp, values, 4, 300, NULL, codes, NULL, &why), "lsb_exponent is 300");
  REFUSED(binade_encode(posit, (const double*)codes, 2, 0, NULL, codes, NULL, &why), "overlap");
  REFUSED(binade_encode(posit, values, SIZE_MAX / 4, 0, NULL, codes, NULL, &why), "more than memory");
  codes[2] = 0x100;
  REFUSED(binade_decode(posit, codes, 4, 0, back, &why), "codes[2] is 0x100");

  CHECK(binade_quantise(dfp, (const double[3]){1, -0.5, 0.3}, 3, NULL, codes, &exponent, NULL, &why) == BINADE_OK);
  CHECK(exponent == -6 && codes[0] == 64 && codes[1] == (uint32_t)-32 % 256 && codes[2] == 19);
  CHECK(binade_decode(dfp, codes, 3, exponent, back, &why) == BINADE_OK && back[1] == -0.5);
  REFUSED(binade_quantise(dfp, with_nan, 2, NULL, codes, &exponent, NULL, &why), "element 1: NaN");
  REFUSED(binade_quantise(dfp, values, 4, &bad_shift, codes, &exponent, NULL, &why), "add_shift: 31");
  REFUSED(binade_quantise(posit, values, 4, &with_exponent, codes, NULL, NULL, &why), "states its exponent");
  REFUSED(binade_quantise(posit, values, 4, &with_headroom, codes, NULL, NULL, &why), "no headroom");
  REFUSED(binade_quantise(dfp, values, 4, &with_bias, codes, NULL, NULL, &why), "sdfp_bias is automatic");
  CHECK(binade_quantise(posit, with_nan, 2, NULL, codes, NULL, NULL, &why) == BINADE_OK && codes[1] == 0x80);
  binade_format_free(posit);
  binade_format_free(dfp);
}

static void operations(void) {
  binade_format* posit = format_of("posit8");
  binade_format* fp8 = format_of("fp8e4m3");
  binade_format* flex = format_of("flex16+5");
  uint32_t a[2] = {0x40, 0x25}, b[2] = {0x33, 0x25}, out[2];
  const binade_format* formats[3];
  const uint32_t* operands[3];
  const binade_rounding to_zero = {BINADE_RTZ, 0, 0, 0};
  char text[256];
  size_t taken = 0;
  formats[0] = formats[1] = formats[2] = posit;
  operands[0] = a;
  operands[1] = operands[2] = b;

  CHECK(binade_operations(text, sizeof text, &why) == BINADE_OK && strstr(text, "add") != NULL);
  CHECK(binade_operands("fma", &taken, &why) == BINADE_OK && taken == 3);
  CHECK(binade_operate("add", formats, operands, 2, 2, posit, &to_zero, out, NULL, &why) == BINADE_OK && out[0] == 0x42);
  CHECK(binade_operate("convert", formats, operands, 1, 2, fp8, NULL, out, NULL, &why) == BINADE_OK && out[1] == 0x1d);
  CHECK(binade_operate("add", formats, operands, 2, 2, posit, &to_zero, a, NULL, &why) == BINADE_OK && a[0] == 0x42);
  REFUSED(binade_operate("power", formats, operands, 2, 2, posit, NULL, out, NULL, &why), "allowed: add");
  REFUSED(binade_operate("add", formats, operands, 3, 2, posit, NULL, out, NULL, &why), "3 operands");
  REFUSED(binade_operate("add", formats, operands, 2, 2, flex, NULL, out, NULL, &why), "share an exponent");
  operands[1] = NULL;
  REFUSED(binade_operate("add", formats, operands, 2, 2, posit, NULL, out, NULL, &why), "operand 1 is null");
  binade_format_free(posit);
  binade_format_free(fp8);
  binade_format_free(flex);
}

/* Products of every format and policy, by the kernels and by the literal accumulator. */
static void products(void) {
  static const char* const words[] = {"posit8", "posit16", "fp8e4m3", "bf16", "e6m7", "flex16+5", "dfp8", "sdfp8", "fixed16.8"};
  enum { M = 5, N = 7, K = 70 };
  static uint32_t a[M * K], b[N * K], rows_a[M * N * K], rows_b[M * N * K], out[M * N], expected[M * N];
  uint32_t draw = 1;
  for (size_t w = 0; w < sizeof words / sizeof *words; ++w) {
    binade_format* format = format_of(words[w]);
    binade_format_facts facts;
    CHECK(binade_format_describe(format, &facts, &why) == BINADE_OK);
    for (size_t i = 0; i < M * K + N * K; ++i) {
      draw = draw * 1664525u + 1013904223u;
      /* Codes of any bits at all; integers of seven bits, whose sums spread over the result's range. */
      const uint32_t code = facts.shares_exponent ? (draw >> 8) % 128 - 64 : draw >> 8;
      *(i < M * K ? a + i : b + (i - M * K)) = code & ((1u << (facts.bits - 1)) * 2u - 1);
    }
    for (size_t i = 0; i < M * N; ++i) {
      memcpy(rows_a + i * K, a + i / N * K, K * sizeof *a);
      memcpy(rows_b + i * K, b + i % N * K, K * sizeof *b);
    }
    for (int policy = BINADE_EXACT; policy <= BINADE_CHAINED; ++policy) {
      const binade_operand_formats formats = {format, format, NULL};
      binade_accumulate accumulate = BINADE_ACCUMULATE_DEFAULT;
      binade_dot_arguments dots = {rows_a, rows_b, M * N, K, -9, -4, -1, 7, 3};
      binade_gemm gemm = {M, N, K, {a, 0, 0, -9}, {b, 0, 0, -4}, NULL, 0, !facts.states_exponent, -1, 0, 0, 0, 0, 7, 3};
      binade_events of_dots = {0, 0, 0, 0, 0}, of_gemm = {0, 0, 0, 0, 0};
      binade_product* product = NULL;
      int exponent = 0;
      accumulate.policy = policy;
      const int status = binade_product_new(&formats, &accumulate, 1, &product, &why);
      if ((policy == BINADE_BLOCKED || policy == BINADE_CHAINED) && !facts.shares_exponent) {
        CHECK(status == BINADE_INPUT && product == NULL);
        CHECK(binade_dot(&formats, &accumulate, &dots, expected, NULL, &why) == BINADE_INPUT);
        continue;
      }
      CHECK(status == BINADE_OK);
      CHECK(binade_dot(&formats, &accumulate, &dots, expected, &of_dots, &why) == BINADE_OK);
      for (int run = 0; run < 2; ++run) {
        memset(out, 0xff, sizeof out);
        of_gemm = (binade_events){0, 0, 0, 0, 0};
        CHECK(binade_product_run(product, &gemm, out, &exponent, &of_gemm, &why) == BINADE_OK);
        if (memcmp(out, expected, sizeof out) != 0 || memcmp(&of_dots, &of_gemm, sizeof of_dots) != 0) {
          ++failures;
          printf("%s policy %d: kernels and literal accumulator differ\n", words[w], policy);
        }
      }
      binade_product_free(product);
    }
    binade_format_free(format);
  }
  binade_product_free(NULL);
}

static void wrong_products(void) {
  binade_format* posit = format_of("posit8");
  binade_format* other = format_of("posit8es1");
  binade_format* flex = format_of("flex16+5");
  binade_format* dfp = format_of("dfp8");
  uint32_t a[6] = {1, 2, 3, 4, 5, 6}, out[4];
  binade_operand_formats formats = {posit, posit, NULL};
  binade_accumulate accumulate = BINADE_ACCUMULATE_DEFAULT;
  binade_gemm gemm = {2, 2, 3, {a, 0, 0, 0}, {a, 0, 0, 0}, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  binade_product* product = NULL;
  int exponent = 0;
  REFUSED(binade_product_new(NULL, NULL, 1, &product, &why), "formats is null");
  REFUSED(binade_product_new(&formats, NULL, 0, &product, &why), "threads is 0");
  accumulate.acc_bits = 5000;
  REFUSED(binade_product_new(&formats, &accumulate, 1, &product, &why), "acc_bits");
  accumulate.acc_bits = 0;
  accumulate.policy = 17;
  REFUSED(binade_product_new(&formats, &accumulate, 1, &product, &why), "accumulate.policy is 17");
  formats.b = other;
  REFUSED(binade_product_new(&formats, NULL, 1, &product, &why), "posit");
  formats.b = posit;

  CHECK(binade_product_new(&formats, NULL, 2, &product, &why) == BINADE_OK);
  CHECK(binade_product_run(product, &gemm, out, &exponent, NULL, &why) == BINADE_OK);
  REFUSED(binade_product_run(NULL, &gemm, out, NULL, NULL, &why), "product is null");
  REFUSED(binade_product_run(product, NULL, out, NULL, NULL, &why), "arguments is null");
  REFUSED(binade_product_run(product, &gemm, NULL, NULL, NULL, &why), "out is null");
  REFUSED(binade_product_run(product, &gemm, a + 4, NULL, NULL, &why), "out and a overlap");
  gemm.k = 0;
  REFUSED(binade_product_run(product, &gemm, out, NULL, NULL, &why), "2 x 2 x 0");
  gemm.k = 3;
  gemm.a.row_step = SIZE_MAX / 2;
  gemm.a.k_step = 1;
  REFUSED(binade_product_run(product, &gemm, out, NULL, NULL, &why), "beyond memory");
  gemm.a.row_step = gemm.a.k_step = 0;
  a[5] = 0x1000;
  REFUSED(binade_product_run(product, &gemm, out, NULL, NULL, &why), "a[5] is 0x1000");
  a[5] = 6;
  gemm.exponent_given = 1;
  REFUSED(binade_product_run(product, &gemm, out, NULL, NULL, &why), "posit8 states its exponent");
  gemm.exponent_given = 0;
  binade_product_free(product);

  formats.a = formats.b = flex;
  CHECK(binade_product_new(&formats, NULL, 1, &product, &why) == BINADE_OK);
  REFUSED(binade_product_run(product, &gemm, out, NULL, NULL, &why), "needs the exponent");
  binade_product_free(product);

  /* The exponent of the largest sum: 32 + 64 = 77 * 2^0 in products of 2^-1. */
  formats.a = formats.b = dfp;
  gemm.a.lsb_exponent = -1;
  CHECK(binade_product_new(&formats, NULL, 1, &product, &why) == BINADE_OK);
  CHECK(binade_product_run(product, &gemm, out, &exponent, NULL, &why) == BINADE_OK);
  CHECK(exponent == -1 && out[0] == 14 && out[1] == 32 && out[3] == 77);
  binade_product_free(product);
  binade_format_free(posit);
  binade_format_free(other);
  binade_format_free(flex);
  binade_format_free(dfp);
}

static void autoflex(void) {
  binade_format* flex = format_of("flex16+5");
  binade_format* posit = format_of("posit8");
  binade_autoflex* tensor = NULL;
  binade_autoflex_touch touch;
  REFUSED(binade_autoflex_new(posit, "paper", -8, 0, &tensor, &why), "flex<N>+<M>");
  REFUSED(binade_autoflex_new(flex, "none", -8, 0, &tensor, &why), "none");
  REFUSED(binade_autoflex_new(flex, "paper", 600, 0, &tensor, &why), "600");
  CHECK(binade_autoflex_new(flex, "paper", -8, 1, &tensor, &why) == BINADE_OK);
  REFUSED(binade_autoflex_record(tensor, -1.0, &touch, &why), "not negative");
  REFUSED(binade_autoflex_record(tensor, 1.0, NULL, &why), "touch is null");
  CHECK(binade_autoflex_record(tensor, 1.0, &touch, &why) == BINADE_OK);
  CHECK(touch.tries >= 1 && touch.max_mantissa == (uint64_t)ldexp(1.0, -touch.lsb_exponent) && !touch.overflow);
  binade_autoflex_free(tensor);
  binade_autoflex_free(NULL);
  binade_format_free(flex);
  binade_format_free(posit);
}

/* One value at a time, as SystemVerilog calls it. */
static void scalars(void) {
  binade_format* posit = format_of("posit8");
  binade_format* flex = format_of("flex16+5");
  const binade_operand_formats formats = {posit, posit, NULL};
  binade_accumulator* sum = NULL;
  binade_message* message = NULL;
  uint32_t code = 0, random = 0;
  double value = 0;
  CHECK(binade_message_new(&message) == BINADE_OK && binade_message_new(NULL) == BINADE_INPUT);
  CHECK(binade_encode_one(posit, 0.1, 0, BINADE_DEFAULT, 0, &code, message) == BINADE_OK && code == 0x25);
  CHECK(binade_decode_one(posit, code, 0, &value, message) == BINADE_OK && value == 0.1015625);
  CHECK(binade_decode_one(posit, 0x100, 0, &value, message) == BINADE_INPUT && strstr(binade_message_text(message), "0x100") != NULL);
  CHECK(binade_operate_one("add", posit, 0x40, 0x33, 0xfff, BINADE_RTZ, 0, &code, message) == BINADE_OK && code == 0x42);
  CHECK(strlen(binade_message_text(message)) == 0 && strlen(binade_message_text(NULL)) == 0);
  CHECK(binade_random_bits(1, 2, 3, &random, &why) == BINADE_OK && random != 0);
  REFUSED(binade_operate_one("add", flex, 1, 2, 0, BINADE_RNE, 0, &code, &why), "share an exponent");
  REFUSED(binade_operate_one("add", posit, 1, 0x100, 0, BINADE_RNE, 0, &code, &why), "operand 1[0] is 0x100");
  REFUSED(binade_encode_one(posit, 0.1, 0, 7, 0, &code, &why), "rounding is 7");
  REFUSED(binade_encode_one(posit, 0.1, 0, BINADE_RNE, 0, NULL, &why), "code is null");
  CHECK(binade_accumulator_new(&formats, NULL, 0, 0, &sum, &why) == BINADE_OK);
  /* 3 x 3 - 1/64 x 1/64: the quire keeps what posit8 cannot. */
  CHECK(binade_accumulator_mac(sum, 0x4c, 0x4c, &why) == BINADE_OK && binade_accumulator_mac(sum, 0x10, 0xf0, &why) == BINADE_OK);
  CHECK(binade_accumulator_mac(sum, 0xb4, 0x4c, &why) == BINADE_OK && binade_accumulator_result(sum, 0, 0, &code, &why) == BINADE_OK);
  CHECK(binade_decode_one(posit, code, 0, &value, &why) == BINADE_OK && value < 0 && value > -0.001);
  CHECK(binade_accumulator_result(sum, 1, 0, &code, &why) == BINADE_OK && code == 0);
  CHECK(binade_accumulator_clear(sum, &why) == BINADE_OK && binade_accumulator_bias(sum, 0x25, &why) == BINADE_OK);
  CHECK(binade_accumulator_result(sum, 0, 0, &code, &why) == BINADE_OK && code == 0x25);
  REFUSED(binade_accumulator_mac(sum, 1, 0x100, &why), "b[0] is 0x100");
  REFUSED(binade_accumulator_clear(NULL, &why), "accumulator is null");
  binade_accumulator_free(sum);
  REFUSED(binade_accumulator_of(posit, posit, posit, BINADE_BLOCKED, 0, 32, 31, BINADE_DEFAULT, 0, &sum, &why), "blocked");
  REFUSED(binade_accumulator_of(posit, flex, posit, BINADE_EXACT, 0, 32, 31, BINADE_DEFAULT, 0, &sum, &why), "flex16+5");
  binade_accumulator_free(NULL);
  binade_message_free(message);
  binade_format_free(posit);
  binade_format_free(flex);
}

/* Threads that share a format, each with a product of its own. */
static binade_format* shared_format;

static void* worker(void* result) {
  enum { SIZE = 40 };
  uint32_t* codes = malloc(SIZE * SIZE * sizeof *codes);
  uint32_t* out = malloc(SIZE * SIZE * sizeof *out);
  const binade_operand_formats formats = {shared_format, shared_format, NULL};
  uint64_t sum = 0;
  for (size_t i = 0; i < SIZE * SIZE; ++i) codes[i] = (uint32_t)(i * 37 % 255);
  for (int turn = 0; turn < 20; ++turn) {
    const binade_gemm gemm = {SIZE, SIZE, SIZE, {codes, 0, 0, 0}, {codes, 0, 0, 0}, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    binade_product* product = NULL;
    if (binade_product_new(&formats, NULL, 1, &product, NULL) != BINADE_OK) break;
    if (binade_product_run(product, &gemm, out, NULL, NULL, NULL) != BINADE_OK) break;
    for (size_t i = 0; i < SIZE * SIZE; ++i) sum = sum * 31 + out[i];
    binade_product_free(product);
  }
  free(codes);
  free(out);
  *(uint64_t*)result = sum;
  return NULL;
}

static void threads(void) {
  enum { THREADS = 4 };
  pthread_t all[THREADS];
  uint64_t sums[THREADS];
  shared_format = format_of("posit8");
  for (int i = 0; i < THREADS; ++i) CHECK(pthread_create(&all[i], NULL, worker, &sums[i]) == 0);
  for (int i = 0; i < THREADS; ++i) CHECK(pthread_join(all[i], NULL) == 0);
  for (int i = 1; i < THREADS; ++i) CHECK(sums[i] == sums[0] && sums[i] != 0);
  binade_format_free(shared_format);
}

int main(void) {
  formats();
  conversions();
  operations();
  products();
  wrong_products();
  autoflex();
  scalars();
  threads();
  printf("%d failures\n", failures);
  return failures != 0;
}
