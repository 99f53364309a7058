// SPDX-License-Identifier: Apache-2.0
#include "models/operations/chain/chain_fast.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "models/numerics/vector_codec.h"
#include "models/numerics/vector_round.h"
#include "models/operations/chain/chain_blocks.h"
#include "models/operations/chain/chain_literal.h"
#include "models/operations/stored_integers.h"
#include "models/operations/vector_fast.h"
#include "models/operations/vector_loops.h"

namespace binade::operations {

using numerics::Code;
using numerics::Family;
using numerics::FormatSpec;
using numerics::Unpacked;

namespace {

constexpr std::size_t kCodesOfAByte = 256;

}  // namespace

FastChain::FastChain(const ChainForm& form, std::span<const ChainSource> sources, std::span<ChainTarget> targets,
                     std::vector<StepPlan> plans)
    : form_(form),
      sources_(sources),
      targets_(targets),
      plans_(std::move(plans)),
      registers_(form, sources),
      store_(form),
      by_code_(sources.size()),
      codes_(registers_.block()) {}

void FastChain::run(std::int64_t begin, std::int64_t outputs) {
  const auto decoded = [this](std::size_t operand, const std::byte* from, std::size_t count, double* values) {
    decode(operand, from, count, values);
  };
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const FormatSpec& format = sources_[i].format;
    if (form_.operands[i].size == 0 && format.storage_bytes() == 1 && !format.shared_exponent() &&
        form_.outputs > static_cast<std::int64_t>(kCodesOfAByte))
      make_code_table(i);
  }
  const auto step = [this](int index, std::int64_t first, std::size_t count) { carry_out(index, first, count); };
  run_blocks(form_, targets_, registers_, store_, begin, outputs, decoded, step);
}

void FastChain::decode(std::size_t operand, const std::byte* from, std::size_t count, double* values) {
  const ChainSource& source = sources_[operand];
  const std::int64_t size = source.format.storage_bytes();
  if (source.format == numerics::kBinary32) return numerics::decode_binary32(from, count, values);
  if (const std::vector<double>& of_codes = by_code_[operand]; !of_codes.empty()) {
    for (std::size_t i = 0; i < count; ++i) values[i] = of_codes[static_cast<std::size_t>(from[i])];
    return;
  }
  if (source.format.shared_exponent()) {
    const auto lsb = static_cast<int>(lsb_exponent(source.format, source.exponent));
    return loops::decode_stored_integers(from, static_cast<int>(size), source.format.bits, std::ldexp(1.0, lsb), count, values);
  }
  for (std::size_t done = 0; done < count; done += registers_.block()) {
    const std::size_t some = std::min(registers_.block(), count - done);
    loops::widen(from + static_cast<std::int64_t>(done) * size, static_cast<int>(size), some, codes_.data());
    numerics::decode_reals(source.format, codes_.data(), 1, static_cast<std::int64_t>(some), values + done);
  }
}

void FastChain::make_code_table(std::size_t operand) {
  std::array<std::byte, kCodesOfAByte> codes;
  for (std::size_t code = 0; code < codes.size(); ++code) codes[code] = static_cast<std::byte>(code);
  std::vector<double> values(codes.size());
  decode(operand, codes.data(), values.size(), values.data());
  by_code_[operand] = std::move(values);
}

bool FastChain::compute(const StepPlan& plan, const ChainStep& step, std::size_t count, double* out) {
  const loops::Operands operands{registers_[step.a], registers_[step.b], registers_[step.c], registers_[step.d]};
  const FormatSpec& to = step.to.format;
  switch (plan.way) {
    case StepPlan::Way::Loop:
      loops::evaluate(plan.kernel, operands, std::max(to.bits - 3 - to.exponent_bits, 0), count, out);
      return true;
    case StepPlan::Way::Fam:
      return loops::exact_fam(operands, count, out);
    case StepPlan::Way::Binary64: {
      for (std::size_t i = 0; i < count; ++i) out[i] = binary64_value(step.what, operands.a[i], operands.b[i]);
      if (step.what == Primitive::Exp && to.family == Family::Posit)
        std::replace(out, out + count, 0.0, numerics::to_double(numerics::decode(to, 1)));
      return true;
    }
    case StepPlan::Way::Literal:
      return false;
  }
  return false;
}

/// Codes and events of a step; its register's values.
numerics::Events FastChain::compute_literally(const ChainStep& step, std::size_t count) {
  numerics::Events events;
  const auto value = [&](int index, std::size_t i) { return numerics::from_double(registers_[index][i]); };
  for (std::size_t i = 0; i < count; ++i) {
    const Unpacked exact =
        primitive_result(step.what, value(step.a, i), value(step.b, i), value(step.c, i), value(step.d, i), step.to.format);
    codes_[i] = numerics::encode(step.to.format, exact, {.rounding = step.to.rounding}, events);
  }
  return events;
}

void FastChain::carry_out(int index, std::int64_t first, std::size_t count) {
  const ChainStep& step = form_.steps[static_cast<std::size_t>(index)];
  const StepPlan& plan = plans_[static_cast<std::size_t>(index)];
  const FormatSpec& to = step.to.format;
  double* const out = registers_[form_.step_register(index)];
  const bool computed = compute(plan, step, count, out);
  numerics::Events events;
  if (!computed) {
    events = compute_literally(step, count);
    numerics::decode_reals(to, codes_.data(), 1, static_cast<std::int64_t>(count), out);
  } else if (plan.owners.empty()) {
    if (!plan.exact) numerics::round_values(to, step.to.rounding, out, count);
    return;
  } else if (plan.owners.size() == 1 && numerics::is_binary32(to, step.to.rounding)) {
    ChainTarget& target = targets_[plan.owners.front()];
    numerics::encode_binary32(out, count, place_of(form_, target, first), plan.read ? out : nullptr, target.stats.events);
    return;
  } else {
    numerics::encode_values(to, {.rounding = step.to.rounding}, out, nullptr, count, codes_.data(), events);
    if (plan.read && !plan.exact) numerics::round_values(to, step.to.rounding, out, count);
  }
  for (const std::size_t owner : plan.owners) {
    put_codes(targets_[owner], first, count);
    targets_[owner].stats.events += events;
  }
}

void FastChain::put_codes(ChainTarget& target, std::int64_t first, std::size_t count) const {
  loops::narrow(codes_.data(), target.format.format.storage_bytes(), count, place_of(form_, target, first));
}

}  // namespace binade::operations
