// SPDX-License-Identifier: Apache-2.0
#include "models/operations/chain/chain_binary32.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "models/numerics/vector_codec.h"
#include "models/operations/chain/chain_blocks.h"
#include "models/operations/stored_integers.h"
#include "models/operations/vector_fast.h"
#include "models/operations/vector_loops.h"

namespace binade::operations {

Binary32Chain::Binary32Chain(const ChainForm& form, std::span<const ChainSource> sources, std::span<ChainTarget> targets,
                             std::vector<StepPlan> plans)
    : form_(form), sources_(sources), targets_(targets), plans_(std::move(plans)), registers_(form, sources), store_(form) {
  for (std::vector<double>& wide : wide_) wide.resize(registers_.block());
  codes_.resize(registers_.block());
}

void Binary32Chain::run(std::int64_t begin, std::int64_t outputs) {
  const auto decoded = [this](std::size_t operand, const std::byte* from, std::size_t count, float* values) {
    decode(operand, from, count, values);
  };
  const auto step = [this](int index, std::int64_t first, std::size_t count) { carry_out(index, first, count); };
  run_blocks(form_, targets_, registers_, store_, begin, outputs, decoded, step);
}

void Binary32Chain::decode(std::size_t operand, const std::byte* from, std::size_t count, float* values) {
  const ChainSource& source = sources_[operand];
  const int size = source.format.storage_bytes();
  if (source.format == numerics::kBinary32) {
    std::memcpy(values, from, count * sizeof(float));
    return;
  }
  if (source.format.shared_exponent()) {
    const auto lsb = static_cast<int>(lsb_exponent(source.format, source.exponent));
    return loops::decode_stored_integers(from, size, source.format.bits, std::ldexp(1.0F, lsb), count, values);
  }
  std::vector<double>& wide = wide_[0];
  for (std::size_t done = 0; done < count; done += wide.size()) {
    const std::size_t some = std::min(wide.size(), count - done);
    loops::widen(from + done * static_cast<std::size_t>(size), size, some, codes_.data());
    numerics::decode_reals(source.format, codes_.data(), 1, static_cast<std::int64_t>(some), wide.data());
    std::transform(wide.data(), wide.data() + some, values + done, [](double value) { return static_cast<float>(value); });
  }
}

void Binary32Chain::carry_out(int index, std::int64_t first, std::size_t count) {
  const ChainStep& step = form_.steps[static_cast<std::size_t>(index)];
  const StepPlan& plan = plans_[static_cast<std::size_t>(index)];
  float* const out = registers_[form_.step_register(index)];
  const loops::OperandsOf<float> operands{registers_[step.a], registers_[step.b], registers_[step.c], registers_[step.d]};
  if (plan.owners.empty()) return loops::evaluate(plan.kernel, operands, count, out);
  ChainTarget& target = targets_[plan.owners.front()];
  std::byte* const place = place_of(form_, target, first);
  if (const auto inexact = loops::evaluate_counted(plan.kernel, operands, count, out)) {
    target.stats.events.inexact += *inexact;
    std::memcpy(place, out, count * sizeof(float));
    return;
  }
  const std::array registers{operands.a, operands.b, operands.c, operands.d};
  for (std::size_t i = 0; i < static_cast<std::size_t>(primitive_row(step.what).arity); ++i)
    std::copy_n(registers[i], count, wide_[i].data());
  double* const exact = wide_.back().data();
  loops::evaluate(plan.kernel, {wide_[0].data(), wide_[1].data(), wide_[2].data(), wide_[3].data()}, 0, count, exact);
  numerics::encode_binary32(exact, count, place, plan.read ? exact : nullptr, target.stats.events);
  if (plan.read) std::transform(exact, exact + count, out, [](double value) { return static_cast<float>(value); });
}

}  // namespace binade::operations
