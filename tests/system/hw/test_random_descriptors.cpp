// SPDX-License-Identifier: Apache-2.0
// Descriptors with arbitrary fields: each is carried out or is a fault with its address; none ends the program, none computes with
// overflown integers (the sanitised build says). What the decoder says of a command is what the core says.
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cstring>
#include <limits>

#include "hw/compute/core_command.h"
#include "hw/control/decode.h"
#include "hw/engines/load_plan.h"
#include "hw/engines/store_plan.h"
#include "hw/engines/walk_plan.h"
#include "models/datapath/check_command.h"
#include "models/numerics/error.h"
#include "models/operations/vector_ops.h"
#include "models/operations/vector_table.h"
#include "tests/support/instance_name.h"
#include "tests/system/hw/programs.h"

namespace binade::test {
namespace {

using spec::Opcode;

constexpr std::uint64_t kList = 0x1000;
// Words of a mode's formats; one machine has all of them as its modes.
constexpr const char* kFormats[] = {"dfp8", "posit8", "flex16+5", "fixed12.6", "sdfp16", "fp8e4m3:fp8e5m2:bf16"};

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : random_(seed) {}
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(high - low + 1));
  }
  bool one_in(std::int64_t n) { return between(1, n) == 1; }
  /// Any 64 bits, an end of a range, or a value of any magnitude.
  std::int64_t any() {
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
    if (one_in(6)) return static_cast<std::int64_t>(random_());
    if (one_in(6)) return between(0, 1) == 0 ? kMost : -kMost - 1;
    const std::int64_t magnitude = static_cast<std::int64_t>(random_() >> between(1, 63));
    const std::int64_t near = one_in(2) ? std::int64_t{1} << between(0, 62) : magnitude;
    return (one_in(4) ? -near : near) + between(-1, 1) * between(0, 1);
  }

 private:
  std::mt19937_64 random_;
};

/// Of a machine with all of kFormats as modes and formats; in one with fewer, others are faults.
std::int64_t draw_index(Draw& draw) { return draw.one_in(2) ? 0 : draw.between(0, std::size(kFormats)); }

spec::Gemm sound_gemm(Draw& draw) {
  spec::Gemm d;
  d.mode = draw_index(draw);
  d.m = draw.between(1, 6), d.n = draw.between(1, 5), d.k = draw.between(1, 9);
  d.flags = 3 + 4 * draw.between(0, 3);
  d.bias_base = 4096;
  return d;
}

spec::Vector sound_vector(Draw& draw) {
  spec::Vector d;
  d.op = draw.between(0, static_cast<std::int64_t>(operations::vector_row_count()) - 1);
  d.broadcast = draw.between(0, 1);
  d.length = draw.between(1, 5);
  d.count = d.length * draw.between(1, 9);
  d.inner = d.channels = d.divisor = draw.between(1, 5);
  d.raw_bytes = d.op == static_cast<std::int64_t>(spec::VectorOp::Requantise) ? 4 : 4 * draw.between(0, 2);
  d.eps = std::bit_cast<std::int64_t>(1e-5);
  d.x_format = draw_index(draw), d.y_format = draw_index(draw), d.o_format = draw_index(draw);
  return d;
}

/// A sound record of which some fields hold anything.
template <class Record>
Record spoiled(Draw& draw, Record record) {
  constexpr std::size_t kFields = sizeof(Record) / 8;
  auto fields = std::bit_cast<std::array<std::int64_t, kFields>>(record);
  for (std::int64_t left = draw.between(0, 3); left > 0; --left)
    fields[static_cast<std::size_t>(draw.between(0, kFields - 1))] = draw.any();
  if (draw.one_in(20))
    for (auto& field : fields) field = draw.any();
  return std::bit_cast<Record>(fields);
}

