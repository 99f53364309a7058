// SPDX-License-Identifier: Apache-2.0
// Loops without branches, which the compiler vectorises for each target.
#include "models/operations/chain/chain_loops.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "models/operations/to_odd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/operations/chain/chain_loops.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace binade::operations::loops {
namespace HWY_NAMESPACE {
namespace {

/// out[i] = of(a, b, c, d), as many as `of` takes.
template <class T, class Of>
HWY_INLINE void each1(const OperandsOf<T>& in, std::size_t count, T* HWY_RESTRICT out, Of of) {
  const T* HWY_RESTRICT a = in.a;
  for (std::size_t i = 0; i < count; ++i) out[i] = of(a[i]);
}
template <class T, class Of>
HWY_INLINE void each2(const OperandsOf<T>& in, std::size_t count, T* HWY_RESTRICT out, Of of) {
  const T* HWY_RESTRICT a = in.a;
  const T* HWY_RESTRICT b = in.b;
  for (std::size_t i = 0; i < count; ++i) out[i] = of(a[i], b[i]);
}
template <class T, class Of>
HWY_INLINE void each3(const OperandsOf<T>& in, std::size_t count, T* HWY_RESTRICT out, Of of) {
  const T* HWY_RESTRICT a = in.a;
  const T* HWY_RESTRICT b = in.b;
  const T* HWY_RESTRICT c = in.c;
  for (std::size_t i = 0; i < count; ++i) out[i] = of(a[i], b[i], c[i]);
}

HWY_INLINE double sum_to_odd(double a, double b) {
  const double near = a + b;
  return to_odd(near, error_of_sum(a, b, near));
}
HWY_INLINE double product_to_odd(double a, double b) {
  const double near = a * b;
  return to_odd(near, std::fma(a, b, -near));
}
/// The remainder a - q b is exact, and has the sign of the error times that of b.
HWY_INLINE double quotient_to_odd(double a, double b) {
  const double near = a / b, rest = std::fma(-near, b, a);
  return to_odd(near, b < 0 ? -rest : rest);
}
/// std::sqrt() would not be vectorised: it may set errno.
template <class T>
void roots(const T* HWY_RESTRICT a, std::size_t count, T* HWY_RESTRICT out) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::ScalableTag<T> d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) hn::StoreU(hn::Sqrt(hn::LoadU(d, a + i)), d, out + i);
  for (; i < count; ++i) out[i] = std::sqrt(a[i]);
}
HWY_INLINE double root_to_odd(double a, double near) { return to_odd(near, std::fma(-near, near, a)); }

/// (a + b) * c as PositNN has it: both magnitudes cut at 2^(larger exponent - fraction_bits - 3), what is lost ORed into that bit.
/// 49 - fraction_bits bits at least lie below it in a binary64.
HWY_INLINE double posit_fam(double a, double b, double c, int fraction_bits) {
  constexpr std::int64_t kFraction = (std::int64_t{1} << 52) - 1, kHidden = kFraction + 1;
  const auto a_bits = std::bit_cast<std::int64_t>(a), b_bits = std::bit_cast<std::int64_t>(b);
  const std::int64_t a_exponent = a_bits >> 52 & 0x7ff, b_exponent = b_bits >> 52 & 0x7ff;
  const std::int64_t exponent = std::max(a_exponent, b_exponent);
  const auto cut = [&](std::int64_t bits, std::int64_t own) {
    const std::int64_t significand = (bits & kFraction) | kHidden;
    const std::int64_t drop = std::min<std::int64_t>(49 - fraction_bits + exponent - own, 63);
    const std::int64_t kept = significand >> drop;
    const std::int64_t lost = (kept << drop) != significand ? 1 : 0;
    const std::int64_t magnitude = kept | lost, sign = bits >> 63;
    return (magnitude ^ sign) - sign;
  };
  const auto sum = static_cast<double>(cut(a_bits, a_exponent) + cut(b_bits, b_exponent));
  const double unit = std::bit_cast<double>((exponent - fraction_bits - 3) << 52);
  // Zeros, infinities and NaN have no significand to cut.
  const bool plain = (a_exponent != 0) & (b_exponent != 0) & (exponent != 0x7ff);
  const double addends = plain ? sum * unit : a + b;
  return product_to_odd(addends, c);
}

