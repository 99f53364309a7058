// SPDX-License-Identifier: Apache-2.0
#include "tests/system/hw/mode_programs.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cstring>

#include "models/operations/vector_ops.h"

namespace binade::test {

using spec::Counter;

namespace {

constexpr std::int64_t kLists = 0, kRegions = 1 << 20, kRegion = 1 << 18;

}  // namespace

hw::PlatformConfig platform_of(const Machine& machine) {
  hw::PlatformConfig config = small_platform(machine.modes.front());
  config.operand_sums = true;
  for (std::size_t i = 1; i < machine.modes.size(); ++i) config.core.further_modes.push_back(default_mode(machine.modes[i]));
  for (const std::string& word : machine.formats) {
    const numerics::FormatSpec format = numerics::parse_format(word);
    config.further_formats.push_back({format, format.default_rounding()});
    config.further_formats.push_back({format, numerics::Rounding::Rtz});
  }
  return config;
}

Bytes ModeDraw::codes(const numerics::FormatSpec& format, std::int64_t bytes) {
  const auto size = static_cast<std::size_t>(format.storage_bytes());
  Bytes out(static_cast<std::size_t>(bytes));
  numerics::Events ignored;
  for (std::size_t at = 0; at < out.size(); at += size) {
    const double value = static_cast<double>(pick(-2000, 2000)) / 1000;
    auto code = numerics::encode(format, numerics::from_double(value), {.lsb_exponent = 2 - format.bits}, ignored);
    if (pick(0, 15) == 0) code = static_cast<numerics::Code>(random_() & ((std::uint64_t{1} << format.bits) - 1));
    std::memcpy(out.data() + at, &code, size);
  }
  return out;
}

namespace {

GemmCase draw_gemm(ModeDraw& draw, const hw::PlatformConfig& config) {
  GemmCase gemm;
  gemm.mode = static_cast<int>(draw.pick(0, mode_count(config.core) - 1));
  gemm.seed = static_cast<std::uint64_t>(draw.pick(0, 1 << 20));
  gemm.m = draw.pick(1, 11), gemm.n = draw.pick(1, 9), gemm.k = draw.pick(1, 17);
  const bool partial_k = draw.pick(0, 2) == 0;
  gemm.tile_m = partial_k ? config.core.rows : 4 * draw.pick(1, 3);
  gemm.tile_n = partial_k ? config.core.cols : 3 * draw.pick(1, 3);
  gemm.tile_k = partial_k ? 4 * draw.pick(1, 2) : 0;
  gemm.bias = draw.pick(0, 1) == 1;
  gemm.relu = draw.pick(0, 1) == 1;
  gemm.product_shift = ordinary_shift(mode_of(config.core, gemm.mode).format);
  return gemm;
}

VectorCase draw_vector(ModeDraw& draw, const hw::PlatformConfig& config) {
  using enum spec::VectorOp;
  constexpr std::array kOps{Copy, Copy, Add, Sub, Mul, MaxReduce, MeanReduce, BatchNorm, LayerNorm, Softmax, Sigmoid, LeakyRelu};
  VectorCase vector;
  spec::Vector& d = vector.record;
  const operations::FormatTable table = config.formats();
  d.op = static_cast<std::int64_t>(kOps[static_cast<std::size_t>(draw.pick(0, kOps.size() - 1))]);
  for (std::int64_t* format : {&d.x_format, &d.y_format, &d.o_format}) *format = draw.pick(0, table.size() - 1);
  const operations::VectorFormats formats = table.of(d);
  d.length = draw.pick(1, 6);
  d.count = d.length * draw.pick(1, 20);
  d.inner = draw.pick(1, 7), d.channels = draw.pick(1, 5), d.divisor = d.length;
  d.broadcast = draw.pick(0, 1);
  d.relu = draw.pick(0, 1);
  d.alpha = std::bit_cast<std::int64_t>(0.125);
  d.eps = std::bit_cast<std::int64_t>(1e-5);
  d.x_exponent = 2 - formats.x.bits + draw.pick(-2, 2);
  d.y_exponent = d.t_exponent = 2 - formats.y.bits + draw.pick(-2, 2);
  d.o_exponent = 3 - formats.out.bits + draw.pick(-2, 2);
  d.raw_bytes = formats.out.exponent_after() ? 4 * draw.pick(0, 2) : 0;
  d.first = draw.pick(0, 99);
  const operations::VectorExtent extent = operations::vector_extent(formats, d);
  vector.x = draw.codes(formats.x, extent.x_bytes);
  vector.y = draw.codes(formats.y, extent.y_bytes);
  return vector;
}

}  // namespace

std::vector<Step> draw_steps(ModeDraw& draw, const hw::PlatformConfig& config, int count) {
  std::vector<Step> steps;
  for (int i = 0; i < count; ++i) {
    Step& step = steps.emplace_back();
    if (draw.pick(0, 1) == 0)
      step.gemm = draw_gemm(draw, config);
    else
      step.vector = draw_vector(draw, config);
  }
  return steps;
}

namespace {

std::int64_t region_of(std::size_t step) { return kRegions + static_cast<std::int64_t>(step) * kRegion; }

/// x, then y, then the output; in the halves of the scratchpads like a tile.
void add_vector(const hw::PlatformConfig& config, const VectorCase& vector, std::int64_t region, DescriptorList& list,
                TileCount& tiles) {
  const auto bytes = [](const Bytes& data) { return static_cast<std::int64_t>(data.size()); };
  const std::int64_t half = tiles.inputs % 2, a_base = half * config.scratchpad.a_bytes / 2,
                     b_base = half * config.scratchpad.b_bytes / 2, o_base = tiles.outputs % 2 * config.scratchpad.o_bytes / 2;
  const auto load = [&](std::int64_t scratchpad, std::int64_t from, std::int64_t to, std::int64_t count) {
    spec::Load d = matrix_load(scratchpad, from, 1, count, count, 1);
    d.scratchpad_base = to;
    return d;
  };
  spec::Header wait, give, both;
  wait.pop_next = tiles.inputs >= 2;
  give.push_next = 1;
  if (vector.y.empty()) {
    wait.push_next = 1;
    list.add(spec::Opcode::Load, load(0, region, a_base, bytes(vector.x)), wait);
  } else {
    list.add(spec::Opcode::Load, load(0, region, a_base, bytes(vector.x)), wait);
    list.add(spec::Opcode::Load, load(1, region + kRegion / 4, b_base, bytes(vector.y)), give);
  }
  spec::Vector record = vector.record;
  record.x_base = a_base, record.y_base = b_base, record.o_base = o_base;
  spec::Header compute;
  compute.pop_prev = compute.push_prev = compute.push_next = 1;
  compute.pop_next = tiles.outputs >= 2;
  list.add(spec::Opcode::Vector, record, compute);
  const std::int64_t o_bytes = operations::vector_extent(config.formats().of(record), record).o_bytes;
  spec::Store store = matrix_store(region + kRegion / 2, 1, o_bytes, o_bytes, 1);
  store.scratchpad_base = o_base;
  both.pop_prev = both.push_prev = 1;
  list.add(spec::Opcode::Store, store, both);
  ++tiles.inputs;
  ++tiles.outputs;
}

}  // namespace

Bytes run_steps(const hw::PlatformConfig& config, const std::vector<Step>& steps, sim::Device& device) {
  DescriptorList list;
  TileCount tiles;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (const auto& vector = steps[i].vector) {
      device.write_memory(static_cast<std::uint64_t>(region_of(i)), vector->x);
      device.write_memory(static_cast<std::uint64_t>(region_of(i) + kRegion / 4), vector->y);
      add_vector(config, *vector, region_of(i), list, tiles);
    } else {
      write_gemm(config, steps[i].gemm, region_of(i), device);
      add_gemm(config, steps[i].gemm, region_of(i), list, tiles);
    }
  }
  list.finish();
  list.run(device, kLists);
  Bytes all;
  const spec::ArithmeticCounts counts = device.arithmetic();
  // What was computed by mode and format stands before the outputs.
  append_bytes(counts.macs, all);
  append_bytes(counts.vector_operations, all);
  append_bytes(counts.outputs, all);
  append_bytes(counts.operands, all);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    Bytes output;
    if (const auto& vector = steps[i].vector) {
      output.resize(
          static_cast<std::size_t>(operations::vector_extent(config.formats().of(vector->record), vector->record).o_bytes));
      device.read_memory(static_cast<std::uint64_t>(region_of(i) + kRegion / 2), output);
    } else {
      output = read_gemm(config, steps[i].gemm, region_of(i), device);
    }
    all.insert(all.end(), output.begin(), output.end());
  }
  return all;
}

