// SPDX-License-Identifier: Apache-2.0
#include "models/operations/reference_library.h"

#include <dlfcn.h>
#include <sys/mman.h>

#include <cstdlib>
#include <mutex>
#include <new>
#include <optional>
#include <vector>

#include "models/numerics/error.h"
#include "models/operations/blas_kernels.h"
#include "models/operations/reference.h"

namespace binade::operations {
namespace {

/// What a thread of OpenBLAS takes at once: BUFFER_SIZE, 32 << 22 bytes on x86-64 (0.3.21, common_x86_64.h).
constexpr std::size_t kBufferBytes = std::size_t{32} << 22;
/// For the library itself, its data and small allocations.
constexpr std::size_t kSpareBytes = std::size_t{64} << 20;

void expect_room(std::size_t bytes) {
  void* const probe = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (probe == MAP_FAILED) throw std::bad_alloc();
  ::munmap(probe, bytes);
}

/// An environment variable for the time of a scope.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* const before = std::getenv(name)) before_ = before;
    ::setenv(name, value, 1);
  }
  ~Variable() { before_ ? ::setenv(name_, before_->c_str(), 1) : ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

struct Library {
  Dgemm dgemm = nullptr;
  std::string kernels;
};

template <class Function>
Function symbol(void* library, const char* name) {
  auto* const address = ::dlsym(library, name);
  if (address == nullptr)
    throw InputError(std::string("OpenBLAS: no ") + name +
                     " in " BINADE_OPENBLAS_SONAME "; allowed: OpenBLAS with its C interface");
  return reinterpret_cast<Function>(address);
}

Library load() {
  expect_room(kBufferBytes + kSpareBytes);
  // Read by the library while it is loaded. Its threads would only idle: a second one changes the order of sums.
  const Variable one_thread("OPENBLAS_NUM_THREADS", "1");
  void* handle = nullptr;
  for (const char* const name : {BINADE_OPENBLAS_SONAME, BINADE_OPENBLAS_FILE})
    if (handle == nullptr) handle = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* const why = ::dlerror();
    throw InputError(std::string("OpenBLAS cannot be loaded: ") + (why == nullptr ? "" : why) +
                     "; allowed: " BINADE_OPENBLAS_SONAME " where the loader finds it");
  }
  Library library;
  library.dgemm = symbol<Dgemm>(handle, "cblas_dgemm");
  library.kernels = symbol<char* (*)()>(handle, "openblas_get_corename")();
  symbol<void (*)(int)>(handle, "openblas_set_num_threads")(1);
  // Large enough that no small-matrix path, which needs no buffer, serves it (kernel/x86_64/dgemm_small_kernel_permit_skylakex.c:
  // up to 100^3).
  expect_room(kBufferBytes);
  constexpr int kSide = 128;
  const std::vector<double> zeros(std::size_t{kSide} * kSide);
  std::vector<double> product(zeros.size());
  library.dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, kSide, kSide, kSide, 1.0, zeros.data(), kSide, zeros.data(), kSide, 0.0,
                product.data(), kSide);
  return library;
}

const Library& library() {
  static const Library loaded = load();  // tried again by the next call where it throws
  return loaded;
}

}  // namespace

void load_reference_library() { static_cast<void>(library()); }
Dgemm reference_dgemm() { return library().dgemm; }

std::string reference_library() {
  const std::string& kernels = library().kernels;
  return "OpenBLAS, kernels for " + kernels + (blas_kernels_fit(kernels) ? "" : kBlasKernelsTooOld);
}

}  // namespace binade::operations
