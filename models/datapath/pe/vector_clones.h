// SPDX-License-Identifier: Apache-2.0
// BINADE_VECTOR_CLONES in front of a function: compiled for the baseline and for wider vectors, chosen when the program starts.
// Integer arithmetic and single IEEE operations, so every clone gives the same bits. Off under AddressSanitizer, whose
// runtime is not up when the choice is made.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define BINADE_VECTOR_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define BINADE_VECTOR_CLONES
#endif
