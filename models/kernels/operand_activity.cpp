// SPDX-License-Identifier: Apache-2.0
#include "models/kernels/operand_activity.h"

#include <algorithm>
#include <array>
#include <vector>

#include "models/datapath/dataflow/dataflow.h"
#include "models/kernels/simd/operand_bits.h"
#include "models/numerics/error.h"

namespace binade::kernels {
namespace {

using simd::CodeBits;
using simd::CodeSteps;

OperandBlocks blocks_of(const numerics::FormatSpec& format, std::int64_t codes, int width, std::int64_t depth) {
  return {.codes = codes,
          .width = std::min<std::int64_t>(width, codes),
          .depth = depth,
          .element_bytes = format.storage_bytes(),
          .bits = format.bits};
}

/// Calls `add(block, codes before it)` for each block, of its first `steps` steps.
template <class Add>
void each_block(const OperandBlocks& blocks, std::span<const std::byte> bytes, std::int64_t steps, Add add) {
  if (static_cast<std::int64_t>(bytes.size()) != blocks.bytes())
    throw InvariantError("operand activity: " + std::to_string(bytes.size()) + " bytes of an operand that has " +
                         std::to_string(blocks.bytes()));
  for (std::int64_t first = 0; first < blocks.codes; first += blocks.width)
    add(CodeSteps{.first = bytes.data() + first * blocks.depth * blocks.element_bytes,
                  .element_bytes = blocks.element_bytes,
                  .mask = ~std::uint32_t{0} >> (32 - blocks.bits),
                  .lanes = std::min(blocks.width, blocks.codes - first),
                  .steps = steps,
                  .stride = blocks.width * blocks.element_bytes},
        first);
}

/// Sums over what lies side by side, by step.
std::vector<CodeBits> by_step(const OperandBlocks& blocks, std::span<const std::byte> bytes) {
  std::vector<CodeBits> sums(static_cast<std::size_t>(blocks.depth));
  each_block(blocks, bytes, blocks.depth,
             [&](const CodeSteps& codes, std::int64_t) { simd::add_bits_by_step(codes, sums.data()); });
  return sums;
}

/// Sums over the first `steps` steps, by what lies side by side.
std::vector<CodeBits> by_code(const OperandBlocks& blocks, std::span<const std::byte> bytes, std::int64_t steps) {
  std::vector<CodeBits> sums(static_cast<std::size_t>(blocks.codes));
  each_block(blocks, bytes, steps,
             [&](const CodeSteps& codes, std::int64_t first) { simd::add_bits_by_lane(codes, sums.data() + first); });
  return sums;
}

/// As OperandFunction numbers them.
using Functions = std::array<std::uint64_t, spec::kOperandFunctions>;
Functions functions(std::int64_t codes, const CodeBits& bits) {
  return {static_cast<std::uint64_t>(codes), bits.hamming, bits.weight, bits.nonzero};
}

void add_products(const Functions& a, const Functions& b, spec::OperandSums& to) {
  for (std::size_t f = 0; f < a.size(); ++f)
    for (std::size_t g = 0; g < b.size(); ++g) to.sums[f][g] += a[f] * b[g];
}

}  // namespace

std::int64_t OperandBlocks::bytes() const {
  const std::int64_t before = (codes - 1) / width * width;  // in blocks before the last one
  return (before * depth + (depth - 1) * width + codes - before) * element_bytes;
}

OperandBlocks a_blocks(const datapath::CoreConfig& config, std::int64_t m, std::int64_t k) {
  const bool stays = rules_of(config).sums_stay();
  return blocks_of(config.format.a, stays ? m : k, config.rows, stays ? k : m);
}

OperandBlocks b_blocks(const datapath::CoreConfig& config, std::int64_t n, std::int64_t k) {
  return blocks_of(config.format.b, n, config.cols, k);
}

spec::OperandSums operand_sums(const datapath::CoreConfig& config, std::int64_t m, std::int64_t n, std::int64_t k,
                               std::span<const std::byte> a, std::span<const std::byte> b) {
  const OperandBlocks of_a = a_blocks(config, m, k);
  const std::vector<CodeBits> b_bits = by_step(b_blocks(config, n, k), b);
  spec::OperandSums sums;
  if (rules_of(config).sums_stay()) {
    const std::vector<CodeBits> a_bits = by_step(of_a, a);
    for (std::size_t i = 0; i < b_bits.size(); ++i) add_products(functions(m, a_bits[i]), functions(n, b_bits[i]), sums);
    return sums;
  }
  const std::vector<CodeBits> a_bits = by_code(of_a, a, m), a_first = by_code(of_a, a, 1);
  for (std::size_t i = 0; i < b_bits.size(); ++i) {
    const CodeBits enters{.hamming = b_bits[i].weight}, stays{.weight = b_bits[i].weight, .nonzero = b_bits[i].nonzero};
    add_products(functions(m, a_bits[i]), functions(n, stays), sums);
    add_products(functions(1, a_first[i]), functions(0, enters), sums);
  }
  return sums;
}

}  // namespace binade::kernels
