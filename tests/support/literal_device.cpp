// SPDX-License-Identifier: Apache-2.0
#include "tests/support/literal_device.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>

#include "models/datapath/timing.h"
#include "models/numerics/error.h"
#include "models/operations/chain/chain_arithmetic.h"
#include "models/operations/window_arithmetic.h"

namespace binade::tests {

using numerics::Code;
using spec::Counter;
using spec::Opcode;

namespace {

constexpr std::uint64_t kPageBytes = 4096;

void require(bool condition, const std::string& what) {
  if (!condition) throw InvariantError("literal device: " + what);
}

struct Axis {
  std::int64_t stride, dilation, pad;
  explicit Axis(std::int64_t word) : stride(word & 0xffff), dilation((word >> 16) & 0xffff), pad(word >> 32) {}
  std::int64_t at(std::int64_t x, std::int64_t k) const { return x * stride + k * dilation - pad; }
};

}  // namespace

LiteralDevice::LiteralDevice(const hw::PlatformConfig& config, std::uint64_t seed)
    : config_(config), core_(in_mode(config.core, 0)), formats_(config.formats()), order_(seed) {
  const std::array sizes{config.scratchpad.a_bytes, config.scratchpad.b_bytes, config.scratchpad.o_bytes};
  for (std::size_t i = 0; i < 3; ++i) {
    scratchpads_[i].resize(config.memory_ideal ? 0 : static_cast<std::size_t>(sizes[i]));
    for (std::byte& b : scratchpads_[i]) b = static_cast<std::byte>(order_());
  }
}

void LiteralDevice::write_memory(std::uint64_t address, std::span<const std::byte> bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::vector<std::byte>& page = pages_[(address + i) / kPageBytes];
    if (page.empty()) page.resize(kPageBytes);
    page[(address + i) % kPageBytes] = bytes[i];
  }
}

void LiteralDevice::read_memory(std::uint64_t address, std::span<std::byte> bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto page = pages_.find((address + i) / kPageBytes);
    require(page != pages_.end(), "read of memory never written at " + std::to_string(address + i));
    bytes[i] = page->second[(address + i) % kPageBytes];
  }
}

void LiteralDevice::run(std::uint64_t address, std::uint64_t count) {
  require(address % 64 == 0 && count > 0, "descriptor list is empty or not aligned");
  to_next_ = {};
  to_prev_ = {};
  finished_ = false;
  std::uint64_t fetched = 0;
  while (!finished_ || fetched < count) {
    // Fetch and the three queues, tried in random order; nothing possible is a deadlock.
    std::array<std::size_t, 4> actors{kLoad, kCompute, kStore, 3};
    std::shuffle(actors.begin(), actors.end(), order_);
    const bool progress = std::any_of(actors.begin(), actors.end(), [&](std::size_t actor) {
      if (actor < 3) return try_execute(static_cast<Queue>(actor));
      if (fetched == count) return false;
      spec::WideWords words{};
      const auto bytes = std::as_writable_bytes(std::span(words));
      read_memory(address + fetched * spec::kDescriptorBytes, bytes.first(spec::kDescriptorBytes));
      const auto opcode = static_cast<Opcode>(spec::unpack_header(words).opcode);
      const std::uint64_t blocks = opcode == Opcode::LoadWalk || opcode == Opcode::Chain || opcode == Opcode::Windows ? 2 : 1;
      require(fetched + blocks <= count, "the list ends within a descriptor");
      read_memory(address + fetched * spec::kDescriptorBytes, bytes.first(blocks * spec::kDescriptorBytes));
      const bool loads = opcode == Opcode::Load || opcode == Opcode::LoadWalk;
      const bool stores = opcode == Opcode::Store || opcode == Opcode::Finish;
      const Queue queue = loads ? kLoad : stores ? kStore : kCompute;
      if (queues_[queue].size() >= static_cast<std::size_t>(config_.queue_depth)) return false;
      queues_[queue].push_back(words);
      fetched += blocks;
      counters_[Counter::FetchDescriptors] += blocks;
      counters_[Counter::FetchBytes] += blocks * spec::kDescriptorBytes;
      return true;
    });
    require(progress, "deadlock after " + std::to_string(fetched) + " descriptors");
  }
  for (const auto& queue : queues_) require(queue.empty(), "work left after Finish");
  require(to_next_ == std::array<std::uint64_t, 3>{} && to_prev_ == std::array<std::uint64_t, 3>{}, "tokens left after Finish");
}

