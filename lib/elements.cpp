// SPDX-License-Identifier: Apache-2.0
#include "lib/elements.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <type_traits>

#include "models/numerics/error.h"
#include "models/spec/ranges.h"

namespace binade::lib {
namespace {

using numerics::Code;

template <class From, class To>
void copy(const void* from, std::ptrdiff_t first, std::ptrdiff_t step, std::size_t n, To* to) {
  const From* const start = static_cast<const From*>(from) + first;
  if (step == 1) {
    for (std::size_t i = 0; i < n; ++i) to[i] = static_cast<To>(start[i]);
  } else {
    for (std::size_t i = 0; i < n; ++i) to[i] = static_cast<To>(start[static_cast<std::ptrdiff_t>(i) * step]);
  }
}

template <class To, class From>
void store(const From* from, std::size_t n, void* to, std::size_t first) {
  To* const start = static_cast<To*>(to) + first;
  for (std::size_t i = 0; i < n; ++i) start[i] = static_cast<To>(from[i]);
}

template <class T>
std::uint32_t bits_of(const void* data, std::size_t count) {
  const T* const codes = static_cast<const T*>(data);
  T bits = 0;
  for (std::size_t i = 0; i < count; ++i) bits |= codes[i];
  return bits;
}

}  // namespace

void CodesIn::gather(std::ptrdiff_t first, std::ptrdiff_t step, std::size_t n, Code* to) const {
  if (bytes == 1)
    copy<std::uint8_t>(data, first, step, n, to);
  else if (bytes == 2)
    copy<std::uint16_t>(data, first, step, n, to);
  else
    copy<Code>(data, first, step, n, to);
}

const Code* CodesIn::chunk(std::size_t first, std::size_t n, Code* buffer) const {
  if (bytes == 4) return static_cast<const Code*>(data) + first;
  gather(static_cast<std::ptrdiff_t>(first), 1, n, buffer);
  return buffer;
}

Code* CodesOut::chunk(std::size_t first, Code* buffer) const { return bytes == 4 ? static_cast<Code*>(data) + first : buffer; }

void CodesOut::put(std::size_t first, std::size_t n, const Code* chunk) const {
  if (bytes == 1)
    store<std::uint8_t>(chunk, n, data, first);
  else if (bytes == 2)
    store<std::uint16_t>(chunk, n, data, first);
  else if (chunk != static_cast<Code*>(data) + first)
    store<Code>(chunk, n, data, first);
}

void CodesOut::put_words(std::size_t first, std::size_t n, const std::uint64_t* words, int bits) const {
  const auto mask = static_cast<Code>((std::uint64_t{1} << bits) - 1);
  const auto copy_to = [&](auto* to) {
    for (std::size_t i = 0; i < n; ++i) to[first + i] = static_cast<std::remove_reference_t<decltype(*to)>>(words[i] & mask);
  };
  if (bytes == 1)
    copy_to(static_cast<std::uint8_t*>(data));
  else if (bytes == 2)
    copy_to(static_cast<std::uint16_t*>(data));
  else
    copy_to(static_cast<Code*>(data));
}

const double* ValuesIn::chunk(std::size_t first, std::size_t n, double* buffer) const {
  if (bytes == 8) return static_cast<const double*>(data) + first;
  copy<float>(data, static_cast<std::ptrdiff_t>(first), 1, n, buffer);
  return buffer;
}

double* ValuesOut::chunk(std::size_t first, double* buffer) const {
  return bytes == 8 ? static_cast<double*>(data) + first : buffer;
}

void ValuesOut::put(std::size_t first, std::size_t n, const double* chunk) const {
  if (bytes == 4) store<float>(chunk, n, data, first);
}

void require_equal(std::size_t count, std::string_view name, std::size_t other, std::string_view other_name) {
  if (count != other)
    throw InputError(std::string(name) + " has " + std::to_string(count) + " elements and " + std::string(other_name) + " " +
                     std::to_string(other) + "; allowed: equally many");
}

void require_codes(const numerics::FormatSpec& format, const CodesIn& codes, std::string_view name) {
  if (codes.bytes * 8 <= format.bits) return;
  const std::uint32_t seen = codes.bytes == 1   ? bits_of<std::uint8_t>(codes.data, codes.count)
                             : codes.bytes == 2 ? bits_of<std::uint16_t>(codes.data, codes.count)
                                                : bits_of<Code>(codes.data, codes.count);
  if (seen >> format.bits == 0) return;
  for (std::size_t i = 0; i < codes.count; ++i) {
    Code code = 0;
    codes.gather(static_cast<std::ptrdiff_t>(i), 1, 1, &code);
    if (code >> format.bits == 0) continue;
    char hex[16];
    std::snprintf(hex, sizeof hex, "0x%x", code);
    throw InputError(std::string(name) + "[" + std::to_string(i) + "] is " + hex + ", which has bits above the width; a code of " +
                     to_string(format) + " has " + std::to_string(format.bits) + " bits");
  }
}

void require_apart(const void* out, std::size_t out_bytes, const void* other, std::size_t other_bytes, std::string_view names,
                   bool same_allowed) {
  if (out_bytes == 0 || other_bytes == 0 || out == nullptr || other == nullptr) return;
  const auto a = reinterpret_cast<std::uintptr_t>(out), b = reinterpret_cast<std::uintptr_t>(other);
  if (same_allowed && a == b && out_bytes == other_bytes) return;
  if (a < b + other_bytes && b < a + out_bytes)
    throw InputError(std::string(names) + " overlap in memory; allowed: arrays of their own" +
                     (same_allowed ? ", or one array for both" : ""));
}

void require_use(const numerics::FormatSpec& format, std::optional<int> lsb_exponent, int add_shift, std::optional<int> sdfp_bias) {
  using numerics::Family;
  const bool sdfp = format.family == Family::Sdfp;
  if (lsb_exponent && states_exponent(format))
    throw InputError("lsb_exponent is " + std::to_string(*lsb_exponent) + "; " + to_string(format) +
                     " states its exponent; allowed: none");
  if (add_shift != 0 && !sdfp && format.family != Family::Dfp)
    throw InputError("add_shift is " + std::to_string(add_shift) + "; " + to_string(format) +
                     " has no headroom; allowed: 0, of dfp and sdfp others");
  if (sdfp_bias != 0 && !sdfp)
    throw InputError("sdfp_bias is " + (sdfp_bias ? std::to_string(*sdfp_bias) : "automatic") + "; " + to_string(format) +
                     " has none; allowed: 0, of sdfp others");
}

void require_exponent(int lsb_exponent, std::string_view name) {
  if (lsb_exponent < spec::kLowestTensorExponent || lsb_exponent > spec::kHighestTensorExponent)
    throw InputError(std::string(name) + " is " + std::to_string(lsb_exponent) + "; allowed: " +
                     std::to_string(spec::kLowestTensorExponent) + ".." + std::to_string(spec::kHighestTensorExponent));
}

}  // namespace binade::lib
