// SPDX-License-Identifier: Apache-2.0
#include "models/operations/chain/chain_fast.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "models/numerics/vector_codec.h"
#include "models/numerics/vector_round.h"
#include "models/operations/chain/chain_literal.h"
#include "models/operations/vector_fast.h"
#include "models/operations/vector_loops.h"

namespace binade::operations {

using numerics::Code;
using numerics::Family;
using numerics::FormatSpec;
using numerics::Unpacked;

namespace {

constexpr std::size_t kCodesOfAByte = 256;

/// Elements at a time of so many registers: together they are a small part of the second-level cache, most of it in the first.
std::size_t block_of(const ChainForm& form) {
  constexpr std::size_t kRegisters = 6144, kLeast = 128, kMost = 1024, kVector = 16;
  const std::size_t count = kRegisters / static_cast<std::size_t>(form.registers()) / kVector * kVector;
  return std::clamp(count, kLeast, kMost);
}

}  // namespace

FastChain::FastChain(const ChainForm& form, std::span<const ChainSource> sources, std::span<ChainTarget> targets)
    : form_(form),
      sources_(sources),
      targets_(targets),
      plans_(plan_steps(form, sources, targets)),
      block_(block_of(form)),
      registers_(static_cast<std::size_t>(form.registers()) * block_),
      tables_(sources.size()),
      by_code_(sources.size()),
      filled_with_(sources.size(), -1),
      codes_(block_),
      random_(block_) {}

void FastChain::run(std::int64_t begin, std::int64_t outputs) {
  fill_what_stays();
  for (std::int64_t done = 0; done < outputs; done += static_cast<std::int64_t>(block_)) {
    const std::int64_t first = begin + done;
    const std::size_t count = std::min(block_, static_cast<std::size_t>(outputs - done));
    read_operands(first, count);
    for (int i = 0; i < static_cast<int>(form_.steps.size()); ++i) carry_out(i, first, count);
    for (std::size_t t = 0; t < targets_.size(); ++t) {
      const int from = form_.results[t], step = from - form_.step_register(0);
      const bool own = step >= 0 && form_.steps[static_cast<std::size_t>(step)].to.format == targets_[t].format.format;
      if (!own) store(targets_[t], block(from), first, count);
    }
  }
}

const std::byte* FastChain::bytes_of(std::size_t operand, std::int64_t element) const {
  return sources_[operand].bytes.data() + element * sources_[operand].format.storage_bytes();
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
  for (std::size_t done = 0; done < count; done += block_) {
    const std::size_t some = std::min(block_, count - done);
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

void FastChain::fill_what_stays() {
  const std::vector<Unpacked> constants = constant_values(form_);
  for (std::size_t i = 0; i < constants.size(); ++i)
    std::fill_n(block(form_.constant_register(static_cast<int>(i))), block_, numerics::to_double(constants[i]));
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const ChainOperand& operand = form_.operands[i];
    if (form_.outputs == 0) return;
    if (operand.size == 0 && sources_[i].format.storage_bytes() == 1 && form_.outputs > static_cast<std::int64_t>(kCodesOfAByte))
      make_code_table(i);
    if (operand.size == 0) continue;
    tables_[i].resize(static_cast<std::size_t>(operand_end(operand, form_.outputs) - operand.at.element));
    decode(i, bytes_of(i, operand.at.element), tables_[i].size(), tables_[i].data());
    if (operand.size == 1) std::fill_n(block(static_cast<int>(i)), block_, tables_[i][0]);
  }
}

void FastChain::read_operands(std::int64_t first, std::size_t count) {
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const ChainOperand& operand = form_.operands[i];
    double* const to = block(static_cast<int>(i));
    if (operand.size == 0) decode(i, bytes_of(i, operand.at.element + first), count, to);
    if (operand.size <= 1) continue;
    for (std::size_t done = 0; done < count;) {
      const std::int64_t output = first + static_cast<std::int64_t>(done) + operand.phase;
      const std::int64_t shared = output / operand.inner % operand.size;
      const double* const from = tables_[i].data() + shared;
      const bool row = operand.inner == 1;  // the table's elements one after another, or one of them
      const std::int64_t left = row ? operand.size - shared : operand.inner - output % operand.inner;
      const std::size_t run = std::min(count - done, static_cast<std::size_t>(left));
      if (!row && run == count) {  // one element for the whole block, and maybe for the one before
        if (filled_with_[i] != shared) std::fill_n(to, block_, *from);
        filled_with_[i] = shared;
        break;
      }
      filled_with_[i] = -1;
      row ? std::copy_n(from, run, to + done) : std::fill_n(to + done, run, *from);
      done += run;
    }
  }
}

bool FastChain::compute(const StepPlan& plan, const ChainStep& step, std::size_t count, double* out) {
  const loops::Operands operands{block(step.a), block(step.b), block(step.c), block(step.d)};
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
  const auto value = [&](int index, std::size_t i) { return numerics::from_double(block(index)[i]); };
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
  double* const out = block(form_.step_register(index));
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
    numerics::encode_binary32(out, count, place(target, first), plan.read ? out : nullptr, target.stats.events);
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

std::byte* FastChain::place(ChainTarget& target, std::int64_t first) const {
  return target.bytes.data() + (form_.out + first) * target.format.format.storage_bytes();
}

void FastChain::put_codes(ChainTarget& target, std::int64_t first, std::size_t count) const {
  loops::narrow(codes_.data(), target.format.format.storage_bytes(), count, place(target, first));
}

void FastChain::store(ChainTarget& target, const double* values, std::int64_t first, std::size_t count) {
  const FormatSpec& format = target.format.format;
  datapath::TileStats& stats = target.stats;
  if (numerics::is_binary32(format, target.format.rounding))
    return numerics::encode_binary32(values, count, place(target, first), nullptr, stats.events);
  if (target.format.rounding == numerics::Rounding::Sr)
    numerics::random_run(target.seed, target.tensor, static_cast<std::uint64_t>(form_.first + first), count, random_.data());
  const std::uint64_t saturations = stats.events.saturation;
  numerics::encode_values(format, {.rounding = target.format.rounding, .lsb_exponent = target.exponent}, values, random_.data(),
                          count, codes_.data(), stats.events);
  if (format.shared_exponent()) {
    const loops::MantissaScan scan = loops::scan_mantissas(codes_.data(), format.bits, format.max_mantissa(), count);
    stats.max_abs = std::max(stats.max_abs, static_cast<std::uint64_t>(scan.largest));
    stats.mantissa_overflows += format.family == Family::Flex ? scan.at_limit : stats.events.saturation - saturations;
  }
  put_codes(target, first, count);
}

}  // namespace binade::operations
