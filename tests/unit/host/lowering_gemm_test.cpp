// SPDX-License-Identifier: Apache-2.0
// Convolutions, linear layers and matrix products lowered to descriptors and executed literally, against the layer's definition
// spelt out: every output element is one accumulator over its own window. Random geometry x formats x dataflows x scratchpads
// so small that everything is split.
#include <gtest/gtest.h>

#include <random>

#include "models/networks/builder.h"
#include "models/operations/operation_table.h"
#include "models/programs/layer_execution.h"
#include "models/programs/storage.h"
#include "sim/host/addressed.h"
#include "sim/host/tiling.h"
#include "tests/support/instance_name.h"
#include "tests/support/literal_device.h"

namespace binade::sim {
namespace {

using networks::Op;
using networks::Shape;
using numerics::Code;

constexpr std::int64_t kInput = 0, kInput2 = 1 << 20, kWeight = 2 << 20, kBias = 3 << 20, kOutput = 4 << 20, kList = 8 << 20;

struct Case {
  std::string format;
  networks::Network network;
  std::int64_t samples = 1;
  bool relu = false;
  hw::PlatformConfig config;
};

std::mt19937& generator() {
  static std::mt19937 engine(20);
  return engine;
}
int pick(int low, int high) { return low + static_cast<int>(generator()() % static_cast<unsigned>(high - low + 1)); }

hw::PlatformConfig random_config(const std::string& word) {
  hw::PlatformConfig config;
  config.core.format = numerics::parse_format(word);
  config.core.accumulate.policy = default_accumulate(config.core.format);
  config.core.accumulate.rounding = config.core.format.default_rounding();
  if (config.core.accumulate.policy != numerics::Accumulate::Serial && pick(0, 3) == 0)
    config.core.accumulate.rounding = numerics::Rounding::Sr;
  config.core.rows = 1 << pick(0, 3);
  config.core.cols = pick(1, 5);
  config.core.dataflow = pick(0, 1) == 0 ? datapath::Dataflow::OutputStationary : datapath::Dataflow::WeightStationary;
  config.core.psum_bytes = 640;
  config.core.accumulate.block = 8;
  config.memory_ideal = pick(0, 7) == 0;
  config.core.capacity_limited = !config.memory_ideal;
  config.queue_depth = pick(1, 8);
  const auto bytes = [] { return std::int64_t{64} * pick(10, 40); };
  config.scratchpad.a_bytes = bytes();
  config.scratchpad.b_bytes = bytes();
  config.scratchpad.o_bytes = bytes();
  return config;
}

networks::Network random_network() {
  const int kind = pick(0, 3);
  if (kind == 0) {  // linear over elements
    networks::Builder b("n", "s", {pick(1, 4), pick(1, 4), pick(2, 4)});
    b.layer(b.linear("l", 0, pick(1, 9))).bias = pick(0, 1) == 1;
    return b.finish(0);
  }
  if (kind == 1) {  // attention, both directions
    const int tokens = pick(1, 5), heads = pick(1, 3), depth = pick(1, 5);
    const bool transpose = pick(0, 1) == 1;
    networks::Builder b("n", "s", Shape::tokens(tokens, heads * (transpose ? depth + 1 : tokens)));
    const int other = transpose ? 0 : b.linear("value", 0, heads * depth);
    const int m = b.append("l", Op::MatMul, {0, other});
    b.layer(m).heads = heads;
    b.layer(m).transpose_b = transpose;
    return b.finish(0);
  }
  const int groups = pick(1, 2);
  networks::Builder b("n", "s", {groups * pick(1, 3), pick(3, 6), pick(3, 6)});
  const int c = b.conv("l", 0, groups * pick(1, 5), 1, {.bias = pick(0, 1) == 1});
  networks::Window& w = b.layer(c).window;
  w.kernel_h = pick(1, 3);
  w.kernel_w = pick(1, 3);
  w.stride_h = pick(1, 2);
  w.stride_w = pick(1, 3);
  w.pad_h = pick(0, 2);
  w.pad_w = pick(0, 1);
  w.dilation_h = w.kernel_h > 1 ? 1 + pick(0, 1) * (w.pad_h > 0) : 1;
  b.layer(c).groups = groups;
  return b.finish(0);
}

struct Memory {
  const hw::PlatformConfig& config;
  tests::LiteralDevice& device;
  std::vector<Code> write(std::int64_t address, std::int64_t count) {
    const auto& format = config.core.format.out;
    std::vector<Code> codes(static_cast<std::size_t>(count));
    for (Code& code : codes) code = random_code(format);
    device.write_memory(static_cast<std::uint64_t>(address), programs::pack_codes(codes, format.storage_bytes()));
    return codes;
  }
  // Finite numbers of moderate size.
  static Code random_code(const numerics::FormatSpec& format) {
    numerics::Events ignored;
    const double value = (static_cast<double>(generator()() % 2001) - 1000) / 250;
    return encode(format, numerics::from_double(value), {.rounding = numerics::Rounding::Rne, .lsb_exponent = 4 - format.bits},
                  ignored);
  }
};

// One output element by definition: the accumulator over its operands in k order, then the bias.
struct Definition {
  const Case& c;
  const programs::Work& operands;
  const std::vector<Code>&a, &b, &bias;