bool LiteralDevice::try_execute(Queue queue) {
  if (queues_[queue].empty()) return false;
  const spec::Header header = spec::unpack_header(queues_[queue].front());
  if (header.pop_prev != 0 && (queue == kLoad || to_next_[queue - 1] == 0)) return false;
  if (header.pop_next != 0 && (queue == kStore || to_prev_[queue + 1] == 0)) return false;
  if (header.pop_prev != 0) --to_next_[queue - 1];
  if (header.pop_next != 0) --to_prev_[queue + 1];
  execute(queues_[queue].front());
  queues_[queue].pop_front();
  if (header.push_prev != 0) ++to_prev_[queue];
  if (header.push_next != 0) ++to_next_[queue];
  return true;
}

void LiteralDevice::execute(const spec::WideWords& words) {
  counters_[Counter::TotalCycles] += 1;
  switch (static_cast<Opcode>(spec::unpack_header(words).opcode)) {
    case Opcode::Load:
      execute(spec::unpack<spec::Load>(words));
      break;
    case Opcode::LoadWalk:
      execute(spec::unpack<spec::LoadWalk>(words));
      break;
    case Opcode::Gemm:
      execute(spec::unpack<spec::Gemm>(words));
      break;
    case Opcode::Vector:
      execute(spec::unpack<spec::Vector>(words));
      break;
    case Opcode::Chain:
      execute(spec::unpack<spec::Chain>(words));
      break;
    case Opcode::Windows:
      execute(spec::unpack<spec::Windows>(words));
      break;
    case Opcode::Store:
      execute(spec::unpack<spec::Store>(words));
      break;
    case Opcode::Finish:
      finished_ = true;
      break;
  }
}

std::span<std::byte> LiteralDevice::scratchpad(std::size_t which, std::int64_t base, std::int64_t bytes) {
  std::vector<std::byte>& memory = scratchpads_[which];
  require(base >= 0 && bytes > 0, "bad scratchpad range");
  const auto end = static_cast<std::size_t>(base + bytes);
  if (config_.memory_ideal && memory.size() < end) memory.resize(end);
  require(end <= memory.size(), "scratchpad " + std::to_string(which) + " has no byte " + std::to_string(end - 1));
  return std::span(memory).subspan(static_cast<std::size_t>(base), static_cast<std::size_t>(bytes));
}

std::uint64_t LiteralDevice::word_at(std::size_t which, std::int64_t base, std::int64_t element, int element_bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, scratchpad(which, base + element * element_bytes, element_bytes).data(),
              static_cast<std::size_t>(element_bytes));
  return word;
}

Code LiteralDevice::code_at(std::size_t which, std::int64_t base, std::int64_t element, const numerics::FormatSpec& format) {
  return static_cast<Code>(word_at(which, base, element, format.storage_bytes()));
}

template <class Record>
void LiteralDevice::load_element(const Record& load, std::int64_t i, std::int64_t j, bool inside, std::int64_t element) {
  std::uint64_t word = static_cast<std::uint64_t>(load.fill);
  const auto bytes = static_cast<std::size_t>(load.element_bytes);
  if (inside) {
    read_memory(static_cast<std::uint64_t>(load.dram_base + element * load.element_bytes),
                std::as_writable_bytes(std::span(&word, 1)).first(bytes));
    counters_[Counter::LoadBytes] += bytes;
  }
  const std::int64_t offset = i / load.x_block * load.x_outer + i % load.x_block * load.x_inner + j / load.k_block * load.k_outer +
                              j % load.k_block * load.k_inner;
  std::memcpy(
      scratchpad(static_cast<std::size_t>(load.scratchpad), load.scratchpad_base + offset * load.element_bytes, load.element_bytes)
          .data(),
      &word, bytes);
}

