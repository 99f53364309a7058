// SPDX-License-Identifier: Apache-2.0
// Chains on tensors of codes, and on real numbers.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <string_view>
#include <vector>

#include "models/numerics/codec.h"
#include "models/operations/chain/chain_arithmetic.h"
#include "models/operations/chain/chain_builder.h"

namespace binade::operations::test {

using numerics::Code;

inline ElementFormat format(std::string_view word) { return {numerics::parse_format(word)}; }

/// A tensor of codes.
struct Stored {
  numerics::FormatSpec format;
  std::vector<std::byte> bytes;
  int exponent = 0;

  Stored(const numerics::FormatSpec& of, const std::vector<Code>& codes, int with_exponent = 0)
      : format(of), bytes(codes.size() * static_cast<std::size_t>(of.storage_bytes())), exponent(with_exponent) {
    const auto size = static_cast<std::size_t>(of.storage_bytes());
    for (std::size_t i = 0; i < codes.size(); ++i) std::memcpy(bytes.data() + i * size, &codes[i], size);
  }
  std::vector<Code> codes() const {
    const auto size = static_cast<std::size_t>(format.storage_bytes());
    std::vector<Code> out(bytes.size() / size);
    for (std::size_t i = 0; i < out.size(); ++i) std::memcpy(&out[i], bytes.data() + i * size, size);
    return out;
  }
};

/// Codes of every result in these formats. Operands index `tensors`; fast and literal results are the same.
inline std::vector<std::vector<Code>> run_chain(const ChainForm& form, const std::vector<Stored>& tensors,
                                                const std::vector<ElementFormat>& results, int exponent = 0) {
  EXPECT_EQ(chain_problem(form), "");
  std::vector<ChainSource> sources;
  for (const ChainOperand& operand : form.operands) {
    const Stored& tensor = tensors.at(operand.at.input);
    EXPECT_LE(operand_end(operand, form.outputs) * tensor.format.storage_bytes(), static_cast<std::int64_t>(tensor.bytes.size()));
    sources.push_back({tensor.format, tensor.exponent, tensor.bytes});
  }
  std::vector<Stored> fast, literal;
  for (const ElementFormat& result : results)
    fast.emplace_back(result.format, std::vector<Code>(static_cast<std::size_t>(form.out + form.outputs)), exponent);
  literal = fast;
  const auto targets_of = [&](std::vector<Stored>& tensors_out) {
    std::vector<ChainTarget> targets;
    for (std::size_t i = 0; i < results.size(); ++i)
      targets.push_back({.format = results[i], .exponent = exponent, .bytes = tensors_out[i].bytes});
    return targets;
  };
  std::vector<ChainTarget> of_fast = targets_of(fast), of_literal = targets_of(literal);
  ChainArithmetic arithmetic;
  arithmetic.run(form, sources, of_fast);
  arithmetic.run_literally(form, sources, of_literal);
  std::vector<std::vector<Code>> codes;
  for (std::size_t i = 0; i < results.size(); ++i) {
    codes.push_back(literal[i].codes());
    EXPECT_EQ(fast[i].codes(), codes.back());
    EXPECT_EQ(of_fast[i].stats, of_literal[i].stats);
  }
  return codes;
}

/// Real results.
inline std::vector<std::vector<double>> run_real(const ChainForm& form, const std::vector<std::vector<double>>& tensors) {
  EXPECT_EQ(chain_problem(form), "");
  std::vector<std::span<const double>> sources;
  for (const ChainOperand& operand : form.operands) sources.emplace_back(tensors.at(operand.at.input));
  std::vector<std::vector<double>> results(form.results.size(), std::vector<double>(static_cast<std::size_t>(form.outputs)));
  std::vector<std::span<double>> targets(results.begin(), results.end());
  run_reference(form, sources, targets);
  return results;
}

}  // namespace binade::operations::test