  std::vector<std::uint64_t> all() const {
    const networks::Layer& layer = c.network.layers.back();
    const Shape& out = layer.out;
    std::vector<std::uint64_t> words;
    for (std::int64_t s = 0; s < c.samples; ++s)
      for (std::int64_t e = 0; e < out.elements(); ++e) words.push_back(element(layer, s, e));
    return words;
  }

  std::uint64_t element(const networks::Layer& layer, std::int64_t s, std::int64_t e) const {
    const Shape& in = c.network.layers[static_cast<std::size_t>(layer.inputs[0])].out;
    const Shape& out = layer.out;
    std::vector<std::pair<Code, Code>> pairs;
    std::int64_t row = 0, column = 0;
    if (layer.op == Op::Conv2d) {
      const std::int64_t oc = e / (out.height * out.width), oh = e / out.width % out.height, ow = e % out.width;
      const std::int64_t per_group = in.channels / layer.groups, first = oc / (out.channels / layer.groups) * per_group;
      const networks::Window& w = layer.window;
      for (std::int64_t ic = 0; ic < per_group; ++ic)
        for (int kh = 0; kh < w.kernel_h; ++kh)
          for (int kw = 0; kw < w.kernel_w; ++kw) {
            const std::int64_t h = oh * w.stride_h + kh * w.dilation_h - w.pad_h, x = ow * w.stride_w + kw * w.dilation_w - w.pad_w;
            const bool inside = h >= 0 && h < in.height && x >= 0 && x < in.width;
            pairs.emplace_back(inside ? at(a, ((s * in.channels + first + ic) * in.height + h) * in.width + x) : 0,
                               at(b, ((oc * per_group + ic) * w.kernel_h + kh) * w.kernel_w + kw));
          }
      row = (s * out.height + oh) * out.width + ow;
      column = oc;
    } else if (layer.op == Op::Linear) {
      const std::int64_t k = in.sequence ? in.width : in.elements(), n = layer.out_features;
      column = e % n;
      row = s * (out.elements() / n) + e / n;
      for (std::int64_t i = 0; i < k; ++i) pairs.emplace_back(at(a, row * k + i), at(b, column * k + i));
    } else {
      const Shape& other = c.network.layers[static_cast<std::size_t>(layer.inputs[1])].out;
      const std::int64_t i = e / out.width, head = e % out.width / (out.width / layer.heads), j = e % (out.width / layer.heads);
      const std::int64_t k = in.width / layer.heads, n = out.width / layer.heads;
      for (std::int64_t t = 0; t < k; ++t)
        pairs.emplace_back(at(a, (s * in.channels + i) * in.width + head * k + t),
                           layer.transpose_b ? at(b, (s * other.channels + j) * other.width + head * k + t)
                                             : at(b, (s * other.channels + t) * other.width + head * n + j));
      row = s * out.channels + i;
      column = e % out.width;
    }
    return sum(pairs, row, column, layer);
  }

  std::uint64_t sum(const std::vector<std::pair<Code, Code>>& pairs, std::int64_t row, std::int64_t column,
                    const networks::Layer& layer) const {
    const auto& format = c.config.core.format.out;
    const std::int64_t columns = layer.op == Op::Conv2d   ? layer.out.channels
                                 : layer.op == Op::Linear ? layer.out_features
                                                          : layer.out.width;
    const int product = operands.inputs[0].magnitude.exponent +
                        (layer.op == Op::MatMul ? operands.inputs[1].magnitude.exponent : operands.weight.magnitude.exponent);
    if (format.exponent_after()) {
      std::int64_t raw = 0;
      for (const auto& [x, y] : pairs) raw += mantissa_of(format, x) * mantissa_of(format, y);
      if (!bias.empty()) raw += mantissa_of(format, at(bias, column)) << (operands.bias.magnitude.exponent - product);
      return static_cast<std::uint64_t>(c.relu && raw < 0 ? 0 : raw);
    }
    const int out = operands.output.magnitude.exponent;
    const auto accumulator =
        make_accumulator(format, c.config.core.accumulate, format.shared_exponent() ? out - product : 0,
                         format.shared_exponent() && !bias.empty() ? out - operands.bias.magnitude.exponent : 0);
    for (const auto& [x, y] : pairs) accumulator->mac(x, y);
    if (!bias.empty()) accumulator->add_bias(at(bias, column));
    return accumulator->result(c.relu, numerics::random_bits(11, 5, static_cast<std::uint64_t>(row * columns + column)));
  }

