/* SPDX-License-Identifier: Apache-2.0 */
/* A matrix product in a process that may have no more memory than it has: a status, a message, and the library goes on. */
#include <binade.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

int main(void) {
  enum { M = 3000 };
  binade_message why;
  binade_format* dfp = NULL;
  binade_product* product = NULL;
  uint32_t* a = calloc(M, sizeof *a);
  uint32_t* out = calloc((size_t)M * M, sizeof *out);
  const binade_gemm large = {M, M, 1, {a, 0, 0, 0}, {a, 0, 0, 0}, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  const binade_gemm small = {1, 1, 1, {a, 0, 0, 0}, {a, 0, 0, 0}, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  long pages = 0;
  FILE* file = fopen("/proc/self/statm", "r");
  if (a == NULL || out == NULL || file == NULL || fscanf(file, "%ld", &pages) != 1) return 2;
  fclose(file);
  if (binade_format_new("dfp8", &dfp, &why) != BINADE_OK) return 3;
  const binade_operand_formats formats = {dfp, dfp, NULL};
  if (binade_product_new(&formats, NULL, 1, &product, &why) != BINADE_OK) return 4;
  if (binade_product_run(product, &small, out, NULL, NULL, &why) != BINADE_OK) return 5;
  const struct rlimit limit = {(rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + (32u << 20), RLIM_INFINITY};
  if (setrlimit(RLIMIT_AS, &limit) != 0) return 6;
  if (binade_product_run(product, &large, out, NULL, NULL, &why) != BINADE_RESOURCES || strstr(why.text, "memory") == NULL) return 7;
  if (binade_product_run(product, &small, out, NULL, NULL, &why) != BINADE_OK) return 8;
  binade_product_free(product);
  binade_format_free(dfp);
  free(out);
  free(a);
  return 0;
}