Bytes expected_steps(const hw::PlatformConfig& config, const std::vector<Step>& steps, datapath::TileStats& stats) {
  Bytes all;
  operations::VectorArithmetic unit;
  std::vector<std::uint64_t> macs(static_cast<std::size_t>(mode_count(config.core)));
  std::vector<std::uint64_t> outputs(macs.size());
  std::vector<spec::OperandSums> operands(macs.size());
  std::vector<std::uint64_t> by_format(static_cast<std::size_t>(config.formats().size()));
  for (const Step& step : steps) {
    if (step.vector)
      by_format[static_cast<std::size_t>(step.vector->record.o_format)] +=
          operations::vector_extent(config.formats().of(step.vector->record), step.vector->record).operations;
    if (step.vector) continue;
    macs[static_cast<std::size_t>(step.gemm.mode)] += static_cast<std::uint64_t>(step.gemm.m * step.gemm.n * step.gemm.k);
    outputs[static_cast<std::size_t>(step.gemm.mode)] += static_cast<std::uint64_t>(step.gemm.m * step.gemm.n);
    operands[static_cast<std::size_t>(step.gemm.mode)] += expected_operand_sums(config, step.gemm);
  }
  append_bytes(macs, all);
  append_bytes(by_format, all);
  append_bytes(outputs, all);
  append_bytes(operands, all);
  for (const Step& step : steps) {
    Bytes output;
    if (step.vector) {
      const spec::Vector& record = step.vector->record;
      const operations::VectorFormats formats = config.formats().of(record);
      output.resize(static_cast<std::size_t>(operations::vector_extent(formats, record).o_bytes));
      unit.run_literally(formats, record, step.vector->x, step.vector->y, output, stats);
    } else {
      output = expected_gemm(config, step.gemm, stats);
    }
    all.insert(all.end(), output.begin(), output.end());
  }
  return all;
}

