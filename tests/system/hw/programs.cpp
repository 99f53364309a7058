// SPDX-License-Identifier: Apache-2.0
#include "tests/system/hw/programs.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "models/kernels/gemm.h"
#include "models/numerics/codec.h"
#include "models/numerics/error.h"
#include "tests/support/literal_operand_sums.h"
#include "tests/support/operand_words.h"

namespace binade::test {
namespace {

constexpr std::int64_t kList = 0, kPlace = 1 << 20;
// From a GEMM's place on.
constexpr std::int64_t kOperandA = 0, kOperandB = 1 << 16, kBias = 2 << 16, kOutput = 3 << 16;

void put(std::FILE* file, const void* data, std::size_t bytes) {
  if (bytes > 0 && std::fwrite(data, 1, bytes, file) != bytes) _exit(3);
}

void get(std::FILE* file, void* data, std::size_t bytes) {
  if (bytes > 0 && std::fread(data, 1, bytes, file) != bytes) throw InvariantError("the child process died");
}

template <class Container>
void put_all(std::FILE* file, const Container& data) {
  const std::size_t size = data.size();
  put(file, &size, sizeof size);
  put(file, data.data(), size);
}

template <class Container>
void get_all(std::FILE* file, Container& data) {
  std::size_t size = 0;
  get(file, &size, sizeof size);
  data.resize(size);
  get(file, data.data(), size);
}

Bytes narrow(std::span<const numerics::Code> codes, std::size_t element_bytes) {
  Bytes bytes(codes.size() * element_bytes);
  for (std::size_t i = 0; i < codes.size(); ++i) std::memcpy(bytes.data() + i * element_bytes, &codes[i], element_bytes);
  return bytes;
}

datapath::CoreCommand command_of(const GemmCase& gemm) {
  datapath::CoreCommand command;
  command.m = gemm.m, command.n = gemm.n, command.k = gemm.k;
  command.bias = gemm.bias, command.relu = gemm.relu;
  command.product_shift = gemm.product_shift, command.bias_shift = gemm.bias_shift;
  command.logical_cols = gemm.n;
  return command;
}

}  // namespace

Outcome run_in_child(const hw::PlatformConfig& config, sim::CoreKind core, const std::function<Bytes(sim::Device&)>& program,
                     const sim::PlatformOptions& options) {
  int ends[2];
  if (pipe(ends) != 0) throw InvariantError("pipe");
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    std::FILE* file = fdopen(ends[1], "w");
    Outcome outcome;
    try {
      sim::run_on_platform(config, core, options, [&](sim::Device& device) {
        outcome.output = program(device);
        outcome.counters = device.counters();
        outcome.stats = device.stats();
      });
    } catch (const std::exception& error) {
      outcome.error = error.what();
      outcome.user_error = dynamic_cast<const InputError*>(&error) != nullptr;
    }
    put(file, &outcome.counters, sizeof outcome.counters);
    put(file, &outcome.stats, sizeof outcome.stats);
    put(file, &outcome.user_error, sizeof outcome.user_error);
    put_all(file, outcome.output);
    put_all(file, outcome.error);
    std::fclose(file);
    _exit(0);
  }
  close(ends[1]);
  std::FILE* file = fdopen(ends[0], "r");
  Outcome outcome;
  get(file, &outcome.counters, sizeof outcome.counters);
  get(file, &outcome.stats, sizeof outcome.stats);
  get(file, &outcome.user_error, sizeof outcome.user_error);
  get_all(file, outcome.output);
  get_all(file, outcome.error);
  std::fclose(file);
  int status = 0;
  waitpid(child, &status, 0);
  return outcome;
}

datapath::CoreMode default_mode(const std::string& formats) {
  datapath::CoreMode mode{operand_formats(formats), {}};
  mode.accumulate.policy = numerics::default_accumulate(mode.format);
  mode.accumulate.rounding = mode.format.default_rounding();
  mode.accumulate.block = 4;
  return mode;
}

hw::PlatformConfig small_platform(const std::string& formats) {
  hw::PlatformConfig config;
  const datapath::CoreMode mode = default_mode(formats);
  config.core.format = mode.format;
  config.core.accumulate = mode.accumulate;
  config.core.rows = 4;
  config.core.cols = 3;
  config.scratchpad = {.a_bytes = 8192, .b_bytes = 8192, .o_bytes = 8192, .banks = 2, .bank_bytes = 4};
  config.bus = {.bytes_per_cycle = 8, .latency_cycles = 3, .burst_bytes = 64, .outstanding = 4};
  config.dram.capacity_bytes = std::int64_t{1} << 24;
  config.vector.lanes = 4;
  config.queue_depth = 2;
  return config;
}

