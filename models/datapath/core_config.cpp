// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/core_config.h"

#include <algorithm>
#include <array>
#include <limits>
#include <span>

#include "models/datapath/dataflow/dataflow.h"
#include "models/numerics/error.h"
#include "models/spec/limits.h"
#include "models/spec/ranges.h"
#include "models/spec/words.h"

namespace binade::datapath {
namespace {

using numerics::Accumulate;
using numerics::Family;

template <class Enum>
Enum parse_word(std::string_view word, std::string_view key, std::span<const Enum> values) {
  std::string allowed;
  for (const Enum value : values) {
    if (to_string(value) == word) return value;
    if (!allowed.empty()) allowed += ' ';
    allowed += to_string(value);
  }
  throw InputError(std::string(key) + ": '" + std::string(word) + "' is unknown; allowed: " + allowed);
}

std::string range_problem(std::string_view key, std::int64_t value, std::int64_t low, std::int64_t high) {
  return std::string(key) + ": " + std::to_string(value) + " is out of range; allowed: " + std::to_string(low) + ".." +
         std::to_string(high);
}

std::string overlap_problem(const DataflowRules& rules, Overlap overlap) {
  std::string others, allowed;
  for (const DataflowRules* other : all_dataflows())
    if (other->overlaps_by(overlap)) others += ' ' + std::string(other->word());
  for (const Overlap one : rules.overlaps()) allowed += ' ' + std::string(to_string(one));
  return "core.overlap: " + std::string(to_string(overlap)) + " needs core.dataflow" + others + "; allowed with " +
         std::string(rules.word()) + ":" + allowed;
}

}  // namespace

static_assert(spec::kDatapathWords.size() == static_cast<std::size_t>(Datapath::DfpPe) + 1);

std::string_view to_string(Datapath datapath) { return spec::kDatapathWords.at(static_cast<std::size_t>(datapath)); }

Datapath datapath_of(const numerics::FormatSpec& format) {
  switch (format.family) {
    case Family::Flex:
      return Datapath::FlexPe;
    case Family::Posit:
      return Datapath::PositPe;
    case Family::HillFloat:
    case Family::IeeeFloat:
      return Datapath::FloatPe;
    case Family::Dfp:
    case Family::Sdfp:
    case Family::Fixed:
      return Datapath::DfpPe;
  }
  throw InvariantError("datapath_of: no such family");
}

std::string_view to_string(Dataflow v) { return rules_of(v).word(); }

std::string_view to_string(Overlap v) {
  switch (v) {
    case Overlap::None:
      return "none";
    case Overlap::Drain:
      return "drain";
    case Overlap::Full:
      return "full";
  }
  throw InvariantError("Overlap: no such enumerator");
}

std::string_view to_string(Edge v) { return v == Edge::Ragged ? "ragged" : "full"; }

Dataflow parse_dataflow(std::string_view word) {
  std::vector<Dataflow> values;
  for (const DataflowRules* rules : all_dataflows()) values.push_back(rules->dataflow());
  return parse_word<Dataflow>(word, "core.dataflow", values);
}
Overlap parse_overlap(std::string_view word) {
  return parse_word<Overlap>(word, "core.overlap", std::array{Overlap::None, Overlap::Drain, Overlap::Full});
}
Edge parse_edge(std::string_view word) { return parse_word<Edge>(word, "core.edge", std::array{Edge::Ragged, Edge::Full}); }

int mode_count(const CoreConfig& config) { return 1 + static_cast<int>(config.further_modes.size()); }

CoreMode mode_of(const CoreConfig& config, int index) {
  if (index == 0) return {config.format, config.accumulate};
  return config.further_modes.at(static_cast<std::size_t>(index) - 1);
}

CoreConfig in_mode(const CoreConfig& config, const CoreMode& mode) {
  CoreConfig one = config;
  one.format = mode.format;
  one.accumulate = mode.accumulate;
  one.further_modes.clear();
  return one;
}

CoreConfig in_mode(const CoreConfig& config, int index) { return in_mode(config, mode_of(config, index)); }

CoreMode elaborated(CoreMode mode) {
  const numerics::AccumulateSpec nothing;
  if (mode.accumulate.policy != numerics::Accumulate::Blocked) mode.accumulate.block = nothing.block;
  if (mode.accumulate.policy != numerics::Accumulate::Chained) mode.accumulate.chain = nothing.chain;
  if (!bias_starts_sums(mode.accumulate)) mode.accumulate.bias = nothing.bias;
  return mode;
}

std::optional<int> find_mode(const CoreConfig& config, const CoreMode& mode) {
  const CoreMode wanted = elaborated(mode);
  for (int index = 0; index < mode_count(config); ++index)
    if (elaborated(mode_of(config, index)) == wanted) return index;
  return std::nullopt;
}

std::vector<std::string> CoreConfig::validate() const {
  std::vector<std::string> problems;
  const auto check = [&](const spec::Limit& limit, std::int64_t value, std::string_view unit = "") {
    if (!limit.contains(value)) problems.push_back(std::string(limit.key) + std::string(unit) + ": " + limit.refusal(value));
  };
  check(spec::limit_of("core.rows"), rows);
  check(spec::limit_of("core.cols"), cols);
  check(spec::limit_of("core.pe_latency"), pe_latency);
  check(spec::limit_of("core.psum_bytes"), psum_bytes);
  check(spec::limit_of("core.lane_throughput"), lane_interval, " (clocks per vector)");
  check(spec::limit_of("core.lane_latency"), lane_latency);
  constexpr const spec::Limit& kBlock = spec::limit_of("core.block");
  constexpr const spec::Limit& kChain = spec::limit_of("core.chain");
  bool accumulate_valid = accumulate.policy != Accumulate::Blocked || kBlock.contains(accumulate.block);
  if (!accumulate_valid) check(kBlock, accumulate.block);
  if (accumulate.policy == Accumulate::Chained && !kChain.contains(accumulate.chain)) {
    check(kChain, accumulate.chain);
    accumulate_valid = false;
  }
  try {
    if (accumulate_valid) (void)numerics::make_accumulator(format, accumulate);
  } catch (const InputError& error) {
    const std::string what = error.what();
    problems.push_back(what.starts_with("acc_bits: ") ? "core." + what : what);
    accumulate_valid = false;
  }
  const DataflowRules& rules = rules_of(dataflow);
  if (!rules.overlaps_by(overlap)) problems.push_back(overlap_problem(rules, overlap));
  if (accumulate.policy == Accumulate::Serial && accumulate.rounding == numerics::Rounding::Sr) {
    problems.emplace_back("rounding: sr rounds outputs only and accumulate serial rounds every step; allowed: rne rtz rhu rha");
  }
  if (!rules.sums_stay() && accumulate.policy == Accumulate::Blocked && rows >= 1 && accumulate.block >= 1 &&
      rows % accumulate.block != 0 && accumulate.block % rows != 0) {
    problems.emplace_back("core.rows: " + std::to_string(rows) + " with blocks of " + std::to_string(accumulate.block) +
                          " products in " + std::string(rules.word()) +
                          "; allowed: what divides the block or is a multiple of it; the block is core.block, and in sums over a "
                          "minibatch train.batch");
  }
  if (!rules.sums_stay() && capacity_limited && accumulate_valid && cols >= 1 && psum_rows(*this) < 1) {
    problems.push_back(range_problem("core.psum_bytes", psum_bytes, (std::int64_t{cols} * psum_bits(*this) + 7) / 8,
                                     spec::limit_of("core.psum_bytes").most));
  }
  if (mode_count(*this) > spec::kMostModes)
    problems.push_back("core: " + std::to_string(mode_count(*this)) + " modes; allowed: 1.." + std::to_string(spec::kMostModes));
  for (int index = 1; index < mode_count(*this); ++index) {
    const CoreConfig mode = in_mode(*this, index);
    for (const std::string& problem : mode.validate())
      // What does not depend on the mode has been said.
      if (std::find(problems.begin(), problems.end(), problem) == problems.end())
        problems.push_back("mode " + std::to_string(index) + " (" + to_string(mode.format) + "): " + problem);
  }
  return problems;
}

int psum_bits(const CoreConfig& config) { return numerics::state_bits(config.format, config.accumulate); }

std::int64_t psum_rows(const CoreConfig& config) {
  if (!config.capacity_limited) return std::numeric_limits<std::int64_t>::max();
  return config.psum_bytes * 8 / (std::int64_t{config.cols} * psum_bits(config));
}

bool stores_raw(const CoreConfig& config) { return config.format.out.exponent_after(); }

int output_bytes(const CoreConfig& config) {
  if (!stores_raw(config)) return config.format.out.storage_bytes();
  const auto& spec = config.accumulate;
  switch (spec.policy) {
    case Accumulate::Exact:
      return numerics::accumulator_bits(config.format, spec) > 32 ? 8 : 4;
    case Accumulate::Fp32:
    case Accumulate::Chained:
      return 8;  // the sum as an integer
    case Accumulate::Blocked:
    case Accumulate::Serial:
      return 4;  // already a mantissa
  }
  throw InvariantError("output_bytes: no such policy");
}

}  // namespace binade::datapath
