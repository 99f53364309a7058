// SPDX-License-Identifier: Apache-2.0
// Loops of the fast evaluation of chains over binary64 and binary32, dispatched at run time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace binade::operations::loops {

/// What is computed of operands a, b, c, d; results to odd (to_odd.h) unless said otherwise.
enum class Kernel : std::uint8_t {
  Copy,    ///< a, exactly, as are the next seven
  Negate,  ///< -a
  Minus,   ///< 0 - a: of formats without a negative zero
  Abs,
  Max,
  Min,
  IfPositive,
  IfEqual,
  Product,  ///< a * b where that is exact
  Add,
  Sub,
  Mul,  ///< a * b
  Div,
  Fma,       ///< a * b + c where the product is exact
  Fmma,      ///< a * b + c * d where both products are
  PositFam,  ///< of chain.def
  Sqrt,
  // To nearest in binary32, of operands that are binary32 values.
  Add32,
  Sub32,
  Mul32,
  Div32,
  Fma32,
  Sqrt32,
};
/// Whether results of binary32 values are binary32: those of the last six, and what is an operand, its negative or magnitude.
constexpr bool in_binary32(Kernel kernel) { return kernel >= Kernel::Add32 || kernel <= Kernel::IfEqual; }

template <class T>
struct OperandsOf {
  const T* a = nullptr;
  const T* b = nullptr;
  const T* c = nullptr;
  const T* d = nullptr;
};
using Operands = OperandsOf<double>;

/// `fraction_bits`: of PositFam. `out` is none of the operands.
void evaluate(Kernel kernel, const Operands& operands, int fraction_bits, std::size_t count, double* out);
/// Precondition: the kernel's results are binary32 (in_binary32()).
void evaluate(Kernel kernel, const OperandsOf<float>& operands, std::size_t count, float* out);
/// Results of binary32 operands rounded to binary32, of kernels to odd and of the first eight; how many that changed. None where
/// some are not finite or so small that this cannot be told here, or for other kernels, and then `out` is worth nothing.
std::optional<std::uint64_t> evaluate_counted(Kernel kernel, const OperandsOf<float>& operands, std::size_t count, float* out);
/// (a + b) * c to odd; false where a sum is no binary64, and then some results are wrong.
bool exact_fam(const Operands& operands, std::size_t count, double* out);

}  // namespace binade::operations::loops
