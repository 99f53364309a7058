// SPDX-License-Identifier: Apache-2.0
// Verilator's runtime for built modules (never in the program): what a design prints, failed assertions above all, is kept for the
// caller instead of going to standard output, and none of $finish, $stop and $fatal ends the process.
#include <cstdarg>
#include <cstdio>
#include <string>

std::string& binade_messages() {
  thread_local std::string messages;
  return messages;
}

static int binade_print(const char* format, ...) {
  char line[1024];
  std::va_list arguments;
  va_start(arguments, format);
  const int length = std::vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  binade_messages() += line;
  return length;
}

#define VL_PRINTF binade_print
#define VL_USER_FINISH
#define VL_USER_STOP
#define VL_USER_FATAL
#include "verilated.cpp"
#include "verilated_threads.cpp"
#if BINADE_WAVES
#if __has_include("fstcpp/fstcpp_assertion.h")
// The writer of newer Verilators would end the program on a full disk: the place in the file is not the one it expects.
#include "fstcpp/fstcpp_assertion.h"
#undef FST_DCHECK_EQ
#define FST_DCHECK_EQ(a, b)
#endif
#include "verilated_fst_c.cpp"
#endif
#if BINADE_COVERAGE
#include "verilated_cov.cpp"
#endif

static void note(const char* file, int line, const char* what, const char* message) {
  binade_print("%s:%d: %s%s\n", file, line, what, message);
}
void vl_finish(const char* file, int line, const char* /*hierarchy*/) VL_MT_UNSAFE { note(file, line, "$finish", ""); }
void vl_stop(const char* file, int line, const char* /*hierarchy*/) VL_MT_UNSAFE { note(file, line, "assertion failed", ""); }

namespace {
struct Fatal {};
thread_local bool evaluating = false;
}  // namespace

/// eval(design), which ends early where the design would never settle: Verilator calls that fatal, and would go round for ever.
void binade_evaluate(void (*eval)(void* design), void* design) {
  evaluating = true;
  try {
    eval(design);
  } catch (const Fatal&) {  // the message says it
  }
  evaluating = false;
}
void vl_fatal(const char* file, int line, const char* /*hierarchy*/, const char* message) VL_MT_UNSAFE {
  note(file, line, "", message);
  if (evaluating) throw Fatal{};
}
