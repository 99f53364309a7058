// SPDX-License-Identifier: Apache-2.0
#include "models/operations/chain/chain_record.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

#include "models/numerics/error.h"

namespace binade::operations {
namespace {

using Words = std::array<std::int64_t, sizeof(spec::Chain) / 8>;

constexpr std::size_t kOperandWords = 3;
constexpr std::size_t kOperand0 = offsetof(spec::Chain, operand0_at) / 8, kResult0 = offsetof(spec::Chain, result0_at) / 8,
                      kTensors = offsetof(spec::Chain, tensors0) / 8, kConstant0 = offsetof(spec::Chain, constant0) / 8,
                      kStep0 = offsetof(spec::Chain, step0) / 8;
static_assert(kOperand0 + kOperandWords * kChainOperands == kResult0 && kResult0 + kChainResults == kTensors &&
              kConstant0 + kChainConstants == kStep0 && kStep0 + kChainSteps == Words().size());

constexpr std::int64_t kExponentOffset = 1 << 15;
constexpr std::int64_t kLargestExtent = (std::int64_t{1} << 31) - 1;  // of a spread

std::uint64_t bits(std::int64_t word, int first, int count) {
  return static_cast<std::uint64_t>(word) >> first & ((std::uint64_t{1} << count) - 1);
}
int byte(std::int64_t word, std::size_t index) { return static_cast<int>(bits(word, static_cast<int>(8 * index), 8)); }
template <class... Value>
std::int64_t bytes_to_word(Value... value) {
  std::uint64_t word = 0;
  int at = 0;
  ((word |= static_cast<std::uint64_t>(value) << at, at += 8), ...);
  return static_cast<std::int64_t>(word);
}

std::int64_t place_word(const ChainPlace& place) {
  return place.base | (place.exponent + kExponentOffset) << 32 | place.format << 48 | place.scratchpad << 56;
}
ChainPlace place_of(std::int64_t word) {
  return {.scratchpad = static_cast<std::int64_t>(bits(word, 56, 8)),
          .base = static_cast<std::int64_t>(bits(word, 0, 32)),
          .exponent = static_cast<std::int64_t>(bits(word, 32, 16)) - kExponentOffset,
          .format = static_cast<std::int64_t>(bits(word, 48, 8))};
}

Words words_of(const spec::Chain& record) {
  Words words;
  std::memcpy(words.data(), &record, sizeof record);
  return words;
}

/// How many of each a record has.
struct Sizes {
  std::size_t operands, constants, steps, results;
  explicit Sizes(std::int64_t word)
      : operands(static_cast<std::size_t>(byte(word, 0))),
        constants(static_cast<std::size_t>(byte(word, 1))),
        steps(static_cast<std::size_t>(byte(word, 2))),
        results(static_cast<std::size_t>(byte(word, 3))) {}
};

std::string sizes_problem(std::size_t operands, std::size_t constants, std::size_t steps, std::size_t results) {
  const auto many = [](std::size_t count, std::size_t most, const char* what) {
    return count > most ? std::to_string(count) + ' ' + what + ", " + std::to_string(most) + " fit in a descriptor" : std::string();
  };
  for (const std::string& problem : {many(operands, kChainOperands, "operands"), many(constants, kChainConstants, "constants"),
                                     many(steps, kChainSteps, "steps"), many(results, kChainResults, "results")})
    if (!problem.empty()) return problem;
  return {};
}

}  // namespace

std::string placing_problem(const ChainForm& form, const FormatTable& formats) {
  std::string problem = sizes_problem(form.operands.size(), form.constants.size(), form.steps.size(), form.results.size());
  const auto know = [&](const ElementFormat& format) {
    if (!formats.find(format)) problem = "the platform does not know " + numerics::to_string(format.format);
  };
  for (const ChainConstant& constant : form.constants) know(constant.in);
  for (const ChainStep& step : form.steps) know(step.to);
  for (const ChainOperand& operand : form.operands)
    if (operand.inner > kLargestExtent || operand.size > kLargestExtent) problem = "an operand's inner or size is above 2^31-1";
  return problem;
}

spec::Chain chain_record(const PlacedChain& chain, const FormatTable& formats) {
  const ChainForm& form = chain.form;
  const auto index_of = [&](const ElementFormat& format) { return *formats.find(format); };
  spec::Chain fixed;
  fixed.count = form.outputs;
  fixed.first = form.first;
  fixed.seed = chain.seed;
  fixed.sizes = bytes_to_word(form.operands.size(), form.constants.size(), form.steps.size(), form.results.size());
  Words words = words_of(fixed);
  for (std::size_t i = 0; i < form.operands.size(); ++i) {
    const ChainOperand& operand = form.operands[i];
    std::int64_t* const to = words.data() + kOperand0 + kOperandWords * i;
    to[0] = place_word(chain.operands.at(i));
    to[1] = operand.inner | operand.size << 32;
    to[2] = operand.phase;
  }
  std::uint64_t registers = 0, constant_formats = 0;
  for (std::size_t i = 0; i < form.results.size(); ++i) {
    const ChainPlace& place = chain.results.at(i);
    registers |= static_cast<std::uint64_t>(form.results[i]) << (8 * i);
    words[kResult0 + i] = place_word(place);
    words[kTensors + i / 2] |= static_cast<std::int64_t>(std::uint64_t{place.tensor} << (32 * (i % 2)));
  }
  for (std::size_t i = 0; i < form.constants.size(); ++i) {
    constant_formats |= static_cast<std::uint64_t>(index_of(form.constants[i].in)) << (8 * i);
    words[kConstant0 + i] = std::bit_cast<std::int64_t>(form.constants[i].value);
  }
  for (std::size_t i = 0; i < form.steps.size(); ++i) {
    const ChainStep& step = form.steps[i];
    words[kStep0 + i] = bytes_to_word(static_cast<int>(step.what), step.a, step.b, step.c, step.d, index_of(step.to));
  }
  spec::Chain record;
  std::memcpy(static_cast<void*>(&record), words.data(), sizeof record);
  record.results = static_cast<std::int64_t>(registers);
  record.constant_formats = static_cast<std::int64_t>(constant_formats);
  return record;
}

std::string record_problem(const spec::Chain& record, const FormatTable& formats) {
  const Words words = words_of(record);
  const Sizes sizes(record.sizes);
  if (record.count < 1 || record.count > spec::kLargestCount) return "count is outside 1 .. 2^31";
  if (record.first < 0 || record.first > spec::kLargestAddress) return "first is outside 0 .. 2^48";
  if (record.seed < 0 || record.seed > spec::kLargestWord) return "seed is outside 0 .. 2^32-1";
  if (record.sizes < 0 || record.sizes >> 32 != 0) return "sizes has more than four bytes";
  if (std::string problem = sizes_problem(sizes.operands, sizes.constants, sizes.steps, sizes.results); !problem.empty())
    return problem;
  const auto known = [&](std::int64_t format) { return format < formats.size(); };
  for (std::size_t i = 0; i < sizes.operands; ++i) {
    const std::int64_t* const from = words.data() + kOperand0 + kOperandWords * i;
    const ChainPlace place = place_of(from[0]);
    const std::string name = "operand " + std::to_string(i);
    if (!known(place.format)) return name + " has no format of the platform's";
    if (place.scratchpad > 1) return name + " is in neither scratchpad";
    if (from[1] < 1 || bits(from[1], 0, 32) == 0 || bits(from[1], 31, 1) != 0) return name + "'s spread is out of range";
    if (from[2] < 0 || from[2] > spec::kLargestAddress) return name + "'s phase is outside 0 .. 2^48";
  }
  for (std::size_t i = 0; i < sizes.results; ++i) {
    const ChainPlace place = place_of(words[kResult0 + i]);
    if (!known(place.format) || place.scratchpad != 0) return "result " + std::to_string(i) + " has no format of the platform's";
  }
  for (std::size_t i = 0; i < sizes.constants; ++i)
    if (!known(byte(record.constant_formats, i))) return "constant " + std::to_string(i) + " has no format of the platform's";
  for (std::size_t i = 0; i < sizes.steps; ++i)
    if (!known(byte(words[kStep0 + i], 5)) || bits(words[kStep0 + i], 48, 16) != 0)
      return "step " + std::to_string(i) + " has no format of the platform's";
  return chain_problem(placed_chain(record, formats).form);
}

PlacedChain placed_chain(const spec::Chain& record, const FormatTable& formats) {
  const Words words = words_of(record);
  const Sizes sizes(record.sizes);
  PlacedChain chain;
  ChainForm& form = chain.form;
  form.outputs = record.count;
  form.first = record.first;
  chain.seed = static_cast<std::uint32_t>(record.seed);
  for (std::size_t i = 0; i < sizes.operands; ++i) {
    const std::int64_t* const from = words.data() + kOperand0 + kOperandWords * i;
    chain.operands.push_back(place_of(from[0]));
    form.operands.push_back({.at = {.input = i},
                             .inner = static_cast<std::int64_t>(bits(from[1], 0, 32)),
                             .size = static_cast<std::int64_t>(bits(from[1], 32, 32)),
                             .phase = from[2]});
  }
  for (std::size_t i = 0; i < sizes.results; ++i) {
    ChainPlace place = place_of(words[kResult0 + i]);
    place.tensor = static_cast<std::uint32_t>(bits(words[kTensors + i / 2], static_cast<int>(32 * (i % 2)), 32));
    chain.results.push_back(place);
    form.results.push_back(byte(record.results, i));
  }
  for (std::size_t i = 0; i < sizes.constants; ++i)
    form.constants.push_back({std::bit_cast<double>(words[kConstant0 + i]), formats.at(byte(record.constant_formats, i))});
  for (std::size_t i = 0; i < sizes.steps; ++i) {
    const std::int64_t word = words[kStep0 + i];
    form.steps.push_back({.what = static_cast<Primitive>(byte(word, 0)),
                          .a = byte(word, 1),
                          .b = byte(word, 2),
                          .c = byte(word, 3),
                          .d = byte(word, 4),
                          .to = formats.at(byte(word, 5))});
  }
  return chain;
}

std::int64_t operand_bytes(const PlacedChain& chain, std::size_t index, const FormatTable& formats) {
  return operand_end(chain.form.operands.at(index), chain.form.outputs) *
         formats.at(chain.operands.at(index).format).format.storage_bytes();
}
std::int64_t result_bytes(const PlacedChain& chain, std::size_t index, const FormatTable& formats) {
  return chain.form.outputs * formats.at(chain.results.at(index).format).format.storage_bytes();
}

}  // namespace binade::operations
