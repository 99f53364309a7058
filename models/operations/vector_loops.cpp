// SPDX-License-Identifier: Apache-2.0
// Loops without branches, which the compiler vectorises for each target.
#include "models/operations/vector_loops.h"

#include <cmath>
#include <cstring>

#include "models/operations/to_odd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/operations/vector_loops.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace binade::operations::loops {
namespace HWY_NAMESPACE {
namespace {

using numerics::Code;

template <class Element>
void widen_as(const std::byte* HWY_RESTRICT bytes, std::size_t count, Code* HWY_RESTRICT codes) {
  for (std::size_t i = 0; i < count; ++i) {
    Element element;
    std::memcpy(&element, bytes + i * sizeof(Element), sizeof(Element));
    codes[i] = element;
  }
}
void widen(const std::byte* bytes, int element_bytes, std::size_t count, Code* codes) {
  if (element_bytes == 1) return widen_as<std::uint8_t>(bytes, count, codes);
  if (element_bytes == 2) return widen_as<std::uint16_t>(bytes, count, codes);
  widen_as<std::uint32_t>(bytes, count, codes);
}

template <class Element>
void narrow_as(const Code* HWY_RESTRICT codes, std::size_t count, std::byte* HWY_RESTRICT bytes) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto element = static_cast<Element>(codes[i]);
    std::memcpy(bytes + i * sizeof(Element), &element, sizeof(Element));
  }
}
void narrow(const Code* codes, int element_bytes, std::size_t count, std::byte* bytes) {
  if (element_bytes == 1) return narrow_as<std::uint8_t>(codes, count, bytes);
  if (element_bytes == 2) return narrow_as<std::uint16_t>(codes, count, bytes);
  narrow_as<std::uint32_t>(codes, count, bytes);
}

inline std::int32_t extended(Code code, int to_top) { return static_cast<std::int32_t>(code << to_top) >> to_top; }

void decode_integers(const Code* HWY_RESTRICT codes, std::int64_t stride, int bits, double unit, std::size_t count,
                     double* HWY_RESTRICT values) {
  const int to_top = 32 - bits;
  if (stride == 1) {
    for (std::size_t i = 0; i < count; ++i) values[i] = extended(codes[i], to_top) * unit;
  } else {
    for (std::size_t i = 0; i < count; ++i) values[i] = extended(codes[static_cast<std::int64_t>(i) * stride], to_top) * unit;
  }
}

MantissaScan scan_mantissas(const Code* HWY_RESTRICT codes, int bits, std::int64_t limit, std::size_t count) {
  const int to_top = 32 - bits;
  const auto bound = static_cast<std::uint32_t>(limit);
  std::uint32_t largest = 0, at_limit = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::int32_t mantissa = extended(codes[i], to_top);
    const std::uint32_t magnitude = mantissa < 0 ? 0U - static_cast<std::uint32_t>(mantissa) : static_cast<std::uint32_t>(mantissa);
    largest = magnitude > largest ? magnitude : largest;
    at_limit += magnitude >= bound ? 1 : 0;
  }
  return {largest, at_limit};
}

void add(const double* HWY_RESTRICT x, const double* HWY_RESTRICT y, std::size_t count, double* HWY_RESTRICT sum) {
  for (std::size_t i = 0; i < count; ++i) {
    const double near = x[i] + y[i];
    sum[i] = to_odd(near, error_of_sum(x[i], y[i], near));
  }
}

void scale_shift(const double* HWY_RESTRICT x, double scale, double shift, std::size_t count, double* HWY_RESTRICT out) {
  for (std::size_t i = 0; i < count; ++i) {
    const double product = x[i] * scale;
    const double near = product + shift;
    out[i] = to_odd(near, error_of_sum(product, shift, near));
  }
}

void leak(const double* HWY_RESTRICT x, double slope, std::size_t count, double* HWY_RESTRICT out) {
  for (std::size_t i = 0; i < count; ++i) {
    const double near = x[i] * slope;
    const double product = to_odd(near, std::fma(x[i], slope, -near));
    out[i] = x[i] > 0 || x[i] != x[i] ? x[i] : product;
  }
}

