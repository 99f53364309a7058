// SPDX-License-Identifier: Apache-2.0
#include "models/numerics/operand_formats.h"

#include <algorithm>
#include <array>

#include "models/numerics/error.h"

namespace binade::numerics {
namespace {

enum class Kind { Integer, Posit, Float };

Kind kind_of(const FormatSpec& format) {
  if (format.shared_exponent()) return Kind::Integer;
  return format.family == Family::Posit ? Kind::Posit : Kind::Float;
}

/// fp32, bf16 and fp16: the floats that other families' sums may become.
bool is_common_float(const FormatSpec& format) {
  constexpr std::array kCommon{kBinary32, FormatSpec{Family::IeeeFloat, 16, 8, 7, Specials::InfNan},
                               FormatSpec{Family::IeeeFloat, 16, 5, 10, Specials::InfNan}};
  return std::find(kCommon.begin(), kCommon.end(), format) != kCommon.end();
}

bool gives(const OperandFormats& f) {
  if (kind_of(f.out) == Kind::Posit) return kind_of(f.a) == Kind::Posit && f.out.exponent_bits == f.a.exponent_bits;
  if (f.out.family == f.a.family || f.out.family == f.b.family) return true;
  const bool exponent_after = f.a.exponent_after() && f.b.exponent_after();
  return is_common_float(f.out) && (kind_of(f.a) == Kind::Float || exponent_after);
}

std::string results_of(const OperandFormats& f) {
  const auto family = [](const FormatSpec& format) -> std::string {
    switch (format.family) {
      case Family::Posit:
        return "posit<N>es" + std::to_string(format.exponent_bits);
      case Family::HillFloat:
        return "e<E>m<M>";
      case Family::IeeeFloat:
        return "any IEEE or OCP float";
      case Family::Flex:
        return "flex<N>+<M>";
      case Family::Dfp:
        return "dfp<P>";
      case Family::Sdfp:
        return "sdfp<P>";
      case Family::Fixed:
        break;
    }
    return "fixed<W>.<F>";
  };
  std::string words = family(f.a);
  if (f.b.family != f.a.family) words += ", " + family(f.b);
  if (kind_of(f.a) == Kind::Float || (f.a.exponent_after() && f.b.exponent_after())) words += ", fp32, bf16, fp16";
  return words;
}

}  // namespace

const FormatSpec& OperandFormats::common() const {
  if (!uniform()) throw InvariantError("formats: " + to_string(*this) + " are not one");
  return out;
}

std::string operand_problem(const OperandFormats& f) {
  if (f.uniform()) return {};
  const std::string pair = to_string(f.a) + " x " + to_string(f.b);
  if (kind_of(f.a) != kind_of(f.b) || (kind_of(f.a) == Kind::Posit && f.a.exponent_bits != f.b.exponent_bits))
    return "core.format_a, core.format_b: " + pair +
           " has no datapath; allowed: two integer formats (flex, dfp, sdfp, fixed), two posits of one es, two floats";
  if (!gives(f)) return "core.format_out: " + to_string(f.out) + " is no result of " + pair + "; allowed: " + results_of(f);
  return {};
}

std::string to_string(const OperandFormats& f) {
  return f.uniform() ? to_string(f.out) : to_string(f.a) + " x " + to_string(f.b) + " -> " + to_string(f.out);
}

}  // namespace binade::numerics