  static Code at(const std::vector<Code>& codes, std::int64_t i) { return codes.at(static_cast<std::size_t>(i)); }
};

void run_case(Case& c) {
  tests::LiteralDevice device(c.config, generator()());
  Memory memory{c.config, device};
  const int layer_index = static_cast<int>(c.network.layers.size()) - 1;
  const networks::Layer& layer = c.network.layers.back();
  const operations::Call call = networks::call_of(c.network, layer_index, c.samples, 0, c.relu);
  const operations::GemmForm form = operations::row(layer).gemm(call);
  const auto& format = c.config.core.format.out;
  const bool shared = format.shared_exponent();
  const int lsb = shared ? -format.fraction_bits - 1 : 0;
  const auto tensor = [&](std::int64_t address, int exponent) {
    return programs::StoredTensor{
        .address = address, .elements = 0, .format = format, .raw_bytes = 0, .magnitude = {.exponent = exponent, .max_abs = 0}};
  };
  programs::Work work;
  work.mode = mode_of(c.config.core, 0);
  work.relu = c.relu;
  work.seed = 11;
  work.tensor = 5;
  work.inputs = {tensor(kInput, lsb)};
  const auto a = memory.write(kInput, c.samples * call.in(0).elements());
  std::vector<Code> b = a, bias;
  if (layer.op == Op::MatMul) {
    work.inputs.push_back(layer.inputs[1] == 0 ? work.inputs[0] : tensor(kInput2, lsb));
    if (layer.inputs[1] != 0) b = memory.write(kInput2, c.samples * call.in(1).elements());
  } else {
    work.weight = tensor(kWeight, lsb);
    b = memory.write(kWeight, form.shape.count * form.shape.n * form.shape.k);
    if (layer.bias) {
      work.bias = tensor(kBias, shared ? 2 * lsb + 3 : 0);
      bias = memory.write(kBias, form.shape.count * form.shape.n);
    }
  }
  const bool raw = format.exponent_after();
  work.output = tensor(kOutput, raw ? product_exponent(form, work.magnitudes()) : shared ? lsb + 2 : 0);
  work.output.raw_bytes = programs::first_pass_bytes(c.config.core, work.mode, call, work.inputs);
  const GemmLayer lowered = addressed(form, work);
  // The chosen tile, or any of the best: some leave a scratchpad room for one tile alone.
  const Tile tile = choose_tile(c.config, form, "here", {.rank = pick(0, 40)});
  Schedule schedule(layer_index);
  lower_gemm(c.config, lowered, tile, schedule);
  const auto list = schedule.finish();
  device.write_memory(kList, std::as_bytes(std::span(list)));
  device.run(kList, list.size());

  const auto expected = Definition{c, work, a, b, bias}.all();
  const int bytes = output_bytes(c.config.core);
  std::vector<std::byte> stored(expected.size() * static_cast<std::size_t>(bytes));
  device.read_memory(kOutput, stored);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    std::uint64_t word = 0;
    std::memcpy(&word, stored.data() + i * static_cast<std::size_t>(bytes), static_cast<std::size_t>(bytes));
    const std::uint64_t mask = bytes == 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * bytes)) - 1;
    ASSERT_EQ(word, expected[i] & mask) << c.format << " op " << to_string(layer.op) << " element " << i << " tile "
                                        << to_string(tile);
  }
}

class LoweredGemm : public testing::TestWithParam<const char*> {};

TEST_P(LoweredGemm, EqualsTheDefinition) {
  for (int round = 0; round < 40; ++round) {
    Case c{GetParam(), random_network(), pick(1, 3), pick(0, 1) == 1, random_config(GetParam())};
    SCOPED_TRACE("round " + std::to_string(round));
    run_case(c);
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, LoweredGemm,
                         testing::Values("flex16+5", "flex8+5", "posit8", "posit16", "e4m3", "e6m7", "fp16", "fp8e5m2", "fp32",
                                         "dfp8", "dfp16", "sdfp8", "fixed12.6"),
                         [](const auto& instance) { return tests::instance_name(instance.param); });

}  // namespace
}  // namespace binade::sim
