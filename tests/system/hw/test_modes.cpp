// SPDX-License-Identifier: Apache-2.0
// A program of several modes and formats in one run: matrix products in each mode and vector operations between formats, in one
// list of descriptors. The bits, events and statistics of the golden model, and the same counters whichever core runs, starved or
// not.
#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <ostream>

#include "models/numerics/error.h"
#include "models/operations/vector_ops.h"
#include "tests/support/operand_words.h"
#include "tests/system/hw/programs.h"

namespace binade::test {
namespace {

using datapath::Dataflow;
using datapath::Overlap;
using sim::CoreKind;
using spec::Counter;

constexpr std::int64_t kLists = 0, kRegions = 1 << 20, kRegion = 1 << 18;

/// One operation of the vector unit on random codes of its formats.
struct VectorCase {
  spec::Vector record;
  Bytes x, y;
};

/// What a program does one after another; `vector` where it is no GEMM.
struct Step {
  GemmCase gemm;
  std::optional<VectorCase> vector;
};

/// The platform's own formats and modes, and those that it has beside them.
struct Machine {
  const char* name;
  std::vector<std::string> modes;
  std::vector<std::string> formats;
  friend std::ostream& operator<<(std::ostream& out, const Machine& machine) { return out << machine.name; }
};

const std::vector<Machine> kMachines{
    {"posits", {"posit8", "posit16", "posit8:posit16:posit16", "posit16:posit8:posit8"}, {"posit16", "fp32"}},
    {"fp8", {"fp8e4m3:fp8e5m2:bf16", "bf16", "fp8e4m3", "fp32"}, {"fp8e4m3", "fp8e5m2", "fp32"}},
    {"dfp", {"dfp8", "dfp8:dfp16:dfp16", "dfp8:dfp8:fp32"}, {"dfp16", "fp32"}},
    {"families", {"posit8", "dfp8", "flex16+5", "e6m7", "fixed12.6"}, {"dfp8", "flex16+5", "e6m7", "fixed12.6", "posit16"}},
};

hw::PlatformConfig platform_of(const Machine& machine) {
  hw::PlatformConfig config = small_platform(machine.modes.front());
  for (std::size_t i = 1; i < machine.modes.size(); ++i) config.core.further_modes.push_back(default_mode(machine.modes[i]));
  for (const std::string& word : machine.formats) {
    const numerics::FormatSpec format = numerics::parse_format(word);
    config.further_formats.push_back({format, format.default_rounding()});
    config.further_formats.push_back({format, numerics::Rounding::Rtz});
  }
  return config;
}

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : random_(seed) {}
  std::int64_t pick(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(high - low + 1));
  }
  /// Ordinary values, some codes of any kind.
  Bytes codes(const numerics::FormatSpec& format, std::int64_t bytes) {
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

 private:
  std::mt19937_64 random_;
};

GemmCase draw_gemm(Draw& draw, const hw::PlatformConfig& config) {
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

VectorCase draw_vector(Draw& draw, const hw::PlatformConfig& config) {
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

std::vector<Step> draw_steps(Draw& draw, const hw::PlatformConfig& config) {
  std::vector<Step> steps;
  for (int i = 0; i < 10; ++i) {
    Step& step = steps.emplace_back();
    if (draw.pick(0, 1) == 0)
      step.gemm = draw_gemm(draw, config);
    else
      step.vector = draw_vector(draw, config);
  }
  return steps;
}

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

/// What was computed by mode and format stands before the outputs.
void append(const std::vector<std::uint64_t>& counts, Bytes& all) {
  const auto bytes = std::as_bytes(std::span(counts));
  all.insert(all.end(), bytes.begin(), bytes.end());
}

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
  append(counts.macs, all);
  append(counts.vector_operations, all);
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
  std::vector<std::uint64_t> by_format(static_cast<std::size_t>(config.formats().size()));
  for (const Step& step : steps) {
    if (step.vector)
      by_format[static_cast<std::size_t>(step.vector->record.o_format)] +=
          operations::vector_extent(config.formats().of(step.vector->record), step.vector->record).operations;
    else
      macs[static_cast<std::size_t>(step.gemm.mode)] += static_cast<std::uint64_t>(step.gemm.m * step.gemm.n * step.gemm.k);
  }
  append(macs, all);
  append(by_format, all);
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

class Modes : public testing::TestWithParam<Machine> {};

TEST_P(Modes, AProgramOfSeveralIsTheGoldenModelsOnEveryCore) {
  Draw draw(std::hash<std::string>{}(GetParam().name));
  for (const auto& [dataflow, overlap] :
       {std::pair{Dataflow::OutputStationary, Overlap::Drain}, std::pair{Dataflow::OutputStationary, Overlap::Full},
        std::pair{Dataflow::WeightStationary, Overlap::None}, std::pair{Dataflow::WeightStationary, Overlap::Full}})
    for (const bool ideal : {false, true})
      for (int banks : {1, 8}) {
        hw::PlatformConfig config = platform_of(GetParam());
        config.core.dataflow = dataflow;
        config.core.overlap = overlap;
        config.core.lane_interval = static_cast<int>(draw.pick(1, 2));
        config.memory_ideal = ideal;
        config.scratchpad.banks = banks;  // 1: a vector waits for its port
        ASSERT_EQ(config.validate(), std::vector<std::string>{});
        const std::vector<Step> steps = draw_steps(draw, config);
        datapath::TileStats golden;
        const Bytes expected = expected_steps(config, steps, golden);
        const auto program = [&](sim::Device& device) { return run_steps(config, steps, device); };
        const Outcome fast = run_in_child(config, CoreKind::Fast, program), cycle = run_in_child(config, CoreKind::Cycle, program);
        ASSERT_EQ(fast.error, "");
        ASSERT_EQ(cycle.error, "");
        ASSERT_EQ(fast.output, expected);
        ASSERT_EQ(cycle.output, expected);
        for (std::size_t i = 0; i < spec::kCounterCount; ++i)
          EXPECT_EQ(fast.counters[static_cast<Counter>(i)], cycle.counters[static_cast<Counter>(i)]) << spec::kCounters[i].name;
        EXPECT_EQ(fast.stats.max_abs, golden.max_abs);
        EXPECT_EQ(fast.stats.overflows, golden.mantissa_overflows);
        EXPECT_EQ(fast.stats.leading_bit, golden.leading_bit);
        EXPECT_EQ(fast.counters[Counter::EventInexact], golden.events.inexact);
        EXPECT_EQ(fast.counters[Counter::EventNar], golden.events.nar);
      }
}

INSTANTIATE_TEST_SUITE_P(Machines, Modes, testing::ValuesIn(kMachines),
                         [](const auto& tested) { return std::string(tested.param.name); });

// A product costs the same clocks in a machine of its mode alone and in one of several, wherever it comes in the program.
TEST(Modes, AChangeOfModeCostsNoClocks) {
  const Machine& machine = kMachines.front();
  hw::PlatformConfig several = platform_of(machine);
  several.memory_ideal = true;
  std::uint64_t alone = 0;
  std::vector<Step> steps;
  for (int mode = 0; mode < mode_count(several.core); ++mode) {
    hw::PlatformConfig one = several;
    one.core = in_mode(several.core, mode);
    Step& step = steps.emplace_back();
    const auto run_alone = [&](sim::Device& device) { return run_steps(one, {step}, device); };
    const Outcome outcome = run_in_child(one, CoreKind::Cycle, run_alone);
    ASSERT_EQ(outcome.error, "");
    alone += outcome.counters[Counter::ComputeBusy];
    step.gemm.mode = mode;
  }
  const Outcome outcome =
      run_in_child(several, CoreKind::Cycle, [&](sim::Device& device) { return run_steps(several, steps, device); });
  ASSERT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.counters[Counter::ComputeBusy], alone);
}

/// A GEMM of one element in `mode`, its flags and its report; a list of its own.
std::string run_tile(sim::Device& device, std::int64_t mode, std::int64_t flags) {
  spec::Gemm d;
  d.m = d.n = d.k = 1;
  d.mode = mode;
  d.flags = flags;
  DescriptorList list;
  list.add(spec::Opcode::Gemm, d);
  list.finish();
  try {
    list.run(device, 0x1000);
  } catch (const InvariantError& error) {
    return error.what();
  }
  return {};
}

// The mode of a chain is that of the Gemm that ran last, over doorbells and faults.
TEST(Modes, AChainGoesOnInItsMode) {
  constexpr std::int64_t kFirst = 1, kLast = 2;
  const Outcome outcome = run_in_child(platform_of(kMachines.front()), CoreKind::Fast, [&](sim::Device& device) {
    std::string wrong;
    const auto expect = [&](std::int64_t mode, std::int64_t flags, const std::string& report) {
      const std::string got = run_tile(device, mode, flags);
      if (report.empty() ? !got.empty() : got.find("address 4096: " + report) == std::string::npos)
        wrong += "mode " + std::to_string(mode) + ", flags " + std::to_string(flags) + ": '" + got + "'\n";
    };
    expect(1, kLast, "mode is 1 after 0; it changes with first_k only");
    expect(0, kLast, "");
    expect(2, kFirst, "");
    expect(0, 0, "mode is 0 after 2; it changes with first_k only");
    expect(4, kFirst, "mode is 4; allowed: 0 .. 3");
    expect(-1, kFirst, "mode is -1; allowed: 0 .. 3");
    expect(2, kLast, "");
    expect(1, kFirst | kLast, "");
    return Bytes(reinterpret_cast<const std::byte*>(wrong.data()), reinterpret_cast<const std::byte*>(wrong.data() + wrong.size()));
  });
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(outcome.output.data()), outcome.output.size()), "");
}

TEST(Modes, AFormatOutsideTheTableIsAFault) {
  for (const auto field : {&spec::Vector::x_format, &spec::Vector::y_format, &spec::Vector::o_format}) {
    const Outcome outcome = run_in_child(platform_of(kMachines.front()), CoreKind::Fast, [&](sim::Device& device) {
      spec::Vector d;
      d.count = 1;
      d.*field = 5;
      DescriptorList list;
      list.add(spec::Opcode::Vector, d);
      list.finish();
      list.run(device, 0x1000);
      return Bytes{};
    });
    EXPECT_NE(outcome.error.find("address 4096: "), std::string::npos) << outcome.error;
    EXPECT_NE(outcome.error.find("_format is 5; allowed: 0 .. 4"), std::string::npos) << outcome.error;
  }
}

}  // namespace
}  // namespace binade::test