spec::Load matrix_load(std::int64_t scratchpad, std::int64_t dram_base, std::int64_t x_count, std::int64_t k_count,
                       std::int64_t pitch, std::int64_t element_bytes) {
  spec::Load d;
  d.scratchpad = scratchpad;
  d.dram_base = dram_base;
  d.element_bytes = element_bytes;
  d.x_count = x_count;
  d.k_count = k_count;
  d.x1_size = d.x2_size = d.k1_size = d.k2_size = d.height = d.width = 1;
  d.h_geometry = d.w_geometry = spec::pack_geometry(1, 1, 0);
  d.x0_step = pitch;
  d.k0_step = 1;
  d.x_block = x_count;
  d.x_inner = k_count;
  d.k_block = k_count;
  d.k_inner = 1;
  return d;
}

spec::Store matrix_store(std::int64_t dram_base, std::int64_t rows, std::int64_t cols, std::int64_t pitch,
                         std::int64_t element_bytes) {
  spec::Store d;
  d.dram_base = dram_base;
  d.element_bytes = element_bytes;
  d.rows = rows;
  d.cols = cols;
  d.plane = std::int64_t{1} << 40;
  d.inner_step = pitch;
  d.col_step = 1;
  return d;
}

GemmData gemm_data(const hw::PlatformConfig& config, const GemmCase& gemm) {
  std::mt19937_64 random(gemm.seed);
  const numerics::OperandFormats formats = mode_of(config.core, gemm.mode).format;
  const auto draw = [&](const numerics::FormatSpec& format, std::int64_t count) {
    std::vector<numerics::Code> codes(static_cast<std::size_t>(count));
    numerics::Events events;
    for (auto& code : codes) {
      const double value = static_cast<double>(static_cast<std::int64_t>(random() % 4001) - 2000) / 1000.0;
      numerics::Quantisation how;
      how.lsb_exponent = -(format.bits - 2);
      code = numerics::encode(format, numerics::from_double(value), how, events);
    }
    return codes;
  };
  GemmData data;
  data.a = draw(formats.a, gemm.m * gemm.k);
  data.b_t = draw(formats.b, gemm.n * gemm.k);
  if (gemm.bias) data.bias = draw(formats.out, gemm.n);
  return data;
}

int ordinary_shift(const numerics::OperandFormats& formats) {
  if (!formats.out.shared_exponent() || formats.out.exponent_after()) return 0;
  if (formats.out.family == numerics::Family::Flex) return formats.a.bits + formats.b.bits - formats.out.bits - 2;
  return formats.a.fraction_bits + formats.b.fraction_bits - formats.out.fraction_bits;
}

void write_gemm(const hw::PlatformConfig& config, const GemmCase& gemm, std::int64_t place, sim::Device& device) {
  const numerics::OperandFormats formats = mode_of(config.core, gemm.mode).format;
  const GemmData data = gemm_data(config, gemm);
  const auto write = [&](std::int64_t at, const std::vector<numerics::Code>& codes, const numerics::FormatSpec& format) {
    device.write_memory(static_cast<std::uint64_t>(place + at), narrow(codes, static_cast<std::size_t>(format.storage_bytes())));
  };
  write(kOperandA, data.a, formats.a);
  write(kOperandB, data.b_t, formats.b);
  write(kBias, data.bias, formats.out);
}

Bytes read_gemm(const hw::PlatformConfig& config, const GemmCase& gemm, std::int64_t place, sim::Device& device) {
  Bytes result(static_cast<std::size_t>(gemm.m * gemm.n * datapath::output_bytes(in_mode(config.core, gemm.mode))));
  device.read_memory(static_cast<std::uint64_t>(place + kOutput), result);
  return result;
}