/// Kernels whose result is an operand, its negative or its magnitude; whether it is one of those.
template <class T>
HWY_INLINE bool select(Kernel kernel, const OperandsOf<T>& in, std::size_t count, T* HWY_RESTRICT out) {
  switch (kernel) {
    case Kernel::Copy:
      std::copy_n(in.a, count, out);
      return true;
    case Kernel::Negate:
      each1(in, count, out, [](T a) { return -a; });
      return true;
    case Kernel::Minus:
      each1(in, count, out, [](T a) { return T{0} - a; });
      return true;
    case Kernel::Abs:
      each1(in, count, out, [](T a) { return std::fabs(a); });
      return true;
    case Kernel::Max:
      each2(in, count, out, [](T a, T b) { return (b > a) | (b != b) ? b : a; });
      return true;
    case Kernel::Min:
      each2(in, count, out, [](T a, T b) { return (b < a) | (b != b) ? b : a; });
      return true;
    case Kernel::IfPositive:
      each3(in, count, out, [](T a, T b, T c) { return a > 0 ? b : c; });
      return true;
    case Kernel::IfEqual:
      each3(in, count, out, [](T a, T b, T c) { return a == b ? c : T{0}; });
      return true;
    default:
      return false;
  }
}

void evaluate(Kernel kernel, const Operands& in, int fraction_bits, std::size_t count, double* HWY_RESTRICT out) {
  if (select(kernel, in, count, out)) return;
  switch (kernel) {
    case Kernel::Product:
      return each2(in, count, out, [](double a, double b) { return a * b; });
    case Kernel::Add:
      return each2(in, count, out, [](double a, double b) { return sum_to_odd(a, b); });
    case Kernel::Sub:
      return each2(in, count, out, [](double a, double b) { return sum_to_odd(a, -b); });
    case Kernel::Mul:
      return each2(in, count, out, [](double a, double b) { return product_to_odd(a, b); });
    case Kernel::Div:
      return each2(in, count, out, [](double a, double b) { return quotient_to_odd(a, b); });
    case Kernel::Fma:
      return each3(in, count, out, [](double a, double b, double c) { return sum_to_odd(a * b, c); });
    case Kernel::Fmma: {
      const double* HWY_RESTRICT d = in.d;
      for (std::size_t i = 0; i < count; ++i) out[i] = sum_to_odd(in.a[i] * in.b[i], in.c[i] * d[i]);
      return;
    }
    case Kernel::PositFam:
      return each3(in, count, out, [=](double a, double b, double c) { return posit_fam(a, b, c, fraction_bits); });
    case Kernel::Sqrt:
      roots(in.a, count, out);
      for (std::size_t i = 0; i < count; ++i) out[i] = root_to_odd(in.a[i], out[i]);
      return;
    // One operation on binary32 values in binary64, rounded to binary32, is rounded once as 53 >= 2 * 24 + 2 (Figueroa 1995).
    case Kernel::Add32:
      return each2(in, count, out, [](double a, double b) -> double { return static_cast<float>(a + b); });
    case Kernel::Sub32:
      return each2(in, count, out, [](double a, double b) -> double { return static_cast<float>(a - b); });
    case Kernel::Mul32:
      return each2(in, count, out, [](double a, double b) -> double { return static_cast<float>(a * b); });
    case Kernel::Div32:
      return each2(in, count, out, [](double a, double b) -> double { return static_cast<float>(a / b); });
    case Kernel::Fma32:
      return each3(in, count, out, [](double a, double b, double c) -> double {
        return std::fma(static_cast<float>(a), static_cast<float>(b), static_cast<float>(c));
      });
    case Kernel::Sqrt32:
      roots(in.a, count, out);
      for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<float>(out[i]);
      return;
    default:
      return;
  }
}

void evaluate_binary32(Kernel kernel, const OperandsOf<float>& in, std::size_t count, float* HWY_RESTRICT out) {
  if (select(kernel, in, count, out)) return;
  switch (kernel) {
    case Kernel::Add32:
      return each2(in, count, out, [](float a, float b) { return a + b; });
    case Kernel::Sub32:
      return each2(in, count, out, [](float a, float b) { return a - b; });
    case Kernel::Mul32:
      return each2(in, count, out, [](float a, float b) { return a * b; });
    case Kernel::Div32:
      return each2(in, count, out, [](float a, float b) { return a / b; });
    case Kernel::Fma32:
      return each3(in, count, out, [](float a, float b, float c) { return std::fma(a, b, c); });
    case Kernel::Sqrt32:
      return roots(in.a, count, out);
    default:
      return;
  }
}

/// Below it a product may have lost what no binary32 shows.
constexpr float kLeastShown = 0x1p-100F;
HWY_INLINE std::uint32_t beyond_finite(float value) { return std::fabs(value) <= std::numeric_limits<float>::max() ? 0 : 1; }
HWY_INLINE std::uint32_t tiny(float value) { return std::fabs(value) < kLeastShown ? 1 : 0; }

