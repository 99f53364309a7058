// SPDX-License-Identifier: Apache-2.0
// A ChainForm as the words of a Chain descriptor (isa.def), and back.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/operations/chain/chain.h"
#include "models/spec/isa.h"

namespace binade::operations {

inline constexpr std::size_t kChainOperands = 7, kChainResults = 5, kChainConstants = 8, kChainSteps = 15;

/// Where the elements of an operand or a result begin, and how they are read or written.
struct ChainPlace {
  std::int64_t scratchpad = 0;  ///< of operands: 0 A, 1 B
  std::int64_t base = 0;        ///< byte address in the scratchpad
  std::int64_t exponent = 0;    ///< LSB exponent
  std::int64_t format = 0;      ///< index into the platform's table
  std::uint32_t tensor = 0;     ///< of results: of stochastic rounding
};

/// A form whose elements begin at places: `at.element`, `out` and the roles of operands do not count.
struct PlacedChain {
  ChainForm form;
  std::vector<ChainPlace> operands, results;
  std::uint32_t seed = 0;
};

/// Why a form has no descriptor, in words; empty when it has one.
std::string placing_problem(const ChainForm& form, const FormatTable& formats);
/// Precondition: placing_problem() is empty.
spec::Chain chain_record(const PlacedChain& chain, const FormatTable& formats);

/// What is wrong with a record by itself, in words; empty when it can be carried out.
std::string record_problem(const spec::Chain& record, const FormatTable& formats);
/// Precondition: record_problem() is empty.
PlacedChain placed_chain(const spec::Chain& record, const FormatTable& formats);

/// Bytes from its place on that operand or result `index` reaches.
std::int64_t operand_bytes(const PlacedChain& chain, std::size_t index, const FormatTable& formats);
std::int64_t result_bytes(const PlacedChain& chain, std::size_t index, const FormatTable& formats);

}  // namespace binade::operations
