// SPDX-License-Identifier: Apache-2.0
#include "models/numerics/accumulator.h"

#include <algorithm>
#include <bit>
#include <string>

#include "models/numerics/accumulators.h"
#include "models/numerics/blocked.h"
#include "models/numerics/error.h"
#include "models/spec/words.h"

namespace binade::numerics {
namespace {

void require_range(std::string_view what, int value, int first, int last) {
  if (value < first || value > last)
    throw InputError(std::string(what) + ": " + std::to_string(value) + " is out of range; allowed: " + std::to_string(first) +
                     " to " + std::to_string(last));
}

void validate(const OperandFormats& formats, const AccumulateSpec& spec) {
  if (const std::string problem = operand_problem(formats); !problem.empty()) throw InputError(problem);
  const std::string where = "accumulate: '" + std::string(to_string(spec.policy)) + "' ";
  switch (spec.policy) {
    case Accumulate::Exact:
      if (spec.acc_bits != 0) require_range("acc_bits", spec.acc_bits, 2, exact_register(formats).full_bits);
      break;
    case Accumulate::Blocked:
      if (!formats.integers() || !formats.out.shared_exponent())
        throw InputError(where + "needs integer mantissas; allowed for " + to_string(formats) + ": exact serial fp32" +
                         (formats.integers() ? " chained" : ""));
      require_range("block", spec.block, 1, kLongestBlock);
      if (spec.acc_bits != 0) require_range("acc_bits", spec.acc_bits, 2, exact_register(formats).full_bits);
      break;
    case Accumulate::Chained:
      if (!formats.integers())
        throw InputError(where + "needs integer factors (flex, dfp, sdfp, fixed); allowed for " + to_string(formats) +
                         ": exact serial fp32");
      require_range("chain", spec.chain, 1, kLongestBlock);
      if (spec.acc_bits != 0) require_range("acc_bits", spec.acc_bits, 2, exact_register(formats).full_bits);
      break;
    case Accumulate::Serial:
      if (spec.rounding == Rounding::Sr)
        throw InputError(where + "cannot round with 'sr', which is for outputs; allowed: rne rtz rhu rha");
      [[fallthrough]];
    case Accumulate::Fp32:
      if (spec.acc_bits != 0)
        throw InputError("acc_bits: " + where.substr(12) + "has a sum of fixed width; allowed with: exact blocked chained");
      break;
  }
}

}  // namespace

static_assert(spec::kAccumulateWords.size() == static_cast<std::size_t>(Accumulate::Chained) + 1);

std::string_view to_string(Accumulate policy) {
  const auto index = static_cast<std::size_t>(policy);
  if (index >= spec::kAccumulateWords.size()) throw InvariantError("accumulate: not an enumerator");
  return spec::kAccumulateWords[index];
}

Accumulate parse_accumulate(std::string_view word) {
  std::string allowed;
  for (std::size_t i = 0; i < spec::kAccumulateWords.size(); ++i) {
    if (spec::kAccumulateWords[i] == word) return static_cast<Accumulate>(i);
    allowed.append(" ").append(spec::kAccumulateWords[i]);
  }
  throw InputError("accumulate: unknown policy '" + std::string(word) + "'; allowed:" + allowed);
}

static_assert(spec::kBiasWords.size() == static_cast<std::size_t>(BiasPosition::First) + 1);

std::string_view to_string(BiasPosition position) { return spec::kBiasWords.at(static_cast<std::size_t>(position)); }

BiasPosition parse_bias_position(std::string_view word) {
  for (std::size_t i = 0; i < spec::kBiasWords.size(); ++i)
    if (spec::kBiasWords[i] == word) return static_cast<BiasPosition>(i);
  throw InputError("bias: unknown position '" + std::string(word) + "'; allowed: last first");
}

int block_length(const AccumulateSpec& spec) {
  if (spec.policy == Accumulate::Blocked) return spec.block;
  return spec.policy == Accumulate::Chained ? spec.chain : 0;
}

bool bias_starts_sums(const AccumulateSpec& spec) { return spec.bias == BiasPosition::First && spec.policy != Accumulate::Exact; }

Accumulate default_accumulate(const FormatSpec& format) {
  switch (format.family) {
    case Family::Posit:
    case Family::Dfp:
    case Family::Sdfp:
    case Family::Fixed:
      return Accumulate::Exact;
    case Family::Flex:
      return Accumulate::Blocked;
    case Family::HillFloat:
      return Accumulate::Serial;
    case Family::IeeeFloat:
      return Accumulate::Fp32;  // as the matrix units that ship have: FP8, FP16 and bfloat16 operands, binary32 sums
  }
  throw InvariantError("accumulate: unknown family");
}

Accumulate default_accumulate(const OperandFormats& formats) {
  const Accumulate policy = default_accumulate(formats.a);
  return policy == Accumulate::Blocked && !formats.out.shared_exponent() ? Accumulate::Exact : policy;
}

int default_acc_bits(const OperandFormats& formats, const AccumulateSpec& spec) {
  switch (spec.policy) {
    case Accumulate::Exact: {
      if (!formats.integers()) return exact_register(formats).full_bits;
      const int wider = std::max(formats.a.bits, formats.b.bits);
      return wider <= 8 ? 32 : wider <= 16 ? 48 : 64;
    }
    case Accumulate::Blocked:
      // R products of at most 2^(Na+Nb-2): the largest sum, R 2^(Na+Nb-2) itself, needs a bit more than its negative.
      return formats.a.bits + formats.b.bits + std::bit_width(static_cast<unsigned>(spec.block - 1));
    case Accumulate::Chained:
      return std::min(exact_register(formats).full_bits,
                      formats.a.bits + formats.b.bits + static_cast<int>(std::bit_width(static_cast<unsigned>(spec.chain - 1))));
    case Accumulate::Serial:
      return formats.out.bits;
    case Accumulate::Fp32:
      return 32;
  }
  throw InvariantError("accumulate: not an enumerator");
}

int accumulator_bits(const OperandFormats& formats, const AccumulateSpec& spec) {
  return spec.acc_bits != 0 ? spec.acc_bits : default_acc_bits(formats, spec);
}

int state_bits(const OperandFormats& formats, const AccumulateSpec& spec) {
  const int bits = accumulator_bits(formats, spec);
  switch (spec.policy) {
    case Accumulate::Exact:
      return bits + (formats.a.family == Family::Posit ? 1 : 0);
    case Accumulate::Blocked:
      return bits + blocked_integer_bits(formats.out);
    case Accumulate::Chained:
      return bits + kBinary32.bits;
    case Accumulate::Serial:
    case Accumulate::Fp32:
      return bits;
  }
  throw InvariantError("accumulate: not an enumerator");
}

std::unique_ptr<Accumulator> make_accumulator(const OperandFormats& formats, const AccumulateSpec& spec, int product_shift,
                                              int bias_shift) {
  validate(formats, spec);
  if (!formats.integers()) product_shift = 0;
  if (!formats.integers() || !formats.out.shared_exponent()) bias_shift = 0;
  require_range("product shift", product_shift, -kLargestShift, kLargestShift);
  require_range("bias shift", bias_shift, -kLargestShift, kLargestShift);
  switch (spec.policy) {
    case Accumulate::Exact:
      return make_exact(formats, spec, product_shift, bias_shift);
    case Accumulate::Blocked:
      return make_blocked(formats, spec, product_shift, bias_shift);
    case Accumulate::Serial:
      return make_serial(formats, spec, product_shift, bias_shift);
    case Accumulate::Fp32:
      return make_fp32(formats, spec, product_shift, bias_shift);
    case Accumulate::Chained:
      return make_chained(formats, spec, product_shift, bias_shift);
  }
  throw InvariantError("accumulate: not an enumerator");
}

Code dot(const OperandFormats& formats, const AccumulateSpec& spec, std::span<const Code> a, std::span<const Code> b,
         int product_shift, std::uint32_t random, Events& events) {
  if (a.size() != b.size()) throw InvariantError("dot: operands of different lengths");
  const auto accumulator = make_accumulator(formats, spec, product_shift);
  accumulator->clear();
  for (std::size_t i = 0; i < a.size(); ++i) accumulator->mac(a[i], b[i]);
  const Code code = accumulator->result(false, random);
  events += accumulator->events();
  return code;
}

}  // namespace binade::numerics