void LiteralDevice::execute(const spec::Load& load) {
  const Axis vertical(load.h_geometry), horizontal(load.w_geometry);
  require(load.x_count > 0 && load.k_count > 0, "empty load");
  for (std::int64_t i = 0; i < load.x_count; ++i)
    for (std::int64_t j = 0; j < load.k_count; ++j) {
      const std::int64_t x = load.x_first + i, k = load.k_first + j;
      const std::int64_t x2 = x % load.x2_size, x1 = x / load.x2_size % load.x1_size, x0 = x / load.x2_size / load.x1_size;
      const std::int64_t k2 = k % load.k2_size, k1 = k / load.k2_size % load.k1_size, k0 = k / load.k2_size / load.k1_size;
      const std::int64_t h = vertical.at(x1, k1), w = horizontal.at(x2, k2);
      load_element(load, i, j, h >= 0 && h < load.height && w >= 0 && w < load.width,
                   x0 * load.x0_step + k0 * load.k0_step + h * load.width + w);
    }
}

void LiteralDevice::execute(const spec::LoadWalk& load) {
  require(load.x_count > 0 && load.k_count > 0, "empty load");
  for (std::int64_t i = 0; i < load.x_count; ++i)
    for (std::int64_t j = 0; j < load.k_count; ++j) {
      const std::int64_t x = load.x_first + i, k = load.k_first + j;
      const std::int64_t x2 = x % load.x2_size, x1 = x / load.x2_size % load.x1_size, x0 = x / load.x2_size / load.x1_size;
      const std::int64_t k2 = k % load.k2_size, k1 = k / load.k2_size % load.k1_size, k0 = k / load.k2_size / load.k1_size;
      const std::int64_t plane = x0 * load.x0_plane + x1 * load.x1_plane + x2 * load.x2_plane + k0 * load.k0_plane +
                                 k1 * load.k1_plane + k2 * load.k2_plane;
      const std::int64_t h =
          load.h_offset + x0 * load.x0_h + x1 * load.x1_h + x2 * load.x2_h + k0 * load.k0_h + k1 * load.k1_h + k2 * load.k2_h;
      const std::int64_t w =
          load.w_offset + x0 * load.x0_w + x1 * load.x1_w + x2 * load.x2_w + k0 * load.k0_w + k1 * load.k1_w + k2 * load.k2_w;
      const bool inside = h >= 0 && h % load.h_divisor == 0 && h / load.h_divisor < load.height && w >= 0 &&
                          w % load.w_divisor == 0 && w / load.w_divisor < load.width;
      load_element(load, i, j, inside, plane + h / load.h_divisor * load.width + w / load.w_divisor);
    }
}

void LiteralDevice::accumulate_raw(Partial& partial, numerics::Int128 term) {
  require(core_.accumulate.policy == numerics::Accumulate::Exact, "raw accumulators are summed exactly");
  const int bits = numerics::accumulator_bits(core_.format, core_.accumulate);
  const numerics::Int128 top = (numerics::Int128{1} << (bits - 1)) - 1, sum = partial.raw + term;
  const numerics::Int128 clamped = std::clamp(sum, -top - 1, top);
  if (clamped != sum) counters_[Counter::EventSaturation] += 1;
  partial.raw = static_cast<std::int64_t>(clamped);
}

