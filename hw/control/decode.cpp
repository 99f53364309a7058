// SPDX-License-Identifier: Apache-2.0
#include "hw/control/decode.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "hw/compute/core_command.h"
#include "models/datapath/check_command.h"
#include "models/datapath/dataflow/dataflow.h"
#include "models/datapath/timing.h"
#include "models/numerics/uint128.h"
#include "models/operations/chain/chain_record.h"
#include "models/operations/vector_ops.h"
#include "models/operations/window_record.h"
#include "models/spec/ranges.h"

namespace binade::hw {
namespace {

// Holds products of any two fields within their ranges (models/spec/ranges.h) and sums of several.
using Wide = numerics::Int128;

struct Field {
  const char* name;
  std::int64_t value;
};

std::string outside(const Field& field, const std::string& allowed) {
  return std::string(field.name) + " is " + std::to_string(field.value) + "; allowed: " + allowed;
}

std::string require(std::initializer_list<Field> fields, std::int64_t low, std::int64_t high) {
  for (const Field& field : fields) {
    if (field.value < low || field.value > high) return outside(field, std::to_string(low) + " .. " + std::to_string(high));
  }
  return {};
}

/// [base, base + bytes) within a scratchpad.
std::string fits(const char* name, std::int64_t base, Wide bytes, std::int64_t capacity) {
  if (base >= 0 && bytes >= 0 && Wide{base} + bytes <= capacity) return {};
  return std::string(name) + " ends outside its scratchpad of " + std::to_string(capacity) + " bytes";
}

std::int64_t blocks(std::int64_t count, std::int64_t block) { return (count + block - 1) / block; }

/// Largest offset that an index below `count` reaches: in the last block, or in the one before it.
Wide reach(std::int64_t count, std::int64_t block, std::int64_t outer, std::int64_t inner) {
  const std::int64_t last = count - 1;
  Wide offset = Wide{last / block} * outer + Wide{last % block} * inner;
  if (last / block > 0) offset = std::max(offset, Wide{last / block - 1} * outer + Wide{block - 1} * inner);
  return offset;
}

std::string element_size(std::int64_t bytes) {
  if (bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8) return {};
  return outside({"element_bytes", bytes}, "1, 2, 4, 8");
}

std::string first_of(std::initializer_list<std::string> problems) {
  for (const std::string& problem : problems) {
    if (!problem.empty()) return problem;
  }
  return {};
}

/// Values from `low` to `high`.
struct Interval {
  Wide low, high;
};
Interval operator*(Interval a, std::int64_t step) {
  return step >= 0 ? Interval{a.low * step, a.high * step} : Interval{a.high * step, a.low * step};
}

/// Element offsets in DRAM are sums of these: each is small enough for the engines' 64-bit arithmetic.
std::string reach_in_dram(std::initializer_list<Interval> terms) {
  const auto near = [](const Interval& term) {
    return term.low >= -Wide{spec::kFarthestElement} && term.high <= spec::kFarthestElement;
  };
  if (std::all_of(terms.begin(), terms.end(), near)) return {};
  return "an element lies more than " + std::to_string(spec::kFarthestElement) + " elements from dram_base";
}

/// The outer index of `count` indices from `first` on, `inner` of which have the same one.
Interval outer_of(std::int64_t first, std::int64_t count, Wide inner) { return {first / inner, (Wide{first} + count - 1) / inner}; }

/// What both kinds of loads have: counts and sizes, and the tile's place in its scratchpad.
template <class Record>
std::string tile_problem(const Record& d, const MachineLimits& limits) {
  const std::string problem = first_of({require({{"scratchpad", d.scratchpad}}, 0, 1), element_size(d.element_bytes),
                                        require({{"dram_base", d.dram_base},
                                                 {"scratchpad_base", d.scratchpad_base},
                                                 {"x_first", d.x_first},
                                                 {"k_first", d.k_first},
                                                 {"x_outer", d.x_outer},
                                                 {"x_inner", d.x_inner},
                                                 {"k_outer", d.k_outer},
                                                 {"k_inner", d.k_inner}},
                                                0, spec::kLargestAddress),
                                        require({{"x_count", d.x_count},
                                                 {"k_count", d.k_count},
                                                 {"x1_size", d.x1_size},
                                                 {"x2_size", d.x2_size},
                                                 {"k1_size", d.k1_size},
                                                 {"k2_size", d.k2_size},
                                                 {"height", d.height},
                                                 {"width", d.width}},
                                                1, spec::kLargestCount),
                                        require({{"x_block", d.x_block}, {"k_block", d.k_block}}, 1, spec::kLargestAddress)});
  if (!problem.empty()) return problem;
  const std::int64_t capacity = d.scratchpad == 0 ? limits.a_bytes : limits.b_bytes;
  // Elements may share a place (a step of 0), but there are no more of them than places.
  if (Wide{d.x_count} * d.k_count * d.element_bytes > capacity)
    return "the tile has more elements than its scratchpad of " + std::to_string(capacity) + " bytes holds";
  const Wide elements = reach(d.x_count, d.x_block, d.x_outer, d.x_inner) + reach(d.k_count, d.k_block, d.k_outer, d.k_inner) + 1;
  return fits("the tile", d.scratchpad_base, elements * d.element_bytes, capacity);
}

template <class Record>
Interval x0_of(const Record& d) {
  return outer_of(d.x_first, d.x_count, Wide{d.x1_size} * d.x2_size);
}
template <class Record>
Interval k0_of(const Record& d) {
  return outer_of(d.k_first, d.k_count, Wide{d.k1_size} * d.k2_size);
}

std::string load_problem(const spec::Load& d, const MachineLimits& limits) {
  const std::string problem =
      first_of({require({{"h_geometry", d.h_geometry}, {"w_geometry", d.w_geometry}}, 0, spec::kLargestGeometryWord),
                require({{"x0_step", d.x0_step}, {"k0_step", d.k0_step}}, -spec::kLargestStep, spec::kLargestStep),
                tile_problem(d, limits)});
  if (!problem.empty()) return problem;
  return reach_in_dram({x0_of(d) * d.x0_step, k0_of(d) * d.k0_step, {0, Wide{d.height} * d.width - 1}});
}

std::string load_walk_problem(const spec::LoadWalk& d, const MachineLimits& limits) {
  const std::string problem = first_of(
      {require({{"x0_plane", d.x0_plane},
                {"x1_plane", d.x1_plane},
                {"x2_plane", d.x2_plane},
                {"k0_plane", d.k0_plane},
                {"k1_plane", d.k1_plane},
                {"k2_plane", d.k2_plane},
                {"h_offset", d.h_offset},
                {"w_offset", d.w_offset}},
               -spec::kLargestStep, spec::kLargestStep),
       require({{"x0_h", d.x0_h},
                {"x1_h", d.x1_h},
                {"x2_h", d.x2_h},
                {"k0_h", d.k0_h},
                {"k1_h", d.k1_h},
                {"k2_h", d.k2_h},
                {"x0_w", d.x0_w},
                {"x1_w", d.x1_w},
                {"x2_w", d.x2_w},
                {"k0_w", d.k0_w},
                {"k1_w", d.k1_w},
                {"k2_w", d.k2_w}},
               -spec::kLargestGeometry, spec::kLargestGeometry),
       require({{"h_divisor", d.h_divisor}, {"w_divisor", d.w_divisor}}, 1, spec::kLargestGeometry), tile_problem(d, limits)});
  if (!problem.empty()) return problem;
  const auto below = [](std::int64_t size) { return Interval{0, Wide{size} - 1}; };
  const Interval x0 = x0_of(d), x1 = below(d.x1_size), x2 = below(d.x2_size), k0 = k0_of(d), k1 = below(d.k1_size),
                 k2 = below(d.k2_size);
  return first_of({reach_in_dram({x0 * d.x0_plane, x1 * d.x1_plane, x2 * d.x2_plane, k0 * d.k0_plane, k1 * d.k1_plane,
                                  k2 * d.k2_plane, below(d.height) * d.width, below(d.width)}),
                   reach_in_dram({x0 * d.x0_h, x0 * d.x0_w, k0 * d.k0_h, k0 * d.k0_w})});
}

std::string gemm_problem(const spec::Gemm& d, const MachineLimits& limits, int core_mode) {
  const std::string problem = first_of(
      {require({{"seed", d.seed}, {"tensor", d.tensor}}, 0, spec::kLargestWord), require({{"flags", d.flags}}, 0, 15),
       require({{"mode", d.mode}}, 0, datapath::mode_count(limits.core) - 1),
       // What the command's own fields hold; the rest is the core's to say.
       require({{"product_shift", d.product_shift}, {"bias_shift", d.bias_shift}}, spec::kLowestShift, spec::kHighestShift)});
  if (!problem.empty()) return problem;
  const auto command = core_command(d);
  const std::string refused = datapath::command_problem(limits.core, command, core_mode);
  if (!refused.empty()) return refused;
  const datapath::CoreConfig core = datapath::in_mode(limits.core, command.mode);
  const datapath::DataflowRules& rules = datapath::rules_of(core);
  const Wide a_vectors = Wide{blocks(extent(command, rules.rows_axis()), core.rows)} * extent(command, rules.depth_axis());
  const std::int64_t column_blocks = blocks(d.n, core.cols);
  const auto stride = [&](datapath::Stream stream) { return datapath::widest_vector(core, command, stream); };
  return first_of(
      {fits("A", d.a_base, a_vectors * stride(datapath::Stream::A) * core.format.a.storage_bytes(), limits.a_bytes),
       fits("B", d.b_base, Wide{column_blocks} * d.k * stride(datapath::Stream::B) * core.format.b.storage_bytes(), limits.b_bytes),
       command.bias ? fits("bias", d.bias_base, Wide{d.n} * core.format.out.storage_bytes(), limits.b_bytes) : "",
       command.last_k ? fits("O", d.o_base, Wide{d.m} * d.n * datapath::output_bytes(core), limits.o_bytes) : ""});
}

std::string vector_problem(const spec::Vector& d, const MachineLimits& limits) {
  const operations::FormatTable table({limits.core.format.out, limits.core.accumulate.rounding}, limits.further_formats);
  std::string problem =
      require({{"x_format", d.x_format}, {"y_format", d.y_format}, {"o_format", d.o_format}}, 0, table.size() - 1);
  if (!problem.empty()) return problem;
  const operations::VectorFormats formats = table.of(d);
  problem = operations::vector_problem(formats, d);
  if (!problem.empty()) return problem;
  const operations::VectorExtent extent = operations::vector_extent(formats, d);
  return first_of({fits("x", d.x_base, extent.x_bytes, limits.a_bytes), fits("y", d.y_base, extent.y_bytes, limits.b_bytes),
                   fits("o", d.o_base, extent.o_bytes, limits.o_bytes)});
}

std::string chain_problem(const spec::Chain& d, const MachineLimits& limits) {
  const operations::FormatTable table({limits.core.format.out, limits.core.accumulate.rounding}, limits.further_formats);
  const std::string problem = operations::record_problem(d, table);
  if (!problem.empty()) return problem;
  const operations::PlacedChain chain = operations::placed_chain(d, table);
  for (std::size_t i = 0; i < chain.operands.size(); ++i) {
    const operations::ChainPlace& place = chain.operands[i];
    const std::string name = "operand " + std::to_string(i);
    const std::string outside = fits(name.c_str(), place.base, operations::operand_bytes(chain, i, table),
                                     place.scratchpad == 0 ? limits.a_bytes : limits.b_bytes);
    if (!outside.empty()) return outside;
  }
  for (std::size_t i = 0; i < chain.results.size(); ++i) {
    const std::string name = "result " + std::to_string(i);
    const std::string outside =
        fits(name.c_str(), chain.results[i].base, operations::result_bytes(chain, i, table), limits.o_bytes);
    if (!outside.empty()) return outside;
  }
  return {};
}

/// Rows and columns of a Windows: what its windows hold is checked one after another, which an ideal memory's room does not bound
/// (2^24 windows take a tenth of a second, 2^31 took ten).
constexpr std::int64_t kMostWindowsOfAxis = std::int64_t{1} << 24;

std::string windows_problem(const spec::Windows& d, const MachineLimits& limits) {
  const operations::FormatTable table({limits.core.format.out, limits.core.accumulate.rounding}, limits.further_formats);
  std::string problem = require({{"x_format", d.x_format}, {"o_format", d.o_format}}, 0, table.size() - 1);
  if (!problem.empty()) return problem;
  const operations::VectorFormats formats = window_formats(table, d);
  problem = first_of(
      {operations::window_problem(formats, d), require({{"rows", d.rows}, {"columns", d.columns}}, 1, kMostWindowsOfAxis)});
  if (!problem.empty()) return problem;
  const operations::WindowExtent extent = operations::window_extent(formats, d);
  const bool written = op_of(d) == spec::WindowOp::Maximum;
  problem = first_of(
      {fits("x", d.x_base, extent.x_bytes, limits.a_bytes), fits("o", d.o_base, extent.o_bytes, limits.o_bytes),
       extent.index_bytes == 0 ? "" : fits("index", d.index_base, extent.index_bytes, written ? limits.o_bytes : limits.b_bytes)});
  if (!problem.empty()) return problem;
  if (written && d.o_base < d.index_base + extent.index_bytes && d.index_base < d.o_base + extent.o_bytes)
    return "o and index overlap";
  return operations::window_content_problem(d);
}

std::string store_problem(const spec::Store& d, const MachineLimits& limits) {
  const std::string problem =
      first_of({element_size(d.element_bytes), require({{"rows", d.rows}, {"cols", d.cols}}, 1, spec::kLargestCount),
                require({{"dram_base", d.dram_base}, {"scratchpad_base", d.scratchpad_base}, {"row_first", d.row_first}}, 0,
                        spec::kLargestAddress),
                require({{"plane", d.plane}}, 1, spec::kLargestAddress),
                require({{"outer_step", d.outer_step}, {"inner_step", d.inner_step}, {"col_step", d.col_step}}, -spec::kLargestStep,
                        spec::kLargestStep)});
  if (!problem.empty()) return problem;
  const Interval outer = outer_of(d.row_first, d.rows, d.plane);
  const Interval inner = outer.low == outer.high ? Interval{d.row_first % d.plane, Wide{d.row_first} % d.plane + d.rows - 1}
                                                 : Interval{0, d.plane - 1};
  return first_of({reach_in_dram({outer * d.outer_step, inner * d.inner_step, Interval{0, d.cols - 1} * d.col_step}),
                   fits("the tile", d.scratchpad_base, Wide{d.rows} * d.cols * d.element_bytes, limits.o_bytes)});
}

}  // namespace

std::string descriptor_problem(std::span<const std::int64_t> words, const MachineLimits& limits, int core_mode) {
  const spec::Header header = spec::unpack_header(words);
  const std::string problem = first_of({require({{"pop_prev", header.pop_prev},
                                                 {"pop_next", header.pop_next},
                                                 {"push_prev", header.push_prev},
                                                 {"push_next", header.push_next}},
                                                0, 1),
                                        require({{"opcode", header.opcode}}, 1, spec::kLastOpcode)});
  if (!problem.empty()) return problem;
  switch (static_cast<spec::Opcode>(header.opcode)) {
    case spec::Opcode::Load:
      if (header.pop_prev || header.push_prev) return "the load queue has none before it";
      return load_problem(spec::unpack<spec::Load>(words), limits);
    case spec::Opcode::LoadWalk:
      if (header.pop_prev || header.push_prev) return "the load queue has none before it";
      return load_walk_problem(spec::unpack<spec::LoadWalk>(words), limits);
    case spec::Opcode::Gemm:
      return gemm_problem(spec::unpack<spec::Gemm>(words), limits, core_mode);
    case spec::Opcode::Vector:
      return vector_problem(spec::unpack<spec::Vector>(words), limits);
    case spec::Opcode::Chain:
      return chain_problem(spec::unpack<spec::Chain>(words), limits);
    case spec::Opcode::Windows:
      return windows_problem(spec::unpack<spec::Windows>(words), limits);
    case spec::Opcode::Store:
    case spec::Opcode::Finish:
      if (header.pop_next || header.push_next) return "the store queue has none after it";
      if (header.opcode == static_cast<std::int64_t>(spec::Opcode::Finish)) return {};
      return store_problem(spec::unpack<spec::Store>(words), limits);
  }
  return "opcode";
}

}  // namespace binade::hw
