// SPDX-License-Identifier: Apache-2.0
// OpenBLAS, loaded when the reference first needs it. Linked the usual way it starts threads and takes their memory in every
// process before main(), and where the address space is limited it asks for that memory for ever (OpenBLAS 0.3.21,
// driver/others/memory.c: blas_memory_alloc repeats its search until an allocator succeeds).
#pragma once

#include <cblas.h>

#include <string>

namespace binade::operations {

/// Loads the library with one thread and makes its first product, so that it has all the memory that it will ask for. Throws
/// std::bad_alloc where there is no room for that, InputError where there is no library. Later calls do nothing.
void load_reference_library();

using Dgemm = void (*)(CBLAS_ORDER, CBLAS_TRANSPOSE, CBLAS_TRANSPOSE, blasint, blasint, blasint, double, const double*, blasint,
                       const double*, blasint, double, double*, blasint);
/// cblas_dgemm of the library, on one thread.
Dgemm reference_dgemm();

}  // namespace binade::operations
