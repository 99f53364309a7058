// SPDX-License-Identifier: Apache-2.0
// What a ChainForm computes, byte for byte: on tensors in memory in the formats of the form, or on real numbers without any
// rounding.
//
// Statistics of result i are those of the roundings that made its words: of the step's where its register is a step to the tensor's
// own format, otherwise of the rounding to the tensor. Shared exponents: max |m| and overflows as the vector unit counts them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "models/datapath/core.h"
#include "models/operations/chain/chain.h"

namespace binade::operations {

/// A tensor that operands are elements of.
struct ChainSource {
  numerics::FormatSpec format;
  int exponent = 0;                       ///< LSB exponent, of formats with a shared one
  std::span<const std::byte> bytes = {};  ///< of the whole tensor
};

/// A tensor that a result goes to.
struct ChainTarget {
  ElementFormat format;
  int exponent = 0;
  std::span<std::byte> bytes = {};  ///< of the whole tensor
  std::uint32_t seed = 0, tensor = 0;
  datapath::TileStats stats = {};  ///< added to
};

class ChainArithmetic {
 public:
  /// Calls job(first, count) for parts of [0, total), on one thread or several.
  using Divide = std::function<void(std::int64_t total, const std::function<void(std::int64_t first, std::int64_t count)>& job)>;

  /// sources[i]: of operand i; targets[i]: of result i. A target may be the tensor of an operand with size 0 and an element
  /// at.element = form.out: updates in place. Precondition: chain_problem() is empty, and every element lies in its tensor.
  void run(const ChainForm& form, std::span<const ChainSource> sources, std::span<ChainTarget> targets);
  /// The same in the parts that `divide` makes of the outputs.
  void run(const ChainForm& form, std::span<const ChainSource> sources, std::span<ChainTarget> targets, const Divide& divide);
  /// The same element by element, on Unpacked: what run() is held to.
  void run_literally(const ChainForm& form, std::span<const ChainSource> sources, std::span<ChainTarget> targets);
};

/// The form on binary64 tensors: operations of binary64 in order, constants as given, no other rounding.
void run_reference(const ChainForm& form, std::span<const std::span<const double>> sources,
                   std::span<const std::span<double>> targets);

}  // namespace binade::operations
