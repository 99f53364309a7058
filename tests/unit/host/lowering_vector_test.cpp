// SPDX-License-Identifier: Apache-2.0
// Vector layers lowered to chunks and executed literally, against the operation on each output's own operands.
#include <gtest/gtest.h>

#include <random>

#include "models/networks/builder.h"
#include "models/operations/operation_table.h"
#include "models/programs/layer_execution.h"
#include "models/programs/storage.h"
#include "sim/host/addressed.h"
#include "tests/support/literal_device.h"

namespace binade::sim {
namespace {

using networks::Op;
using networks::Shape;
using numerics::Code;

constexpr std::int64_t kInput = 0, kScale = 2 << 20, kShift = 3 << 20, kOutput = 4 << 20, kList = 8 << 20;

hw::PlatformConfig config_of(const char* word, std::int64_t scratchpad_bytes) {
  hw::PlatformConfig config;
  config.core.format = numerics::parse_format(word);
  config.core.accumulate.policy = default_accumulate(config.core.format.out);
  config.core.accumulate.rounding = config.core.format.default_rounding();
  config.scratchpad.a_bytes = config.scratchpad.b_bytes = config.scratchpad.o_bytes = scratchpad_bytes;
  return config;
}

std::vector<Code> write_random(tests::LiteralDevice& device, const numerics::FormatSpec& format, std::int64_t address,
                               std::int64_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<Code> codes(static_cast<std::size_t>(count));
  numerics::Events ignored;
  for (Code& code : codes) {
    const double value = (static_cast<double>(random() % 2001) - 1000) / 250;
    code = encode(format, numerics::from_double(value), {.rounding = numerics::Rounding::Rne, .lsb_exponent = -4}, ignored);
  }
  device.write_memory(static_cast<std::uint64_t>(address), programs::pack_codes(codes, format.storage_bytes()));
  return codes;
}

programs::StoredTensor stored(const numerics::FormatSpec& format, std::int64_t address, operations::Magnitude magnitude) {
  return {.address = address, .elements = 0, .format = format, .raw_bytes = 0, .magnitude = magnitude};
}

struct Result {
  std::vector<Code> input;
  std::vector<Code> output;
};

// Runs the network's last layer on random codes at LSB exponent -4 throughout.
Result run_layer(const networks::Network& network, const hw::PlatformConfig& config, std::int64_t samples, bool relu,
                 std::uint64_t seed) {
  tests::LiteralDevice device(config, seed);
  const auto& format = config.core.format.out;
  const int index = static_cast<int>(network.layers.size()) - 1;
  const operations::Call call = networks::call_of(network, index, samples, 0, relu);
  const int lsb = format.shared_exponent() ? -4 : 0;
  programs::Work work;
  work.mode = mode_of(config.core, 0);
  work.relu = relu;
  work.seed = 3;
  work.tensor = 9;
  Result result;
  result.input = write_random(device, format, kInput, samples * network.layers[0].out.elements(), 5);
  work.inputs.assign(call.inputs.size(), stored(format, kInput, {lsb, 0}));
  write_random(device, format, kScale, 64, 6);
  write_random(device, format, kShift, 64, 7);
  work.weight = stored(format, kScale, {lsb, 0});
  work.bias = stored(format, kShift, {lsb, 0});
  work.output = stored(format, kOutput, {lsb, 0});
  Schedule schedule(index);
  const auto jobs = addressed(operations::row(call.layer).vector(call), work);
  lower_vector(config, jobs, "here", schedule);
  const auto list = schedule.finish();
  device.write_memory(kList, std::as_bytes(std::span(list)));
  device.run(kList, list.size());
  std::vector<std::byte> bytes(static_cast<std::size_t>(call.outputs() * format.storage_bytes()));
  device.read_memory(kOutput, bytes);
  result.output = programs::unpack_codes(bytes, format.storage_bytes());
  return result;
}

networks::Network network_of(Op op) {
  if (op == Op::LayerNorm || op == Op::Softmax) {
    networks::Builder b("n", "s", Shape::tokens(6, 12));
    const int l = b.append("l", op, {0});
    if (op == Op::Softmax) b.layer(l).heads = 3;
    return b.finish(0);
  }
  networks::Builder b("n", "s", {4, 6, 7});
  const int l = b.append("l", op, op == Op::Add || op == Op::Concat ? std::vector{0, 0} : std::vector{0});
  if (op == Op::MaxPool || op == Op::AvgPool) {
    b.layer(l).window = {.kernel_h = 3, .kernel_w = 2, .stride_h = 2, .stride_w = 1, .pad_h = 1, .pad_w = 1};
    b.layer(l).window.ceil_mode = op == Op::MaxPool;
  }
  if (op == Op::Subsample) {
    b.layer(l).window.stride_h = b.layer(l).window.stride_w = 2;
    b.layer(l).out_features = 9;
  }
  return b.finish(0);
}

constexpr std::array kOps{Op::Relu,    Op::MaxPool,   Op::AvgPool, Op::Add,    Op::BatchNorm,
                          Op::Softmax, Op::LayerNorm, Op::Gelu,    Op::Concat, Op::Subsample};

// Chunks change nothing: scratchpads that hold a few elements give what unlimited ones give.
TEST(LoweredVector, ChunksGiveWhatOneCommandGives) {
  for (const char* word : {"posit8", "flex16+5", "fp16", "dfp8"})
    for (const Op op : kOps)
      for (const bool relu : {false, true}) {
        const networks::Network network = network_of(op);
        auto whole = config_of(word, 1 << 16);
        whole.memory_ideal = true;
        const Result expected = run_layer(network, whole, 3, relu, 1);
        for (const std::uint64_t seed : {1U, 2U, 3U}) {
          const Result chunked = run_layer(network, config_of(word, 256), 3, relu, seed);
          ASSERT_EQ(chunked.output, expected.output) << word << ' ' << to_string(op);
        }
      }
}

// Geometry: data movement and pooling against indices spelt out, on codes that a maximum or a copy cannot round.
TEST(LoweredVector, GeometryOfPoolingConcatAndSubsample) {
  const auto config = config_of("dfp8", 512);
  const auto& format = config.core.format.out;
  constexpr std::int64_t kSamples = 2, kC = 4, kH = 6, kW = 7;
  const auto mantissa = [&](const std::vector<Code>& codes, std::int64_t s, std::int64_t c, std::int64_t h, std::int64_t w) {
    return mantissa_of(format, codes.at(static_cast<std::size_t>(((s * kC + c) * kH + h) * kW + w)));
  };
  for (const Op op : {Op::MaxPool, Op::AvgPool, Op::Concat, Op::Subsample, Op::Relu, Op::Add}) {
    const networks::Network network = network_of(op);
    const Shape& out = network.layers.back().out;
    const networks::Window& win = network.layers.back().window;
    const Result r = run_layer(network, config, kSamples, false, 4);
    std::size_t element = 0;
    for (std::int64_t s = 0; s < kSamples; ++s)
      for (std::int64_t c = 0; c < out.channels; ++c)
        for (std::int64_t h = 0; h < out.height; ++h)
          for (std::int64_t w = 0; w < out.width; ++w) {
            std::int64_t expected = 0;
            if (op == Op::Concat) expected = mantissa(r.input, s, c % kC, h, w);
            if (op == Op::Relu) expected = std::max<std::int64_t>(mantissa(r.input, s, c, h, w), 0);
            if (op == Op::Add) expected = std::clamp<std::int64_t>(2 * mantissa(r.input, s, c, h, w), -127, 127);
            if (op == Op::Subsample && c >= 2 && c < 6) expected = mantissa(r.input, s, c - 2, 2 * h, 2 * w);
            if (op == Op::MaxPool || op == Op::AvgPool) {
              std::int64_t best = -127, sum = 0;
              for (int kh = 0; kh < win.kernel_h; ++kh)
                for (int kw = 0; kw < win.kernel_w; ++kw) {
                  const std::int64_t y = h * win.stride_h + kh - win.pad_h, x = w * win.stride_w + kw - win.pad_w;
                  if (y < 0 || y >= kH || x < 0 || x >= kW) continue;
                  best = std::max(best, mantissa(r.input, s, c, y, x));
                  sum += mantissa(r.input, s, c, y, x);
                }
              expected = op == Op::MaxPool ? best : std::llrint(static_cast<double>(sum) / 6);
            }
            ASSERT_EQ(mantissa_of(format, r.output.at(element++)), expected)
                << to_string(op) << ' ' << s << ' ' << c << ' ' << h << ' ' << w;
          }
  }
}

TEST(LoweredVector, TouchedElementsAreThoseOfTheWindows) {
  networks::Builder b("n", "s", {3, 7, 8});
  b.conv("l", 0, 2, 1, {.stride = 2});
  const auto network = b.finish(0);
  const operations::Call call = networks::call_of(network, 1, 5);
  EXPECT_EQ(operations::row(call.layer).touched(call, 0), 5 * 3 * 4 * 4);  // rows 0 2 4 6, columns 0 2 4 6
}

TEST(LoweredVector, RawExponentBoundsTheResult) {
  const networks::Network network = network_of(Op::Add);
  const operations::Call call = networks::call_of(network, 1);
  operations::Magnitudes operands;
  operands.inputs = {{-3, 100}, {5, 127}};
  EXPECT_EQ(raw_exponent(4, call, operands), -3);  // exact: the finer LSB
  operands.inputs[1].exponent = 90;
  EXPECT_EQ(raw_exponent(4, call, operands), 90 + 7 + 1 - 30);
  EXPECT_EQ(raw_exponent(8, call, operands), 90 + 7 + 1 - 60);
}

// 4 bytes wherever their 30 bits hold the result of the operation on mantissas of equal LSBs; values do not matter.
TEST(LoweredVector, RawWidthFollowsFromOperationAndFormatOnly) {
  const struct {
    Op op;
    int product_bits, more_bits;  // result bits = product_bits * N + more_bits
  } operations[] = {{Op::Add, 1, 1},     {Op::BatchNorm, 2, 1}, {Op::AvgPool, 2, 0},
                    {Op::Softmax, 2, 0}, {Op::LayerNorm, 2, 0}, {Op::Gelu, 2, 0}};
  for (const std::string family : {"dfp", "sdfp"})
    for (int bits = 2; bits <= 32; ++bits)
      for (const auto& operation : operations) {
        const auto config = config_of((family + std::to_string(bits)).c_str(), 4096);
        const networks::Network network = network_of(operation.op);
        const operations::Call call = networks::call_of(network, 1);
        const int expected = operation.product_bits * bits + operation.more_bits <= 30 ? 4 : 8;
        const auto mode = mode_of(config.core, 0);
        EXPECT_EQ(programs::first_pass_bytes(config.core, mode, call, {}), expected)
            << family << bits << ' ' << to_string(operation.op);
        for (const int exponent : {-200, 0, 100}) {
          const auto& format = config.core.format.out;
          programs::Work work;
          work.mode = mode;
          work.inputs.assign(call.inputs.size(), stored(format, kInput, {exponent, 1}));
          work.weight = work.bias = stored(format, kInput, {-exponent / 2, 1});
          work.output = stored(format, kOutput, {});
          work.output.raw_bytes = programs::first_pass_bytes(config.core, mode, call, work.inputs);
          const VectorJob job = addressed(operations::row(call.layer).vector(call), work).front();
          EXPECT_EQ(job.record.raw_bytes, expected);
          EXPECT_EQ(job.out_bytes, expected);
        }
      }
}

}  // namespace
}  // namespace binade::sim
