// SPDX-License-Identifier: Apache-2.0
#include "hw/compute/tile_streams.h"

#include <algorithm>
#include <cstring>

namespace binade::hw {
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

ScratchpadStreams::ScratchpadStreams(const datapath::CoreConfig& config, Scratchpad& a, Scratchpad& b, Scratchpad& o)
    : output_stationary_(config.dataflow == datapath::Dataflow::OutputStationary),
      rows_(static_cast<std::uint64_t>(config.rows)),
      cols_(static_cast<std::uint64_t>(config.cols)),
      element_bytes_(static_cast<std::uint64_t>(config.format.storage_bytes())),
      output_bytes_(static_cast<std::uint64_t>(datapath::output_bytes(config))),
      a_(a),
      b_(b),
      o_(o) {}

int ScratchpadStreams::interval(datapath::Stream stream, int lanes) const {
  const Scratchpad& scratchpad = stream == datapath::Stream::A ? a_ : stream == datapath::Stream::B ? b_ : o_;
  return static_cast<int>(scratchpad.port_clocks(static_cast<std::uint64_t>(lanes) * element_bytes(stream)));
}

void ScratchpadStreams::set_tile(const spec::Gemm& gemm) {
  gemm_ = gemm;
  m_ = static_cast<std::uint64_t>(gemm.m);
  n_ = static_cast<std::uint64_t>(gemm.n);
  k_ = static_cast<std::uint64_t>(gemm.k);
  column_blocks_ = (n_ + cols_ - 1) / cols_;
  a_vectors_ = output_stationary_ ? k_ : (k_ + rows_ - 1) / rows_ * m_;
  bias_vectors_ = (gemm.flags & 4) != 0 ? column_blocks_ : 0;
  a_stride_ = std::min(rows_, output_stationary_ ? m_ : k_);
  b_stride_ = std::min(cols_, n_);
}

void ScratchpadStreams::read_elements(Scratchpad& scratchpad, std::int64_t base, std::uint64_t first_element,
                                      std::span<numerics::Code> lanes) const {
  const auto bytes = scratchpad.bytes(base + static_cast<std::int64_t>(first_element * element_bytes_),
                                      static_cast<std::int64_t>(lanes.size() * element_bytes_));
  switch (element_bytes_) {
    case 1:
      return widen<std::uint8_t>(bytes, lanes);
    case 2:
      return widen<std::uint16_t>(bytes, lanes);
    default:
      return widen<std::uint32_t>(bytes, lanes);
  }
}

void ScratchpadStreams::read_a(std::uint64_t vector, std::span<numerics::Code> lanes) {
  // os: fold (mb, nb) streams the K vectors of block mb. ws: each n-block streams all vectors again.
  const std::uint64_t block = output_stationary_ ? vector / (column_blocks_ * k_) : vector % a_vectors_ / m_;
  const std::uint64_t stored = output_stationary_ ? block * k_ + vector % k_ : vector % a_vectors_;
  const std::uint64_t used = std::min(rows_, (output_stationary_ ? m_ : k_) - block * rows_);
  read_elements(a_, gemm_.a_base, stored * a_stride_, lanes.first(used));
}

void ScratchpadStreams::read_b(std::uint64_t vector, std::span<numerics::Code> lanes) {
  if (vector < bias_vectors_) return read_elements(b_, gemm_.bias_base, vector * cols_, lanes.first(used_columns(vector)));
  vector -= bias_vectors_;
  std::uint64_t stored = vector % (column_blocks_ * k_);  // os: each m-block streams all of B again
  if (!output_stationary_) {
    // Within a k-block the last row comes first.
    const std::uint64_t row = vector % k_, block = row / rows_ * rows_;
    const std::uint64_t used = std::min(rows_, k_ - block);
    stored = vector - row + block + (used - 1 - (row - block));
  }
  read_elements(b_, gemm_.b_base, stored * b_stride_, lanes.first(used_columns(stored / k_)));
}

void ScratchpadStreams::write_out(std::uint64_t vector, std::span<const std::uint64_t> lanes) {
  if (!output_stationary_) return write_elements(vector % m_, vector / m_ * cols_, lanes);
  // A fold of r rows gives its last row first; all blocks of rows but the last are full.
  const std::uint64_t first_row = vector / (column_blocks_ * rows_) * rows_;
  const std::uint64_t used = std::min(rows_, m_ - first_row);
  const std::uint64_t in_block = vector - first_row * column_blocks_;
  write_elements(first_row + used - 1 - in_block % used, in_block / used * cols_, lanes);
}

void ScratchpadStreams::write_elements(std::uint64_t row, std::uint64_t first_column, std::span<const std::uint64_t> lanes) {
  const std::span<const std::uint64_t> used = lanes.first(used_columns(first_column / cols_));
  const auto bytes = o_.bytes(gemm_.o_base + static_cast<std::int64_t>((row * n_ + first_column) * output_bytes_),
                              static_cast<std::int64_t>(used.size() * output_bytes_));
  switch (output_bytes_) {
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