void add_gemm(const hw::PlatformConfig& config, const GemmCase& gemm, std::int64_t place, DescriptorList& list, TileCount& tiles) {
  const datapath::CoreConfig core = in_mode(config.core, gemm.mode);
  const bool os = core.dataflow == datapath::Dataflow::OutputStationary;
  const std::int64_t output = datapath::output_bytes(core);
  std::int64_t &inputs = tiles.inputs, &outputs = tiles.outputs;
  const std::int64_t tile_k = gemm.tile_k == 0 ? gemm.k : gemm.tile_k;
  const std::int64_t half_a = config.scratchpad.a_bytes / 2, half_b = config.scratchpad.b_bytes / 2,
                     half_o = config.scratchpad.o_bytes / 2;
  for (std::int64_t m0 = 0; m0 < gemm.m; m0 += gemm.tile_m) {
    for (std::int64_t n0 = 0; n0 < gemm.n; n0 += gemm.tile_n) {
      const std::int64_t m = std::min(gemm.tile_m, gemm.m - m0), n = std::min(gemm.tile_n, gemm.n - n0);
      for (std::int64_t k0 = 0; k0 < gemm.k; k0 += tile_k, ++inputs) {
        const std::int64_t k = std::min(tile_k, gemm.k - k0);
        const std::int64_t a_base = inputs % 2 * half_a, b_base = inputs % 2 * half_b, o_base = outputs % 2 * half_o;
        const bool first = k0 == 0, last = k0 + k == gemm.k;

        spec::Load a = matrix_load(0, place + kOperandA, m, k, gemm.k, core.format.a.storage_bytes());
        a.scratchpad_base = a_base;
        a.x_first = m0;
        a.k_first = k0;
        const std::int64_t a_vector = std::min<std::int64_t>(core.rows, os ? m : k),
                           b_vector = std::min<std::int64_t>(core.cols, n);
        a.k_block = os ? k : a_vector;
        a.k_inner = os ? a_vector : 1;
        a.k_outer = m * a_vector;
        a.x_block = os ? a_vector : m;
        a.x_inner = os ? 1 : a_vector;
        a.x_outer = k * a_vector;
        spec::Header wait_for_buffer;
        wait_for_buffer.pop_next = inputs >= 2;
        list.add(spec::Opcode::Load, a, wait_for_buffer);

        spec::Load b = matrix_load(1, place + kOperandB, n, k, gemm.k, core.format.b.storage_bytes());
        b.scratchpad_base = b_base;
        b.x_first = n0;
        b.k_first = k0;
        b.x_block = b_vector;
        b.x_outer = k * b_vector;
        b.x_inner = 1;
        b.k_inner = b_vector;
        spec::Header give;
        give.push_next = !gemm.bias;
        list.add(spec::Opcode::Load, b, give);

        const std::int64_t bias_base = b_base + half_b - 256;
        if (gemm.bias) {
          spec::Load bias = matrix_load(1, place + kBias, n, 1, 1, core.format.out.storage_bytes());
          bias.scratchpad_base = bias_base;
          bias.x_first = n0;
          give.push_next = 1;
          list.add(spec::Opcode::Load, bias, give);
        }

        spec::Gemm tile;
        tile.a_base = a_base;
        tile.b_base = b_base;
        tile.bias_base = bias_base;
        tile.o_base = o_base;
        tile.m = m, tile.n = n, tile.k = k, tile.k_base = k0;
        tile.flags = (first ? 1 : 0) | (last ? 2 : 0) | (gemm.bias && last ? 4 : 0) | (gemm.relu ? 8 : 0);
        tile.product_shift = gemm.product_shift;
        tile.bias_shift = gemm.bias_shift;
        tile.m_base = m0, tile.n_base = n0, tile.logical_cols = gemm.n;
        tile.mode = gemm.mode;
        spec::Header compute;
        compute.layer = n0;
        compute.pop_prev = compute.push_prev = 1;
        compute.pop_next = last && outputs >= 2;
        compute.push_next = last;
        list.add(spec::Opcode::Gemm, tile, compute);
        if (!last) continue;

        spec::Store store = matrix_store(place + kOutput + (m0 * gemm.n + n0) * output, m, n, gemm.n, output);
        store.scratchpad_base = o_base;
        spec::Header drain;
        drain.pop_prev = drain.push_prev = 1;
        list.add(spec::Opcode::Store, store, drain);
        ++outputs;
      }
    }
  }
}

Bytes run_gemm(const hw::PlatformConfig& config, const GemmCase& gemm, sim::Device& device) {
  write_gemm(config, gemm, kPlace, device);
  DescriptorList list;
  TileCount tiles;
  add_gemm(config, gemm, kPlace, list, tiles);
  list.finish();
  list.run(device, kList);
  return read_gemm(config, gemm, kPlace, device);
}

Bytes expected_gemm(const hw::PlatformConfig& config, const GemmCase& gemm, datapath::TileStats& stats) {
  const GemmData data = gemm_data(config, gemm);
  std::vector<std::uint64_t> words(static_cast<std::size_t>(gemm.m * gemm.n));
  const datapath::CoreConfig core = in_mode(config.core, gemm.mode);
  kernels::gemm(core, command_of(gemm), kernels::GemmOperands::of(core.format, data.a, data.b_t, data.bias), words, stats);
  const auto output = static_cast<std::size_t>(datapath::output_bytes(core));
  Bytes bytes(words.size() * output);
  for (std::size_t i = 0; i < words.size(); ++i) std::memcpy(bytes.data() + i * output, &words[i], output);
  return bytes;
}

spec::OperandSums expected_operand_sums(const hw::PlatformConfig& config, const GemmCase& gemm) {
  const GemmData data = gemm_data(config, gemm);
  const std::int64_t tile_k = gemm.tile_k == 0 ? gemm.k : gemm.tile_k;
  spec::OperandSums sums;
  for (std::int64_t m0 = 0; m0 < gemm.m; m0 += gemm.tile_m)
    for (std::int64_t n0 = 0; n0 < gemm.n; n0 += gemm.tile_n)
      for (std::int64_t k0 = 0; k0 < gemm.k; k0 += tile_k)
        sums += literal_operand_sums(
            config.core.dataflow, std::min(gemm.tile_m, gemm.m - m0), std::min(gemm.tile_n, gemm.n - n0),
            std::min(tile_k, gemm.k - k0),
            [&](std::int64_t m, std::int64_t k) { return data.a[static_cast<std::size_t>((m0 + m) * gemm.k + k0 + k)]; },
            [&](std::int64_t k, std::int64_t n) { return data.b_t[static_cast<std::size_t>((n0 + n) * gemm.k + k0 + k)]; });
  return sums;
}

}  // namespace binade::test
