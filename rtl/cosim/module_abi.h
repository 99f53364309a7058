// SPDX-License-Identifier: Apache-2.0
// The plain C interface between the program and a built module (a shared object that module_wrapper.cpp makes of a Verilated
// class). It names no C++ type, so a shared object built once serves every build of the program with the same version number.
#pragma once

#include <cstdint>

extern "C" {

/// Part of the cache key, with how a module is built (rtl/CMakeLists.txt): raise it with any change of this file.
#define BINADE_MODULE_ABI "2"

/// A port as it lies in memory: a little-endian integer of `bytes` bytes (1, 2, 4, 8 or a multiple of 4), unused high bits zero.
struct BinadePort {
  const char* name;
  std::uint32_t bits;
  std::uint32_t bytes;
  std::uint32_t output;  ///< 1: output, 0: input
  void* data;
};

/// One instance. Functions take `self`. Instances are independent of each other, also across threads.
struct BinadeModule {
  void* self;
  const BinadePort* ports;
  std::uint32_t port_count;
  void (*eval)(void* self);  ///< settles the design for the inputs as they are
  /// FST; 0 = opened. Only in a build with waves, else -1. `beside`: signals of the caller's that the file shows in a scope
  /// `expected`; their data, whole 32-bit words, stays where it is until close.
  int (*open_wave)(void* self, const char* path, const BinadePort* beside, std::uint32_t beside_count);
  void (*dump_wave)(void* self, std::uint64_t time);     ///< after an eval; time in picoseconds, increasing
  void (*write_coverage)(void* self, const char* path);  ///< nothing in a build without coverage
  const char* (*messages)(void* self);                   ///< failed assertions, one a line; "" = none
  void (*close)(BinadeModule* module);
};

/// The one symbol of a shared object. Registers without a reset start with random values drawn from `seed`.
typedef BinadeModule* (*BinadeOpen)(std::uint32_t seed);
}
