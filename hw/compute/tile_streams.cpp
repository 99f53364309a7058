// SPDX-License-Identifier: Apache-2.0
#include "hw/compute/tile_streams.h"

#include <algorithm>
#include <cstring>

#include "hw/compute/core_command.h"

namespace binade::hw {

using datapath::Stream;

namespace {

template <class Element>
void widen(std::span<const std::byte> bytes, std::span<numerics::Code> lanes) {
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    Element element;
    std::memcpy(&element, bytes.data() + i * sizeof(Element), sizeof(Element));
    lanes[i] = element;
  }
}

template <class Element>
void narrow(std::span<const std::uint64_t> lanes, std::span<std::byte> bytes) {
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    const auto element = static_cast<Element>(lanes[i]);
    std::memcpy(bytes.data() + i * sizeof(Element), &element, sizeof(Element));
  }
}

}  // namespace

ScratchpadStreams::Mode::Mode(const datapath::CoreConfig& in_mode)
    : config(in_mode),
      a_bytes(static_cast<std::uint64_t>(config.format.a.storage_bytes())),
      b_bytes(static_cast<std::uint64_t>(config.format.b.storage_bytes())),
      bias_bytes(static_cast<std::uint64_t>(config.format.out.storage_bytes())),
      output_bytes(static_cast<std::uint64_t>(datapath::output_bytes(config))) {}

ScratchpadStreams::ScratchpadStreams(const datapath::CoreConfig& config, Scratchpad& a, Scratchpad& b, Scratchpad& o)
    : modes_([&] {
        std::vector<Mode> modes;
        modes.reserve(static_cast<std::size_t>(datapath::mode_count(config)));
        for (int index = 0; index < datapath::mode_count(config); ++index) modes.emplace_back(datapath::in_mode(config, index));
        return modes;
      }()),
      mode_(&modes_.front()),
      a_(a),
      b_(b),
      o_(o) {}

int ScratchpadStreams::interval(datapath::Stream stream, int lanes) const {
  const Scratchpad& scratchpad = stream == datapath::Stream::A ? a_ : stream == datapath::Stream::B ? b_ : o_;
  return static_cast<int>(scratchpad.port_clocks(static_cast<std::uint64_t>(lanes) * element_bytes(stream)));
}

void ScratchpadStreams::set_tile(const spec::Gemm& gemm) {
  gemm_ = gemm;
  command_ = core_command(gemm);
  mode_ = &modes_[static_cast<std::size_t>(gemm.mode)];
  cursors_ = {};
  // B: per block of columns K rows, as close as the widest one is; Out: row by row.
  const std::int64_t cols = std::min<std::int64_t>(config().cols, gemm.n);
  layouts_ = {datapath::rules_of(config()).a_layout(config(), gemm.m, gemm.k),
              datapath::MatrixLayout{{gemm.k, 0, cols}, {cols, gemm.k * cols, 1}},
              datapath::MatrixLayout{{gemm.m, 0, gemm.n}, {gemm.n, 0, 1}}};
}

void ScratchpadStreams::open(Stream stream, std::uint64_t vector, Cursor& cursor) const {
  cursor.run = run_of(config(), command_, stream, vector);
  const datapath::Run& run = cursor.run;
  const auto bytes = static_cast<std::int64_t>(element_bytes(stream));
  if (run.bias) {
    cursor.first = gemm_.bias_base + run.origin.col * static_cast<std::int64_t>(mode_->bias_bytes);
    cursor.step = 0;
    return;
  }
  const datapath::MatrixLayout& layout = layouts_[static_cast<std::size_t>(stream)];
  const std::int64_t base = stream == Stream::A ? gemm_.a_base : stream == Stream::B ? gemm_.b_base : gemm_.o_base;
  cursor.first = base + layout.offset(run.origin) * bytes;
  cursor.step = (run.per_vector.row * layout.rows.inner + run.per_vector.col * layout.cols.inner) * bytes;
}

void ScratchpadStreams::read_elements(Scratchpad& scratchpad, std::int64_t byte, std::uint64_t element_bytes,
                                      std::span<numerics::Code> lanes) {
  const auto bytes = scratchpad.bytes(byte, static_cast<std::int64_t>(lanes.size() * element_bytes));
  switch (element_bytes) {
    case 1:
      return widen<std::uint8_t>(bytes, lanes);
    case 2:
      return widen<std::uint16_t>(bytes, lanes);
    default:
      return widen<std::uint32_t>(bytes, lanes);
  }
}

void ScratchpadStreams::read_a(std::uint64_t vector, std::span<numerics::Code> lanes) {
  const Cursor& at = cursor(Stream::A, vector);
  read_elements(a_, at.at(vector), mode_->a_bytes, lanes.first(static_cast<std::size_t>(at.run.lanes)));
}

void ScratchpadStreams::read_b(std::uint64_t vector, std::span<numerics::Code> lanes) {
  const Cursor& at = cursor(Stream::B, vector);
  read_elements(b_, at.at(vector), at.run.bias ? mode_->bias_bytes : mode_->b_bytes,
                lanes.first(static_cast<std::size_t>(at.run.lanes)));
}

void ScratchpadStreams::write_out(std::uint64_t vector, std::span<const std::uint64_t> lanes) {
  const Cursor& at = cursor(Stream::Out, vector);
  const std::span<const std::uint64_t> used = lanes.first(static_cast<std::size_t>(at.run.lanes));
  const auto bytes = o_.bytes(at.at(vector), static_cast<std::int64_t>(used.size() * mode_->output_bytes));
  switch (mode_->output_bytes) {
    case 1:
      return narrow<std::uint8_t>(used, bytes);
    case 2:
      return narrow<std::uint16_t>(used, bytes);
    case 4:
      return narrow<std::uint32_t>(used, bytes);
    default:
      return narrow<std::uint64_t>(used, bytes);
  }
}

}  // namespace binade::hw