/// A Load, said as a walk, with steps of any kind.
spec::LoadWalk sound_walk(Draw& draw) {
  spec::LoadWalk d;
  d.scratchpad = draw.between(0, 1);
  d.dram_base = 1 << 14;
  d.element_bytes = 1 << draw.between(0, 3);
  d.x_count = draw.between(1, 8), d.k_count = draw.between(1, 8);
  d.x1_size = draw.between(1, 4), d.x2_size = draw.between(1, 4), d.k1_size = draw.between(1, 3), d.k2_size = draw.between(1, 3);
  d.height = draw.between(1, 9), d.width = draw.between(1, 9);
  for (std::int64_t* const plane : {&d.x0_plane, &d.x2_plane, &d.k0_plane, &d.k1_plane}) *plane = draw.between(0, 99) - 30;
  for (std::int64_t* const step : {&d.x0_h, &d.x1_h, &d.k1_h, &d.k2_h, &d.x1_w, &d.x2_w, &d.k0_w, &d.k2_w})
    *step = draw.between(0, 6) - 3;
  d.h_offset = draw.between(0, 9) - 4, d.w_offset = draw.between(0, 9) - 4;
  d.h_divisor = draw.between(1, 3), d.w_divisor = draw.between(1, 3);
  d.x_block = d.x_count, d.x_inner = 1, d.k_block = d.k_count, d.k_inner = d.x_count;
  return d;
}

spec::Windows sound_windows(Draw& draw) {
  spec::Windows d;
  d.op = draw.between(0, 2);
  d.planes = draw.between(1, 3), d.height = draw.between(1, 9), d.width = draw.between(1, 9);
  d.rows = draw.between(1, 3), d.columns = draw.between(1, 3), d.kernel_h = draw.between(1, 3), d.kernel_w = draw.between(1, 3);
  d.h_geometry = spec::pack_geometry(draw.between(1, 3), draw.between(1, 2), draw.between(0, 1));
  d.w_geometry = spec::pack_geometry(draw.between(1, 3), draw.between(1, 2), draw.between(0, 1));
  d.count_top = d.count_left = -1, d.count_bottom = d.height + 1, d.count_right = d.width + 1;
  d.index_bytes = std::int64_t{1} << draw.between(0, 2);
  d.index_base = 4096;
  d.raw_bytes = draw.one_in(4) ? 4 : 0;
  d.x_format = draw_index(draw), d.o_format = draw_index(draw);
  return d;
}

/// The blocks of a descriptor.
using Blocks = std::vector<spec::DescriptorWords>;
template <class Words>
Blocks blocks_of(const Words& words) {
  Blocks blocks(sizeof words / spec::kDescriptorBytes);
  std::memcpy(blocks.data(), words.data(), sizeof words);
  return blocks;
}
std::span<const std::int64_t> words_of(const Blocks& blocks) {
  return {blocks.front().data(), blocks.size() * spec::kDescriptorWords};
}

/// One block or two, and not always as many as its opcode wants.
Blocks draw_descriptor(Draw& draw) {
  // Tokens that nobody gives would be a deadlock, which is the program's mistake and reported as such.
  spec::Header header;
  header.layer = draw.any();
  if (draw.one_in(30)) header.opcode = draw.any();
  const std::array kinds{Opcode::Load, Opcode::Gemm, Opcode::Vector, Opcode::Store, Opcode::LoadWalk, Opcode::Windows};
  const Opcode opcode = kinds.at(static_cast<std::size_t>(draw.between(0, kinds.size() - 1)));
  if (header.opcode == 0) header.opcode = static_cast<std::int64_t>(opcode);
  switch (opcode) {
    case Opcode::LoadWalk:
      return blocks_of(spec::pack(header, spoiled(draw, sound_walk(draw))));
    case Opcode::Windows:
      return blocks_of(spec::pack(header, spoiled(draw, sound_windows(draw))));
    case Opcode::Load: {
      spec::Load load =
          matrix_load(draw.between(0, 1), 1 << 12, draw.between(1, 8), draw.between(1, 8), 8, 1 << draw.between(0, 3));
      if (draw.one_in(2)) {
        load.x1_size = draw.between(1, 4), load.x2_size = draw.between(1, 4), load.k1_size = draw.between(1, 3);
        load.k2_size = draw.between(1, 3), load.height = draw.between(1, 9), load.width = draw.between(1, 9);
        load.h_geometry = spec::pack_geometry(draw.between(0, 3), draw.between(0, 3), draw.between(0, 3));
      }
      return blocks_of(spec::pack(header, spoiled(draw, load)));
    }
    case Opcode::Gemm:
      return blocks_of(spec::pack(header, spoiled(draw, sound_gemm(draw))));
    case Opcode::Vector:
      return blocks_of(spec::pack(header, spoiled(draw, sound_vector(draw))));
    default:
      return blocks_of(spec::pack(
          header, spoiled(draw, matrix_store(1 << 12, draw.between(1, 8), draw.between(1, 8), 8, 1 << draw.between(0, 3)))));
  }
}

