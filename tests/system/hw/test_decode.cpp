// SPDX-License-Identifier: Apache-2.0
// What the decoder refuses: each descriptor is sound but for one field.
#include <gtest/gtest.h>

#include <functional>

#include "hw/control/decode.h"

namespace binade::hw {
namespace {

MachineLimits machine() {
  MachineLimits limits;
  limits.core.format = numerics::parse_format("flex16+5");
  limits.core.accumulate.policy = numerics::Accumulate::Blocked;
  limits.core.rows = limits.core.cols = 4;
  limits.a_bytes = limits.b_bytes = limits.o_bytes = 4096;
  return limits;
}

spec::Header header(spec::Opcode opcode) {
  spec::Header h;
  h.opcode = static_cast<std::int64_t>(opcode);
  return h;
}

spec::Load load() {
  spec::Load d;
  d.element_bytes = 2;
  d.x_count = d.k_count = 8;
  d.x1_size = d.x2_size = d.k1_size = d.k2_size = d.height = d.width = 1;
  d.h_geometry = d.w_geometry = spec::pack_geometry(1, 1, 0);
  d.x0_step = 8;
  d.k0_step = 1;
  d.x_block = 4, d.x_outer = 32, d.x_inner = 1;
  d.k_block = 8, d.k_inner = 4;
  return d;
}

spec::Gemm gemm() {
  spec::Gemm d;
  d.m = d.n = d.k = 8;
  d.flags = 7;
  d.bias_base = 1024;
  return d;
}

spec::Vector vector_op() {
  spec::Vector d;
  d.op = static_cast<std::int64_t>(spec::VectorOp::Copy);
  d.count = 16;
  return d;
}

spec::Store store() {
  spec::Store d;
  d.element_bytes = 2;
  d.rows = d.cols = 8;
  d.plane = 8;
  d.inner_step = 8;
  d.col_step = 1;
  return d;
}

template <class Record>
std::string problem(spec::Opcode opcode, Record record, const std::function<void(Record&)>& change) {
  change(record);
  return descriptor_problem(spec::pack(header(opcode), record), machine());
}

template <class Record>
void expect_refused(spec::Opcode opcode, const Record& record, std::initializer_list<std::function<void(Record&)>> changes) {
  EXPECT_EQ(problem<Record>(opcode, record, [](Record&) {}), "");
  int index = 0;
  for (const auto& change : changes) EXPECT_NE(problem<Record>(opcode, record, change), "") << "change " << index++;
}

TEST(Decode, RefusesUnsoundLoads) {
  expect_refused<spec::Load>(
      spec::Opcode::Load, load(),
      {[](auto& d) { d.scratchpad = 2; }, [](auto& d) { d.element_bytes = 3; }, [](auto& d) { d.x_count = 0; },
       [](auto& d) { d.k_count = -1; }, [](auto& d) { d.x1_size = 0; }, [](auto& d) { d.width = 0; },
       [](auto& d) { d.x_block = 0; }, [](auto& d) { d.k_block = 0; }, [](auto& d) { d.scratchpad_base = 4096 - 127; },
       [](auto& d) { d.scratchpad_base = -1; }, [](auto& d) { d.x_outer = 4096; }, [](auto& d) { d.k_inner = -4; },
       [](auto& d) { d.dram_base = -1; }, [](auto& d) { d.x_count = std::int64_t{1} << 60; }});
  EXPECT_EQ(problem<spec::Load>(spec::Opcode::Load, load(), [](auto& d) { d.scratchpad_base = 4096 - 128; }), "");
}

spec::LoadWalk load_walk() {
  spec::LoadWalk d;
  d.element_bytes = 2;
  d.x_count = d.k_count = 8;
  d.x1_size = d.x2_size = d.k1_size = d.k2_size = d.height = d.width = 1;
  d.h_divisor = d.w_divisor = 1;
  d.x0_plane = 8;
  d.k0_plane = 1;
  d.x_block = 4, d.x_outer = 32, d.x_inner = 1;
  d.k_block = 8, d.k_inner = 4;
  return d;
}

TEST(Decode, RefusesUnsoundWalks) {
  expect_refused<spec::LoadWalk>(
      spec::Opcode::LoadWalk, load_walk(),
      {[](auto& d) { d.scratchpad = 2; }, [](auto& d) { d.element_bytes = 3; }, [](auto& d) { d.x_count = 0; },
       [](auto& d) { d.k2_size = 0; }, [](auto& d) { d.height = 0; }, [](auto& d) { d.h_divisor = 0; },
       [](auto& d) { d.w_divisor = -1; }, [](auto& d) { d.w_divisor = 65536; }, [](auto& d) { d.x0_h = 65536; },
       [](auto& d) { d.k2_w = -65536; }, [](auto& d) { d.k1_plane = (std::int64_t{1} << 40) + 1; },
       [](auto& d) { d.h_offset = -(std::int64_t{1} << 40) - 1; }, [](auto& d) { d.scratchpad_base = 4096 - 127; },
       [](auto& d) { d.x_outer = 4096; }, [](auto& d) { d.dram_base = -1; }, [](auto& d) { d.x_count = std::int64_t{1} << 60; },
       [](auto& d) { d.x_first = std::int64_t{1} << 48, d.x0_plane = std::int64_t{1} << 10; },
       [](auto& d) { d.x_first = std::int64_t{1} << 48, d.x0_plane = 0, d.x0_w = 1 << 10; }});
  EXPECT_EQ(problem<spec::LoadWalk>(spec::Opcode::LoadWalk, load_walk(), [](auto& d) { d.x0_h = -65535, d.w_offset = -7; }), "");
}

spec::Windows windows(spec::WindowOp op) {
  spec::Windows d;
  d.op = static_cast<std::int64_t>(op);
  d.planes = 2, d.height = d.width = 8, d.rows = d.columns = 4, d.kernel_h = d.kernel_w = 3;
  d.h_geometry = d.w_geometry = spec::pack_geometry(2, 1, 1);
  d.count_bottom = d.count_right = 8;
  d.index_bytes = 1;
  d.index_base = 2048;
  return d;
}

TEST(Decode, RefusesUnsoundWindows) {
  using Change = std::function<void(spec::Windows&)>;
  const std::initializer_list<Change> of_all{
      [](auto& d) { d.op = 3; },
      [](auto& d) { d.planes = 0; },
      [](auto& d) { d.height = -1; },
      [](auto& d) { d.columns = (std::int64_t{1} << 31) + 1; },
      [](auto& d) { d.kernel_w = 0; },
      [](auto& d) { d.h_geometry = 0; },
      [](auto& d) { d.w_geometry = spec::pack_geometry(1, 0, 1); },
      [](auto& d) { d.x_base = -1; },
      [](auto& d) { d.o_base = 4096 - 31; },
      [](auto& d) { d.x_base = 4096 - 31; },
      [](auto& d) { d.planes = std::int64_t{1} << 31; },
      [](auto& d) { d.x_format = 1; },
      [](auto& d) { d.o_format = -1; },
      [](auto& d) { d.raw_bytes = 3; },
      [](auto& d) { d.sums = 3; },
      [](auto& d) { d.first = -1; },
      [](auto& d) { d.seed = std::int64_t{1} << 32; },
  };
  for (const auto op : {spec::WindowOp::Maximum, spec::WindowOp::ToChosen, spec::WindowOp::ToAll})
    expect_refused<spec::Windows>(spec::Opcode::Windows, windows(op), of_all);
  const std::initializer_list<Change> of_indices{[](auto& d) { d.index_bytes = 3; }, [](auto& d) { d.index_bytes = 0; },
                                                 [](auto& d) { d.index_base = 4096 - 31; }, [](auto& d) { d.index_base = -1; },
                                                 [](auto& d) { d.kernel_h = 85; }};
  expect_refused<spec::Windows>(spec::Opcode::Windows, windows(spec::WindowOp::ToChosen), of_indices);
  expect_refused<spec::Windows>(spec::Opcode::Windows, windows(spec::WindowOp::Maximum), of_indices);
  expect_refused<spec::Windows>(spec::Opcode::Windows, windows(spec::WindowOp::Maximum),
                                {[](auto& d) { d.index_base = 31; },                            // over the maxima
                                 [](auto& d) { d.h_geometry = spec::pack_geometry(2, 1, 3); },  // a window of padding alone
                                 [](auto& d) { d.rows = 6; }});
  expect_refused<spec::Windows>(spec::Opcode::Windows, windows(spec::WindowOp::ToAll),
                                {[](auto& d) { d.count_bottom = 0; }, [](auto& d) { d.count_left = 4; },
                                 [](auto& d) { d.count_top = std::int64_t{1} << 41; }});
  // Indices end at their scratchpad's end; a gradient's are read from B, beside no result.
  EXPECT_EQ(
      problem<spec::Windows>(spec::Opcode::Windows, windows(spec::WindowOp::ToChosen), [](auto& d) { d.index_base = 4096 - 32; }),
      "");
  EXPECT_EQ(problem<spec::Windows>(spec::Opcode::Windows, windows(spec::WindowOp::ToChosen), [](auto& d) { d.index_base = 0; }),
            "");
  EXPECT_EQ(problem<spec::Windows>(spec::Opcode::Windows, windows(spec::WindowOp::ToAll), [](auto& d) { d.index_base = -1; }), "");
}

// An ideal memory has room for axes of any length, and the check of what windows hold walks along them.
TEST(Decode, BoundsTheWindowsOfAnAxis) {
  MachineLimits limits = machine();
  limits.a_bytes = limits.b_bytes = limits.o_bytes = std::int64_t{1} << 36;
  constexpr std::int64_t kMost = std::int64_t{1} << 24;
  const auto axes = [&](std::int64_t rows, std::int64_t columns) {
    spec::Windows d = windows(spec::WindowOp::ToAll);
    d.planes = d.kernel_h = d.kernel_w = 1;
    d.h_geometry = d.w_geometry = spec::pack_geometry(1, 1, 0);
    d.height = d.rows = d.count_bottom = rows;
    d.width = d.columns = d.count_right = columns;
    return descriptor_problem(spec::pack(header(spec::Opcode::Windows), d), limits);
  };
  EXPECT_EQ(axes(kMost, 1), "");
  EXPECT_EQ(axes(1, kMost), "");
  EXPECT_EQ(axes(kMost + 1, 1), "rows is 16777217; allowed: 1 .. 16777216");
  EXPECT_EQ(axes(1, kMost + 1), "columns is 16777217; allowed: 1 .. 16777216");
}

TEST(Decode, RefusesUnsoundGemms) {
  expect_refused<spec::Gemm>(
      spec::Opcode::Gemm, gemm(),
      {[](auto& d) { d.m = 0; }, [](auto& d) { d.n = -1; }, [](auto& d) { d.k = 0; }, [](auto& d) { d.flags = 16; },
       [](auto& d) { d.a_base = 4096 - 127; }, [](auto& d) { d.b_base = 4096 - 127; }, [](auto& d) { d.bias_base = 4096 - 15; },
       [](auto& d) { d.o_base = 4096 - 127; }, [](auto& d) { d.k = 100000; }, [](auto& d) { d.flags = 1; },
       [](auto& d) { d.flags = 2; }, [](auto& d) { d.product_shift = 100000; }, [](auto& d) { d.mode = 1; },
       [](auto& d) { d.mode = -1; }});
  // A part of K is sound for one block of the array.
  EXPECT_EQ(problem<spec::Gemm>(spec::Opcode::Gemm, gemm(), [](auto& d) { d.m = d.n = 4, d.flags = 1; }), "");
}

TEST(Decode, LimitsRowsByThePartialSumBankOnlyWhereItHoldsSums) {
  MachineLimits limits = machine();
  limits.core.dataflow = datapath::Dataflow::WeightStationary;
  const std::int64_t bank_rows = 5;
  limits.core.psum_bytes = (bank_rows * limits.core.cols * datapath::psum_bits(limits.core) + 7) / 8;
  for (const std::int64_t m : {bank_rows, bank_rows + 1})
    for (const std::int64_t k : {4, 5})
      for (const std::int64_t flags : {0, 1, 2, 3}) {
        spec::Gemm d = gemm();
        d.m = m, d.n = 4, d.k = k, d.flags = flags;
        const bool waits = k > limits.core.rows || flags != 3;
        EXPECT_EQ(descriptor_problem(spec::pack(header(spec::Opcode::Gemm), d), limits).empty(), !waits || m <= bank_rows)
            << "m " << m << " k " << k << " flags " << flags;
      }
}

TEST(Decode, RefusesUnsoundVectorsAndStores) {
  using spec::VectorOp;
  const auto op = [](VectorOp which) { return static_cast<std::int64_t>(which); };
  expect_refused<spec::Vector>(
      spec::Opcode::Vector, vector_op(),
      {[](auto& d) { d.op = 1000; }, [](auto& d) { d.count = 0; }, [](auto& d) { d.x_base = 4096 - 31; },
       [](auto& d) { d.o_base = -2; }, [](auto& d) { d.raw_bytes = 3; }, [](auto& d) { d.relu = 2; },
       [](auto& d) { d.x_format = 1; }, [](auto& d) { d.y_format = -1; }, [](auto& d) { d.o_format = 1 << 20; },
       [&](auto& d) { d.op = op(VectorOp::MeanReduce), d.length = 4, d.divisor = 0; },
       [&](auto& d) { d.op = op(VectorOp::Softmax), d.length = 5; },
       [&](auto& d) { d.op = op(VectorOp::Requantise), d.raw_bytes = 2; }});
  expect_refused<spec::Store>(
      spec::Opcode::Store, store(),
      {[](auto& d) { d.element_bytes = 0; }, [](auto& d) { d.rows = 0; }, [](auto& d) { d.cols = 0; }, [](auto& d) { d.plane = 0; },
       [](auto& d) { d.scratchpad_base = 4096 - 127; }, [](auto& d) { d.row_first = -1; }});
}

TEST(Decode, RefusesTokensTowardsNobodyAndUnknownOpcodes) {
  spec::Header h = header(spec::Opcode::Load);
  h.pop_prev = 1;
  EXPECT_NE(descriptor_problem(spec::pack(h, load()), machine()), "");
  h = header(spec::Opcode::Store);
  h.push_next = 1;
  EXPECT_NE(descriptor_problem(spec::pack(h, store()), machine()), "");
  h = header(spec::Opcode::Gemm);
  h.push_next = 2;
  EXPECT_NE(descriptor_problem(spec::pack(h, gemm()), machine()), "");
  for (const std::int64_t opcode : {std::int64_t{0}, spec::kLastOpcode + 1, std::int64_t{-1}, std::int64_t{1000}}) {
    h = {};
    h.opcode = opcode;
    EXPECT_NE(descriptor_problem(spec::pack(h, store()), machine()), "") << opcode;
  }
}

}  // namespace
}  // namespace binade::hw
