// SPDX-License-Identifier: Apache-2.0
// The registers of a chain for a block of elements, and how operands come into them: elements of their own, of a row or a channel
// that outputs share, or one for all. T holds every value of every register.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "models/operations/chain/chain_arithmetic.h"
#include "models/operations/chain/chain_literal.h"

namespace binade::operations {

template <class T>
class ChainRegisters {
 public:
  ChainRegisters(const ChainForm& form, std::span<const ChainSource> sources)
      : form_(form),
        sources_(sources),
        block_(block_of(form)),
        values_(static_cast<std::size_t>(form.registers()) * block_),
        tables_(sources.size()),
        filled_with_(sources.size(), -1) {}

  /// Elements of a block.
  std::size_t block() const { return block_; }
  T* operator[](int index) { return values_.data() + static_cast<std::size_t>(index) * block_; }
  const std::byte* bytes_of(std::size_t operand, std::int64_t element) const {
    return sources_[operand].bytes.data() + element * sources_[operand].format.storage_bytes();
  }

  /// What stays for all blocks, before the first. decode(operand, bytes, count, values) is of the operand's format and exponent.
  template <class Decode>
  void fill_what_stays(Decode decode) {
    const std::vector<numerics::Unpacked> constants = constant_values(form_);
    for (std::size_t i = 0; i < constants.size(); ++i)
      std::fill_n((*this)[form_.constant_register(static_cast<int>(i))], block_, static_cast<T>(numerics::to_double(constants[i])));
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      const ChainOperand& operand = form_.operands[i];
      if (form_.outputs == 0) return;
      if (operand.size == 0) continue;
      tables_[i].resize(static_cast<std::size_t>(operand_end(operand, form_.outputs) - operand.at.element));
      decode(i, bytes_of(i, operand.at.element), tables_[i].size(), tables_[i].data());
      if (operand.size == 1) std::fill_n((*this)[static_cast<int>(i)], block_, tables_[i][0]);
    }
  }

  /// The operands' elements for outputs first .. first+count-1.
  template <class Decode>
  void read_operands(std::int64_t first, std::size_t count, Decode decode) {
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      const ChainOperand& operand = form_.operands[i];
      T* const to = (*this)[static_cast<int>(i)];
      if (operand.size == 0) decode(i, bytes_of(i, operand.at.element + first), count, to);
      if (operand.size > 1) read_shared(i, first, count, to);
    }
  }

 private:
  /// Elements at a time of so many registers: together they are a small part of the second-level cache, most of it in the first.
  static std::size_t block_of(const ChainForm& form) {
    constexpr std::size_t kBytes = 49152, kLeast = 1024 / sizeof(T), kMost = 8192 / sizeof(T), kVector = 16;
    const std::size_t count = kBytes / sizeof(T) / static_cast<std::size_t>(form.registers()) / kVector * kVector;
    return std::clamp(count, kLeast, kMost);
  }

  void read_shared(std::size_t i, std::int64_t first, std::size_t count, T* to) {
    const ChainOperand& operand = form_.operands[i];
    for (std::size_t done = 0; done < count;) {
      const std::int64_t output = first + static_cast<std::int64_t>(done) + operand.phase;
      const std::int64_t shared = output / operand.inner % operand.size;
      const T* const from = tables_[i].data() + shared;
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

  const ChainForm& form_;
  const std::span<const ChainSource> sources_;
  const std::size_t block_;
  std::vector<T> values_;
  std::vector<std::vector<T>> tables_;     ///< decoded elements of operands that several outputs share
  std::vector<std::int64_t> filled_with_;  ///< of those: the element all over the block; -1: none
};

}  // namespace binade::operations