hw::PlatformConfig platform_of(const char* format) {
  hw::PlatformConfig config = small_platform(format);
  if (std::string(format).find(':') != std::string::npos)
    for (const char* mode : kFormats) {
      config.core.further_modes.push_back(default_mode(mode));
      const datapath::CoreMode& last = config.core.further_modes.back();
      config.further_formats.push_back({last.format.out, last.accumulate.rounding});
    }
  // Small, so that what is accepted is soon carried out.
  config.scratchpad.a_bytes = config.scratchpad.b_bytes = config.scratchpad.o_bytes = 8192;
  config.dram.capacity_bytes = std::int64_t{1} << 20;
  return config;
}

hw::MachineLimits limits_of(const hw::PlatformConfig& config) {
  return {config.core, config.scratchpad.a_bytes, config.scratchpad.b_bytes, config.scratchpad.o_bytes, config.further_formats};
}

class RandomDescriptors : public testing::TestWithParam<const char*> {};

TEST_P(RandomDescriptors, ArePlannedWithoutOverflowOrRefused) {
  const hw::PlatformConfig config = platform_of(GetParam());
  const hw::MachineLimits limits = limits_of(config);
  Draw draw(20261129);
  int accepted = 0;
  constexpr int kDescriptors = 40'000;
  std::vector<std::byte> scratchpad(8192);
  for (int i = 0; i < kDescriptors; ++i) {
    const Blocks blocks = draw_descriptor(draw);
    const auto words = words_of(blocks);
    const std::int64_t opcode = spec::unpack_header(words).opcode;
    if (spec::descriptor_blocks(opcode) > blocks.size()) continue;  // the list ends within it
    if (!hw::descriptor_problem(words, limits).empty()) continue;
    ++accepted;
    switch (static_cast<Opcode>(opcode)) {
      case Opcode::LoadWalk: {
        const auto load = spec::unpack<spec::LoadWalk>(words);
        const auto plan = hw::WalkPlan::make(load, static_cast<std::uint64_t>(config.dram.capacity_bytes));
        if (!plan) continue;
        ASSERT_LE(load.scratchpad_base + plan->extent_bytes(), config.scratchpad.a_bytes);
        const std::vector<std::byte> buffer(plan->buffer_bytes());
        plan->scatter(buffer, std::span(scratchpad).subspan(static_cast<std::size_t>(load.scratchpad_base)));
        break;
      }
      case Opcode::Load: {
        const auto load = spec::unpack<spec::Load>(words);
        const auto plan = hw::LoadPlan::make(load, static_cast<std::uint64_t>(config.dram.capacity_bytes));
        if (!plan) continue;
        ASSERT_LE(load.scratchpad_base + plan->extent_bytes(), config.scratchpad.a_bytes);
        const std::vector<std::byte> buffer(plan->buffer_bytes());
        plan->scatter(buffer, std::span(scratchpad).subspan(static_cast<std::size_t>(load.scratchpad_base)));
        break;
      }
      case Opcode::Store: {
        const auto store = spec::unpack<spec::Store>(words);
        auto plan = hw::StorePlan::make(store);
        if (plan) plan->gather(std::span(scratchpad).subspan(static_cast<std::size_t>(store.scratchpad_base)));
        break;
      }
      default:
        break;
    }
  }
  EXPECT_GT(accepted, kDescriptors / 10);
  EXPECT_LT(accepted, kDescriptors / 10 * 9);
}

TEST_P(RandomDescriptors, AreCarriedOutOrFaultsWithTheirAddress) {
  const Outcome outcome = run_in_child(platform_of(GetParam()), sim::CoreKind::Fast, [](sim::Device& device) {
    Draw draw(7);
    std::uint64_t faults = 0, done = 0;
    for (int i = 0; i < 2000; ++i) {
      Blocks list = draw_descriptor(draw);
      // What follows a descriptor of one block is the next one.
      const bool second_block = spec::descriptor_blocks(spec::unpack_header(words_of(list)).opcode) < list.size();
      spec::Header finish;
      finish.opcode = static_cast<std::int64_t>(Opcode::Finish);
      list.push_back(spec::pack(finish, spec::Store{}));
      device.write_memory(kList, std::as_bytes(std::span(list)));
      try {
        device.run(kList, list.size());
        ++done;
      } catch (const InvariantError& error) {
        const std::string what = error.what();
        const auto at = [&](std::uint64_t address) {
          return what.find("fault in the descriptor at address " + std::to_string(address) + ":") != std::string::npos;
        };
        if (!at(kList) && !(second_block && at(kList + spec::kDescriptorBytes))) throw;
        ++faults;
      }
    }
    const std::array counts{faults, done};
    const auto bytes = std::as_bytes(std::span(counts));
    return Bytes(bytes.begin(), bytes.end());
  });
  ASSERT_EQ(outcome.error, "");
  std::array<std::uint64_t, 2> counts{};
  ASSERT_EQ(outcome.output.size(), sizeof counts);
  std::memcpy(counts.data(), outcome.output.data(), sizeof counts);
  EXPECT_GT(counts[0], 200U);
  EXPECT_GT(counts[1], 200U);
}