void largest(const double* HWY_RESTRICT x, std::size_t count, double* HWY_RESTRICT best) {
  for (std::size_t i = 0; i < count; ++i) best[i] = (x[i] > best[i]) | (x[i] != x[i]) ? x[i] : best[i];
}

void accumulate(const double* HWY_RESTRICT x, std::size_t count, double* HWY_RESTRICT sum, std::uint64_t* HWY_RESTRICT lost) {
  for (std::size_t i = 0; i < count; ++i) {
    const double near = sum[i] + x[i];
    lost[i] |= error_of_sum(sum[i], x[i], near) == 0 ? 0 : 1;
    sum[i] = near;
  }
}

template <class T>
HWY_INLINE void rectify_as(T* HWY_RESTRICT values, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const T value = values[i];
    values[i] = (value > 0) | (value != value) ? value : T{0};
  }
}
void rectify(double* values, std::size_t count) { rectify_as(values, count); }
void rectify_binary32(float* values, std::size_t count) { rectify_as(values, count); }

void add_exactly(const float* HWY_RESTRICT x, std::size_t count, float* HWY_RESTRICT sum) {
  for (std::size_t i = 0; i < count; ++i) sum[i] += x[i];
}

double divide(double dividend, double divisor) {
  const double near = dividend / divisor;
  return to_odd(near, std::fma(-near, divisor, dividend));
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace binade::operations::loops
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace binade::operations::loops {

HWY_EXPORT(widen);
HWY_EXPORT(narrow);
HWY_EXPORT(decode_integers);
HWY_EXPORT(scan_mantissas);
HWY_EXPORT(add);
HWY_EXPORT(scale_shift);
HWY_EXPORT(leak);
HWY_EXPORT(largest);
HWY_EXPORT(accumulate);
HWY_EXPORT(rectify);
HWY_EXPORT(rectify_binary32);
HWY_EXPORT(add_exactly);
HWY_EXPORT(divide);

void widen(const std::byte* bytes, int element_bytes, std::size_t count, numerics::Code* codes) {
  HWY_DYNAMIC_DISPATCH(widen)(bytes, element_bytes, count, codes);
}
void narrow(const numerics::Code* codes, int element_bytes, std::size_t count, std::byte* bytes) {
  HWY_DYNAMIC_DISPATCH(narrow)(codes, element_bytes, count, bytes);
}
void decode_integers(const numerics::Code* codes, std::int64_t stride, int bits, double unit, std::size_t count, double* values) {
  HWY_DYNAMIC_DISPATCH(decode_integers)(codes, stride, bits, unit, count, values);
}
MantissaScan scan_mantissas(const numerics::Code* codes, int bits, std::int64_t limit, std::size_t count) {
  return HWY_DYNAMIC_DISPATCH(scan_mantissas)(codes, bits, limit, count);
}
void add(const double* x, const double* y, std::size_t count, double* sum) { HWY_DYNAMIC_DISPATCH(add)(x, y, count, sum); }
void scale_shift(const double* x, double scale, double shift, std::size_t count, double* out) {
  HWY_DYNAMIC_DISPATCH(scale_shift)(x, scale, shift, count, out);
}
void leak(const double* x, double slope, std::size_t count, double* out) { HWY_DYNAMIC_DISPATCH(leak)(x, slope, count, out); }
void largest(const double* x, std::size_t count, double* best) { HWY_DYNAMIC_DISPATCH(largest)(x, count, best); }
void accumulate(const double* x, std::size_t count, double* sum, std::uint64_t* lost) {
  HWY_DYNAMIC_DISPATCH(accumulate)(x, count, sum, lost);
}
void rectify(double* values, std::size_t count) { HWY_DYNAMIC_DISPATCH(rectify)(values, count); }
void rectify(float* values, std::size_t count) { HWY_DYNAMIC_DISPATCH(rectify_binary32)(values, count); }
void add_exactly(const float* x, std::size_t count, float* sum) { HWY_DYNAMIC_DISPATCH(add_exactly)(x, count, sum); }
double divide(double dividend, double divisor) { return HWY_DYNAMIC_DISPATCH(divide)(dividend, divisor); }

}  // namespace binade::operations::loops
#endif
