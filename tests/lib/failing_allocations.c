/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that the library can do, with the first, the second, ... allocation refused: a status, no more, and right results
 * where there was enough. */
#include <binade.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void* __libc_malloc(size_t size);
void* __libc_memalign(size_t alignment, size_t size);

static long left = -1; /* allocations that are granted; negative: all */
static int refused = 0;

static int granted(void) {
  if (left < 0) return 1;
  if (left > 0) return left--, 1;
  refused = 1;
  return 0;
}
void* malloc(size_t size) { return granted() ? __libc_malloc(size) : NULL; }
void* aligned_alloc(size_t alignment, size_t size) { return granted() ? __libc_memalign(alignment, size) : NULL; }
int posix_memalign(void** memory, size_t alignment, size_t size) {
  if (!granted()) return 12;
  *memory = __libc_memalign(alignment, size);
  return *memory == NULL ? 12 : 0;
}

enum { N = 24 };
static binade_message why;
static int unexpected = 0;

static int done(int status) {
  if (status != BINADE_OK && (status != BINADE_RESOURCES || why.text[0] == '\0')) {
    ++unexpected;
    printf("status %d: %s\n", status, why.text);
  }
  return status == BINADE_OK;
}

static uint64_t sum_of(const uint32_t* codes, size_t count) {
  uint64_t sum = 0;
  for (size_t i = 0; i < count; ++i) sum = sum * 31 + codes[i];
  return sum;
}

/* What the calls give together; 0 where one had no memory. */
static uint64_t everything(const char* word) {
  static double values[N * N];
  static uint32_t codes[N * N], out[N * N], code;
  binade_format* format = NULL;
  binade_product* product = NULL;
  binade_accumulator* accumulator = NULL;
  binade_autoflex* autoflex = NULL;
  binade_format_facts facts;
  binade_autoflex_touch touch;
  char text[256];
  int exponent = 0, ok;
  uint64_t sum = 0;
  for (int i = 0; i < N * N; ++i) values[i] = (i * 37 % 101 - 50) / 16.0;
  ok = done(binade_format_new(word, &format, &why)) && done(binade_format_describe(format, &facts, &why)) &&
       done(binade_format_word(format, text, sizeof text, &why)) && done(binade_operations(text, sizeof text, &why)) &&
       done(binade_quantise(format, values, N * N, NULL, codes, &exponent, NULL, &why)) &&
       done(binade_decode(format, codes, N * N, exponent, values, &why));
  if (ok) {
    const binade_operand_formats formats = {format, format, NULL};
    const int given = facts.family == BINADE_FLEX;
    const binade_gemm gemm = {N, N, N, {codes, 0, 0, exponent}, {codes, 0, 0, exponent}, NULL, 0, given, 0, 0, 0, 0, 0, 0, 0};
    const binade_dot_arguments dots = {codes, codes, N, N, exponent, exponent, 0, 0, 0};
    const binade_format* operands[2] = {format, format};
    const uint32_t* both[2] = {codes, codes};
    ok = done(binade_product_new(&formats, NULL, 2, &product, &why)) && done(binade_product_run(product, &gemm, out, NULL, NULL, &why));
    sum = sum_of(out, N * N);
    ok = ok && done(binade_dot(&formats, NULL, &dots, out, NULL, &why));
    sum += sum_of(out, N);
    if (facts.states_exponent) ok = ok && done(binade_operate("add", operands, both, 2, N, format, NULL, out, NULL, &why));
    sum += sum_of(out, N);
    ok = ok && done(binade_accumulator_new(&formats, NULL, 0, 0, &accumulator, &why)) &&
         done(binade_accumulator_mac(accumulator, codes[0], codes[1], &why)) &&
         done(binade_accumulator_result(accumulator, 0, 0, &code, &why));
    if (facts.family == BINADE_FLEX)
      ok = ok && done(binade_autoflex_new(format, "paper", -8, 1, &autoflex, &why)) &&
           done(binade_autoflex_record(autoflex, 1.0, &touch, &why));
    sum += code;
  }
  binade_autoflex_free(autoflex);
  binade_accumulator_free(accumulator);
  binade_product_free(product);
  binade_format_free(format);
  return ok ? sum : 0;
}

int main(void) {
  static const char* const words[] = {"posit8", "fp8e4m3", "flex16+5", "dfp8"};
  long all = 0, wrong = 0;
  for (size_t w = 0; w < sizeof words / sizeof *words; ++w) {
    uint64_t expected;
    everything(words[w]); /* what the C library allocates once */
    expected = everything(words[w]);
    if (expected == 0) return 3;
    for (long granted_now = 0;; ++granted_now) {
      uint64_t sum;
      refused = 0;
      left = granted_now;
      sum = everything(words[w]);
      left = -1;
      if (!refused) break;
      ++all;
      if (sum != 0 && sum != expected) ++wrong;
    }
    if (everything(words[w]) != expected) ++wrong;
  }
  printf("%ld allocations refused, %d unexpected statuses, %ld wrong results\n", all, unexpected, wrong);
  return unexpected != 0 || wrong != 0 || all < 20;
}