INSTANTIATE_TEST_SUITE_P(Formats, RandomDescriptors, testing::ValuesIn(kFormats),
                         [](const auto& tested) { return tests::instance_name(tested.param); });

// Everything of a Gemm but its places in the scratchpads is the core's rule.
TEST(GemmDescriptors, AreAcceptedExactlyWhereTheCoreAcceptsTheCommand) {
  Draw draw(5);
  int accepted = 0, refused = 0;
  for (const char* format : kFormats)
    for (const auto dataflow : {datapath::Dataflow::OutputStationary, datapath::Dataflow::WeightStationary}) {
      constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
      hw::MachineLimits limits{platform_of(format).core, kMost, kMost, kMost};
      limits.core.dataflow = dataflow;
      limits.core.psum_bytes = (7 * limits.core.cols * datapath::psum_bits(limits.core) + 7) / 8;
      for (int i = 0; i < 20'000; ++i) {
        spec::Gemm d = sound_gemm(draw);
        d.flags = draw.between(0, 15);
        std::int64_t* const fields[] = {&d.m, &d.n, &d.k, &d.k_base, &d.m_base, &d.n_base, &d.logical_cols};
        for (std::int64_t left = draw.between(0, 2); left > 0; --left) *fields[draw.between(0, 6)] = draw.any();
        const auto before = static_cast<int>(draw_index(draw));
        // Fields that a command holds in fewer bits.
        if (draw.one_in(2)) d.product_shift = draw.between(-140, 140);
        if (draw.one_in(2)) d.bias_shift = draw.between(-140, 140);
        spec::Header header;
        header.opcode = static_cast<std::int64_t>(Opcode::Gemm);
        const bool takes = datapath::command_problem(limits.core, hw::core_command(d), before).empty();
        const std::string problem = hw::descriptor_problem(spec::pack(header, d), limits, before);
        EXPECT_EQ(problem.empty() || problem.find("outside its scratchpad") != std::string::npos, takes) << problem;
        ++(takes ? accepted : refused);
      }
    }
  EXPECT_GT(accepted, 1000);
  EXPECT_GT(refused, 1000);
}

TEST(GemmDescriptors, ThatTheCoreCannotCarryOutAreFaults) {
  const auto problem = [](const char* format, const std::function<void(spec::Gemm&)>& change) {
    const hw::PlatformConfig config = platform_of(format);
    spec::Gemm d;
    d.m = d.n = d.k = 3;
    d.flags = 7;
    change(d);
    spec::Header header;
    header.opcode = static_cast<std::int64_t>(Opcode::Gemm);
    return hw::descriptor_problem(spec::pack(header, d), limits_of(config));
  };
  EXPECT_EQ(problem("dfp8", [](auto&) {}), "");
  EXPECT_NE(problem("dfp8", [](auto& d) { d.k_base = 1; }), "");  // with first_k
  EXPECT_NE(problem("dfp8", [](auto& d) { d.flags = 5; }), "");   // bias without last_k
  EXPECT_NE(problem("dfp8", [](auto& d) { d.flags = 6, d.k_base = std::int64_t{1} << 31; }), "");
  EXPECT_NE(problem("dfp8", [](auto& d) { d.bias_shift = 1; }), "");
  EXPECT_NE(problem("dfp8", [](auto& d) { d.product_shift = 1; }), "");
  EXPECT_EQ(problem("fixed12.6", [](auto& d) { d.product_shift = 127, d.bias_shift = -128; }), "");
  EXPECT_NE(problem("fixed12.6", [](auto& d) { d.product_shift = 128; }), "");
  EXPECT_NE(problem("fixed12.6", [](auto& d) { d.bias_shift = -129; }), "");
  EXPECT_NE(problem("posit8", [](auto& d) { d.m_base = std::int64_t{1} << 32; }), "");
}

}  // namespace
}  // namespace binade::test