std::uint64_t LiteralDevice::finish(const spec::Gemm& gemm, Partial& partial, std::int64_t i, std::int64_t j) {
  const bool relu = (gemm.flags & 8) != 0;
  const bool bias = (gemm.flags & 4) != 0;
  const numerics::FormatSpec& format = core_.format.out;
  const Code bias_code = bias ? code_at(1, gemm.bias_base, j, format) : 0;
  if (stores_raw(core_)) {
    if (bias) {  // of 128 bits at most 32 + 64: beyond that any bias but zero is out of range
      constexpr std::int64_t kFarthest = 64;
      accumulate_raw(partial, mantissa_of(format, bias_code) * (numerics::Int128{1} << std::min(-gemm.bias_shift, kFarthest)));
    }
    if (relu && partial.raw < 0) partial.raw = 0;
    const std::uint64_t magnitude =
        partial.raw < 0 ? -static_cast<std::uint64_t>(partial.raw) : static_cast<std::uint64_t>(partial.raw);
    stats_.max_abs = std::max(stats_.max_abs, magnitude);
    if (magnitude != 0) ++stats_.leading_bit[static_cast<std::size_t>(std::bit_width(magnitude) - 1)];
    return static_cast<std::uint64_t>(partial.raw);
  }
  if (bias) partial.accumulator->add_bias(bias_code);
  const std::int64_t index = (gemm.m_base + i) * gemm.logical_cols + gemm.n_base + j;
  const Code code = partial.accumulator->result(
      relu, numerics::random_bits(static_cast<std::uint32_t>(gemm.seed), static_cast<std::uint32_t>(gemm.tensor),
                                  static_cast<std::uint64_t>(index)));
  add_events(partial.accumulator->events());
  if (format.shared_exponent()) {
    const auto magnitude = static_cast<std::uint64_t>(std::abs(mantissa_of(format, code)));
    stats_.max_abs = std::max(stats_.max_abs, magnitude);
    if (magnitude >= static_cast<std::uint64_t>(format.max_mantissa())) ++stats_.overflows;
  }
  return code;
}

void LiteralDevice::execute(const spec::Gemm& gemm) {
  require(gemm.mode >= 0 && gemm.mode < mode_count(config_.core), "no such mode");
  core_ = in_mode(config_.core, static_cast<int>(gemm.mode));
  const datapath::CoreConfig& core = core_;
  const bool os = core.dataflow == datapath::Dataflow::OutputStationary;
  const bool first_k = (gemm.flags & 1) != 0, last_k = (gemm.flags & 2) != 0;
  if (!first_k || !last_k) require(gemm.n <= core.cols && (!os || gemm.m <= core.rows), "partial K of more than one output block");
  if (!os && (gemm.k > core.rows || !first_k || !last_k))
    require(gemm.m <= psum_rows(core), "more rows than the partial-sum bank holds");
  if (first_k) partials_.clear();
  const int out_bytes = output_bytes(core);
  const std::int64_t a_vector = std::min<std::int64_t>(core.rows, os ? gemm.m : gemm.k);
  const std::int64_t b_vector = std::min<std::int64_t>(core.cols, gemm.n);
  for (std::int64_t i = 0; i < gemm.m; ++i)
    for (std::int64_t j = 0; j < gemm.n; ++j) {
      Partial& partial = partials_[{i, j}];
      if (first_k && !stores_raw(core))
        partial.accumulator =
            make_accumulator(core.format, core.accumulate, static_cast<int>(gemm.product_shift), static_cast<int>(gemm.bias_shift));
      for (std::int64_t k = 0; k < gemm.k; ++k) {
        const std::int64_t a =
            os ? (i / core.rows * gemm.k + k) * a_vector + i % core.rows : (k / core.rows * gemm.m + i) * a_vector + k % core.rows;
        const std::int64_t b = (j / core.cols * gemm.k + k) * b_vector + j % core.cols;
        const Code x = code_at(0, gemm.a_base, a, core.format.a), y = code_at(1, gemm.b_base, b, core.format.b);
        if (stores_raw(core)) {
          accumulate_raw(partial, mantissa_of(core.format.a, x) * mantissa_of(core.format.b, y));
        } else {
          partial.accumulator->mac(x, y);
        }
      }
      if (!last_k) continue;
      const std::uint64_t word = finish(gemm, partial, i, j);
      std::memcpy(scratchpad(2, gemm.o_base + (i * gemm.n + j) * out_bytes, out_bytes).data(), &word,
                  static_cast<std::size_t>(out_bytes));
    }
  const datapath::CoreCommand command{.m = gemm.m,
                                      .n = gemm.n,
                                      .k = gemm.k,
                                      .first_k = first_k,
                                      .last_k = last_k,
                                      .k_base = gemm.k_base,
                                      .bias = (gemm.flags & 4) != 0};
  counters_[Counter::CoreBeats] += tile_beats(core, command);
  counters_[Counter::CoreMacs] += static_cast<std::uint64_t>(gemm.m * gemm.n * gemm.k);
}

