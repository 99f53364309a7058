// SPDX-License-Identifier: Apache-2.0
// Compiled beside each Verilated class (never into the program): the class behind module_abi.h. ModuleCache passes
//   BINADE_HEADER, BINADE_CLASS   the Verilated class
//   BINADE_PORTS                  a file of PORT(name, bits, output) lines
//   BINADE_WAVES, BINADE_COVERAGE 0 or 1
#include <verilated.h>

#include <string>
#include <vector>

#if BINADE_WAVES
#include <verilated_fst_c.h>
#endif
#if BINADE_COVERAGE
#include <verilated_cov.h>
#endif
#include BINADE_HEADER
#include "module_abi.h"

/// module_runtime.cpp: what the design has printed on this thread.
std::string& binade_messages();
void binade_evaluate(void (*eval)(void* design), void* design);

namespace {

struct Instance {
  VerilatedContext context;
  BINADE_CLASS design{&context};
  std::vector<BinadePort> ports;
  std::string messages;
#if BINADE_WAVES
  VerilatedFstC wave;
  std::vector<BinadePort> beside;
  std::uint32_t beside_code = 0;  ///< the first one's in the file; each takes a code a word
#endif
  BinadeModule interface {};

  static VerilatedContext& seeded(VerilatedContext& context, std::uint32_t seed) {
    constexpr int kRandomValues = 2;
    context.randReset(kRandomValues);
    context.randSeed(static_cast<int>(seed % 0x7fffffff) + 1);
#if BINADE_WAVES
    context.traceEverOn(true);
#endif
    return context;
  }

  explicit Instance(std::uint32_t seed) : design(&seeded(context, seed)) {
#define PORT(NAME, BITS, OUTPUT) \
  ports.push_back({#NAME, BITS, static_cast<std::uint32_t>(sizeof(design.NAME)), OUTPUT, &design.NAME});
#include BINADE_PORTS
#undef PORT
  }
};

Instance& of(void* self) { return *static_cast<Instance*>(self); }

void evaluate(void* self) {
  std::string& printed = binade_messages();
  printed.clear();
  binade_evaluate([](void* design) { static_cast<BINADE_CLASS*>(design)->eval(); }, &of(self).design);
  if (!printed.empty()) of(self).messages += printed;
}

#if BINADE_WAVES
/// Verilator's own hooks for what a file shows beside the design. They have other names and arguments from 5.018 on, where its
/// header no longer includes fstapi.h, and from 5.048 on, where it has macros for them.
void declare_beside(void* self, VerilatedFst* trace, std::uint32_t code) {
  of(self).beside_code = code;
#ifdef FST_API_H
  trace->pushNamePrefix("expected ");
#else
  trace->pushPrefix("expected", VerilatedTracePrefixType::SCOPE_MODULE);
#endif
  for (const BinadePort& signal : of(self).beside) {
    const int high = static_cast<int>(signal.bits) - 1;
#if defined FST_API_H
    trace->declArray(code, signal.name, -1, FST_VD_IMPLICIT, FST_VT_VCD_WIRE, false, -1, high, 0);
#elif !defined VL_TRACE_PUSH_PREFIX
    trace->declArray(code, 0, signal.name, -1, VerilatedTraceSigDirection::NONE, VerilatedTraceSigKind::WIRE,
                     VerilatedTraceSigType::LOGIC, false, -1, high, 0);
#else
    trace->declWide(code, signal.name, -1, VerilatedTraceSigDirection::NONE, VerilatedTraceSigKind::WIRE,
                    VerilatedTraceSigType::LOGIC, high, 0);
#endif
    code += VL_WORDS_I(signal.bits);
  }
#ifdef FST_API_H
  trace->popNamePrefix();
#else
  trace->popPrefix();
#endif
}

void dump_beside(void* self, VerilatedFst::Buffer* buffer) {
  std::uint32_t code = of(self).beside_code;
  for (const BinadePort& signal : of(self).beside) {
    buffer->fullWData(buffer->oldp(code), static_cast<const WData*>(signal.data), static_cast<int>(signal.bits));
    code += VL_WORDS_I(signal.bits);
  }
}

void dump_changes_beside(void* self, VerilatedFst::Buffer* buffer) {
  std::uint32_t code = of(self).beside_code;
  for (const BinadePort& signal : of(self).beside) {
    buffer->chgWData(buffer->oldp(code), static_cast<const WData*>(signal.data), static_cast<int>(signal.bits));
    code += VL_WORDS_I(signal.bits);
  }
}

/// From 5.046 on Verilator is told beforehand how many codes the signals take.
template <class Trace>
auto show_beside(Trace& trace, void* self, int /*preferred*/) -> decltype(trace.addInitCb(declare_beside, self)) {
  trace.addInitCb(declare_beside, self);
}
template <class Trace>
void show_beside(Trace& trace, void* self, long /*otherwise*/) {
  std::uint32_t codes = 0;
  for (const BinadePort& signal : of(self).beside) codes += VL_WORDS_I(signal.bits);
  trace.addInitCb(declare_beside, self, "expected", false, codes);
}
#endif

int open_wave(void* self, const char* path, const BinadePort* beside, std::uint32_t beside_count) {
#if BINADE_WAVES
  constexpr int kLevels = 99;
  VerilatedFstC& wave = of(self).wave;
  of(self).design.trace(&wave, kLevels);
  if (beside_count != 0) {
    of(self).beside.assign(beside, beside + beside_count);
    show_beside(*wave.spTrace(), self, 0);
#ifdef FST_API_H
    wave.spTrace()->addFullCb(dump_beside, self);
    wave.spTrace()->addChgCb(dump_changes_beside, self);
#else
    wave.spTrace()->addFullCb(dump_beside, 0, self);
    wave.spTrace()->addChgCb(dump_changes_beside, 0, self);
#endif
  }
  wave.open(path);
  return wave.isOpen() ? 0 : -1;
#else
  static_cast<void>(self), static_cast<void>(path), static_cast<void>(beside), static_cast<void>(beside_count);
  return -1;
#endif
}

void dump_wave(void* self, std::uint64_t time) {
#if BINADE_WAVES
  of(self).wave.dump(time);
#else
  static_cast<void>(self), static_cast<void>(time);
#endif
}

void write_coverage(void* self, const char* path) {
#if BINADE_COVERAGE
  of(self).context.coveragep()->write(path);
#else
  static_cast<void>(self), static_cast<void>(path);
#endif
}

const char* messages(void* self) { return of(self).messages.c_str(); }

void close_module(BinadeModule* module) {
  Instance* const instance = &of(module->self);
#if BINADE_WAVES
  instance->wave.close();
#endif
  Verilated::threadContextp(&instance->context);  // 5.006 ends a design in the context of the thread's newest
  instance->design.final();
  delete instance;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) BinadeModule* binade_open(std::uint32_t seed) {
  auto* const instance = new Instance(seed);
  instance->interface = {instance,
                         instance->ports.data(),
                         static_cast<std::uint32_t>(instance->ports.size()),
                         evaluate,
                         open_wave,
                         dump_wave,
                         write_coverage,
                         messages,
                         close_module};
  return &instance->interface;
}