struct Counted {
  std::uint32_t inexact = 0, rare = 0;
};
HWY_INLINE Counted add_counted(const float* HWY_RESTRICT a, const float* HWY_RESTRICT b, float sign, std::size_t count,
                               float* HWY_RESTRICT out) {
  Counted counted;
  for (std::size_t i = 0; i < count; ++i) {
    const float y = b[i] * sign, sum = a[i] + y;
    const float b_part = sum - a[i], a_part = sum - b_part;  // error_of_sum()
    counted.inexact += (a[i] - a_part) + (y - b_part) != 0 ? 1 : 0;
    counted.rare |= beyond_finite(sum);
    out[i] = sum;
  }
  return counted;
}
HWY_INLINE Counted multiply_counted(const float* HWY_RESTRICT a, const float* HWY_RESTRICT b, std::size_t count,
                                    float* HWY_RESTRICT out) {
  Counted counted;
  for (std::size_t i = 0; i < count; ++i) {
    const float product = a[i] * b[i];
    counted.inexact += std::fma(a[i], b[i], -product) != 0 ? 1 : 0;
    counted.rare |= beyond_finite(product) | (tiny(product) & (a[i] != 0) & (b[i] != 0));
    out[i] = product;
  }
  return counted;
}
HWY_INLINE Counted fuse_counted(const float* HWY_RESTRICT a, const float* HWY_RESTRICT b, const float* HWY_RESTRICT c,
                                std::size_t count, float* HWY_RESTRICT out) {
  Counted counted;
  for (std::size_t i = 0; i < count; ++i) {
    const float result = std::fma(a[i], b[i], c[i]);
    const double product = double{a[i]} * b[i], sum = product + c[i];
    const bool changed = (error_of_sum(product, c[i], sum) != 0) | (sum != result);
    counted.inexact += changed ? 1 : 0;
    counted.rare |= beyond_finite(result) | (tiny(result) & (sum != 0));
    out[i] = result;
  }
  return counted;
}
HWY_INLINE Counted select_counted(Kernel kernel, const OperandsOf<float>& in, std::size_t count, float* HWY_RESTRICT out) {
  Counted counted;
  if (!select(kernel, in, count, out)) return {.rare = 1};
  for (std::size_t i = 0; i < count; ++i) counted.rare |= out[i] != out[i] ? 1 : 0;
  return counted;
}

/// Whether all was ordinary.
bool count_binary32(Kernel kernel, const OperandsOf<float>& in, std::size_t count, float* out, std::uint64_t& inexact) {
  const auto evaluated = [&] {
    switch (kernel) {
      case Kernel::Add:
        return add_counted(in.a, in.b, 1, count, out);
      case Kernel::Sub:
        return add_counted(in.a, in.b, -1, count, out);
      case Kernel::Product:
      case Kernel::Mul:
        return multiply_counted(in.a, in.b, count, out);
      case Kernel::Fma:
        return fuse_counted(in.a, in.b, in.c, count, out);
      default:
        return select_counted(kernel, in, count, out);
    }
  };
  const Counted counted = evaluated();
  inexact = counted.inexact;
  return counted.rare == 0;
}

bool exact_fam(const Operands& in, std::size_t count, double* HWY_RESTRICT out) {
  const double* HWY_RESTRICT a = in.a;
  const double* HWY_RESTRICT b = in.b;
  const double* HWY_RESTRICT c = in.c;
  std::uint64_t lost = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double sum = a[i] + b[i];
    const double error = error_of_sum(a[i], b[i], sum);
    lost |= (error > 0) | (error < 0) ? 1 : 0;
    out[i] = product_to_odd(sum, c[i]);
  }
  return lost == 0;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace binade::operations::loops
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace binade::operations::loops {

HWY_EXPORT(evaluate);
HWY_EXPORT(evaluate_binary32);
HWY_EXPORT(count_binary32);
HWY_EXPORT(exact_fam);

void evaluate(Kernel kernel, const Operands& operands, int fraction_bits, std::size_t count, double* out) {
  HWY_DYNAMIC_DISPATCH(evaluate)(kernel, operands, fraction_bits, count, out);
}
void evaluate(Kernel kernel, const OperandsOf<float>& operands, std::size_t count, float* out) {
  HWY_DYNAMIC_DISPATCH(evaluate_binary32)(kernel, operands, count, out);
}
std::optional<std::uint64_t> evaluate_counted(Kernel kernel, const OperandsOf<float>& operands, std::size_t count, float* out) {
  std::uint64_t inexact = 0;
  const bool ordinary = HWY_DYNAMIC_DISPATCH(count_binary32)(kernel, operands, count, out, inexact);
  return ordinary ? std::optional(inexact) : std::nullopt;
}
bool exact_fam(const Operands& operands, std::size_t count, double* out) {
  return HWY_DYNAMIC_DISPATCH(exact_fam)(operands, count, out);
}

}  // namespace binade::operations::loops
#endif