void LiteralDevice::execute(const spec::Vector& vector) {
  const operations::VectorFormats formats = formats_.of(vector);
  const std::string problem = operations::vector_problem(formats, vector);
  require(problem.empty(), problem);
  const operations::VectorExtent extent = operations::vector_extent(formats, vector);
  const auto operand = [&](std::size_t which, std::int64_t base, std::int64_t bytes) {
    return bytes == 0 ? std::span<std::byte>{} : scratchpad(which, base, bytes);
  };
  datapath::TileStats tile;
  vector_unit_.run(formats, vector, operand(0, vector.x_base, extent.x_bytes), operand(1, vector.y_base, extent.y_bytes),
                   operand(2, vector.o_base, extent.o_bytes), tile);
  stats_.max_abs = std::max(stats_.max_abs, tile.max_abs);
  stats_.overflows += tile.mantissa_overflows;
  for (std::size_t b = 0; b < stats_.leading_bit.size(); ++b) stats_.leading_bit[b] += tile.leading_bit[b];
  add_events(tile.events);
  counters_[Counter::VectorOperations] += extent.operations;
}

void LiteralDevice::execute(const spec::Chain& record) {
  const std::string problem = operations::record_problem(record, formats_);
  require(problem.empty(), problem);
  const operations::PlacedChain chain = operations::placed_chain(record, formats_);
  std::vector<operations::ChainSource> sources;
  std::vector<operations::ChainTarget> targets;
  const auto operand = [&](std::size_t i) {
    const operations::ChainPlace& place = chain.operands[i];
    return scratchpad(static_cast<std::size_t>(place.scratchpad), place.base, operand_bytes(chain, i, formats_));
  };
  const auto result = [&](std::size_t i) { return scratchpad(2, chain.results[i].base, result_bytes(chain, i, formats_)); };
  // An ideal scratchpad grows where it is asked for bytes: all are there before one is looked at.
  for (std::size_t i = 0; i < chain.operands.size(); ++i) operand(i);
  for (std::size_t i = 0; i < chain.results.size(); ++i) result(i);
  for (std::size_t i = 0; i < chain.operands.size(); ++i) {
    const operations::ChainPlace& place = chain.operands[i];
    sources.push_back({formats_.at(place.format).format, static_cast<int>(place.exponent), operand(i)});
  }
  for (std::size_t i = 0; i < chain.results.size(); ++i) {
    const operations::ChainPlace& place = chain.results[i];
    targets.push_back({.format = formats_.at(place.format),
                       .exponent = static_cast<int>(place.exponent),
                       .bytes = result(i),
                       .seed = chain.seed,
                       .tensor = place.tensor});
  }
  operations::ChainArithmetic().run_literally(chain.form, sources, targets);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    sim::TensorStats& stats = i == 0 ? stats_ : further_stats_[i - 1];
    stats.max_abs = std::max(stats.max_abs, targets[i].stats.max_abs);
    stats.overflows += targets[i].stats.mantissa_overflows;
    add_events(targets[i].stats.events);
  }
  counters_[Counter::VectorOperations] += static_cast<std::uint64_t>(chain.form.outputs) * chain.form.operations();
}