void compare_cores(const hw::PlatformConfig& config, const std::vector<Step>& steps, sim::CoreKind one, sim::CoreKind other,
                   const sim::PlatformOptions& options) {
  datapath::TileStats golden;
  const Bytes expected = expected_steps(config, steps, golden);
  const auto program = [&](sim::Device& device) { return run_steps(config, steps, device); };
  const Outcome first = run_in_child(config, one, program, options), second = run_in_child(config, other, program, options);
  ASSERT_EQ(first.error, "");
  ASSERT_EQ(second.error, "");
  ASSERT_EQ(first.output, expected);
  ASSERT_EQ(second.output, expected);
  for (std::size_t i = 0; i < spec::kCounterCount; ++i)
    EXPECT_EQ(first.counters[static_cast<Counter>(i)], second.counters[static_cast<Counter>(i)]) << spec::kCounters[i].name;
  EXPECT_EQ(first.stats.max_abs, golden.max_abs);
  EXPECT_EQ(first.stats.overflows, golden.mantissa_overflows);
  EXPECT_EQ(first.stats.leading_bit, golden.leading_bit);
  EXPECT_EQ(first.counters[Counter::EventInexact], golden.events.inexact);
  EXPECT_EQ(first.counters[Counter::EventNar], golden.events.nar);
}

}  // namespace binade::test
