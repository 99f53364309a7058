// SPDX-License-Identifier: Apache-2.0
// A chain block by block of elements, whatever its registers hold.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "models/operations/chain/chain_registers.h"
#include "models/operations/chain/chain_store.h"

namespace binade::operations {

/// Outputs begin .. begin+outputs-1. decode() as ChainRegisters has it; step(index, first, count) fills the register of a step and
/// makes the words of targets that are its own (is_made_by_step()).
template <class T, class Decode, class Step>
void run_blocks(const ChainForm& form, std::span<ChainTarget> targets, ChainRegisters<T>& registers, ChainStore& store,
                std::int64_t begin, std::int64_t outputs, Decode decode, Step step) {
  registers.fill_what_stays(decode);
  const auto block = static_cast<std::int64_t>(registers.block());
  for (std::int64_t done = 0; done < outputs; done += block) {
    const std::int64_t first = begin + done;
    const auto count = static_cast<std::size_t>(std::min(block, outputs - done));
    registers.read_operands(first, count, decode);
    for (int i = 0; i < static_cast<int>(form.steps.size()); ++i) step(i, first, count);
    for (std::size_t t = 0; t < targets.size(); ++t) {
      if (!is_made_by_step(form, t, targets[t])) store.store(targets[t], registers[form.results[t]], first, count);
    }
  }
}

}  // namespace binade::operations