void LiteralDevice::execute(const spec::Windows& record) {
  const auto known = [&](std::int64_t format) { return format >= 0 && format < formats_.size(); };
  require(known(record.x_format) && known(record.o_format), "windows of no format of the platform's");
  const operations::VectorFormats formats = window_formats(formats_, record);
  for (const std::string& problem : {operations::window_problem(formats, record), operations::window_content_problem(record)})
    require(problem.empty(), problem);
  const bool maximum = op_of(record) == spec::WindowOp::Maximum, chosen = op_of(record) == spec::WindowOp::ToChosen;
  const std::int64_t windows = record.planes * record.rows * record.columns;
  const std::int64_t pixels = record.planes * record.height * record.width;
  const std::int64_t out_bytes = record.raw_bytes != 0 ? record.raw_bytes : formats.out.storage_bytes();
  const auto x = [&] { return scratchpad(0, record.x_base, (maximum ? pixels : windows) * formats.x.storage_bytes()); };
  const auto out = [&] { return scratchpad(2, record.o_base, (maximum ? windows : pixels) * out_bytes); };
  const auto indices = [&] { return scratchpad(maximum ? 2 : 1, record.index_base, windows * record.index_bytes); };
  // An ideal scratchpad grows where it is asked for bytes: all are there before one is looked at.
  out();
  if (maximum || chosen) indices();
  datapath::TileStats tile;
  const std::int64_t strays = operations::WindowArithmetic::run_literally(formats, record,
                                                                          {.x = x(),
                                                                           .indices = chosen ? indices() : std::span<std::byte>(),
                                                                           .out = out(),
                                                                           .places = maximum ? indices() : std::span<std::byte>()},
                                                                          tile);
  require(strays == 0, "an index says no pixel of its window");
  stats_.max_abs = std::max(stats_.max_abs, tile.max_abs);
  stats_.overflows += tile.mantissa_overflows;
  for (std::size_t b = 0; b < stats_.leading_bit.size(); ++b) stats_.leading_bit[b] += tile.leading_bit[b];
  add_events(tile.events);
  // isa.def: what each window holds, counted window by window.
  std::uint64_t held = 0;
  const Axis vertical(record.h_geometry), horizontal(record.w_geometry);
  for (std::int64_t window = 0; window < record.rows * record.columns; ++window)
    for (std::int64_t position = 0; position < record.kernel_h * record.kernel_w; ++position) {
      const std::int64_t h = vertical.at(window / record.columns, position / record.kernel_w);
      const std::int64_t w = horizontal.at(window % record.columns, position % record.kernel_w);
      if (h >= 0 && h < record.height && w >= 0 && w < record.width) ++held;
    }
  const auto gradient = static_cast<std::uint64_t>(windows + pixels);
  counters_[Counter::VectorOperations] +=
      (chosen ? 0 : held * static_cast<std::uint64_t>(record.planes)) + (maximum ? 0 : gradient);
}

void LiteralDevice::execute(const spec::Store& store) {
  for (std::int64_t i = 0; i < store.rows; ++i)
    for (std::int64_t j = 0; j < store.cols; ++j) {
      const std::int64_t r = store.row_first + i;
      const std::int64_t element = r / store.plane * store.outer_step + r % store.plane * store.inner_step + j * store.col_step;
      write_memory(static_cast<std::uint64_t>(store.dram_base + element * store.element_bytes),
                   scratchpad(2, store.scratchpad_base + (i * store.cols + j) * store.element_bytes, store.element_bytes));
    }
  counters_[Counter::StoreBytes] += static_cast<std::uint64_t>(store.rows * store.cols * store.element_bytes);
}

void LiteralDevice::add_events(const numerics::Events& events) {
  counters_[Counter::EventSaturation] += events.saturation;
  counters_[Counter::EventUnderflow] += events.underflow;
  counters_[Counter::EventOverflow] += events.overflow;
  counters_[Counter::EventNar] += events.nar;
  counters_[Counter::EventInexact] += events.inexact;
}

}  // namespace binade::tests
