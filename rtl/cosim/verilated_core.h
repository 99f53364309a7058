// SPDX-License-Identifier: Apache-2.0
// A Verilated core as a SteppedCore. Include only where the Verilated class is instantiated: everything else sees the seam.
#pragma once

#include <verilated.h>

#include <type_traits>
#include <vector>

#include "models/datapath/core.h"

namespace binade::rtl {

/// Bits [bit, bit + width) of a packed port, whatever type Verilator chose for it.
template <class Port>
void put_bits(Port& port, unsigned bit, unsigned width, std::uint64_t value) {
  if constexpr (std::is_integral_v<Port>) {
    const std::uint64_t mask = width == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1;
    port = static_cast<Port>((port & ~(mask << bit)) | (value & mask) << bit);
  } else {
    for (unsigned i = 0; i < width; ++i) {
      const std::uint32_t one = std::uint32_t{1} << ((bit + i) % 32);
      std::uint32_t& word = port[(bit + i) / 32];
      word = (value >> i & 1) != 0 ? word | one : word & ~one;
    }
  }
}
/// A 64-bit word of a packed port.
template <class Port>
std::uint64_t word_of(const Port& port, unsigned index) {
  if constexpr (std::is_integral_v<Port>) {
    return port;
  } else {
    return std::uint64_t{port[2 * index + 1]} << 32 | port[2 * index];
  }
}

template <class Module>
class VerilatedCore final : public datapath::SteppedCore {
 public:
  explicit VerilatedCore(const datapath::CoreConfig& config) : config_(config), out_(static_cast<std::size_t>(config.cols)) {
    reset();
  }
  ~VerilatedCore() override { module_.final(); }

  const datapath::CoreConfig& config() const override { return config_; }
  const datapath::CorePinsOut& pins() const override { return pins_; }
  const datapath::TileClocks& clocks() const override { return clocks_; }
  const datapath::TileStats& stats() const override { return stats_; }

  void reset() override {
    clocks_ = {};
    stats_ = {};
    module_.command_valid_i = module_.a_valid_i = module_.b_valid_i = module_.out_ready_i = 0;
    module_.rst_ni = 1;
    edge();
    module_.rst_ni = 0;
    edge();
    module_.rst_ni = 1;
    module_.eval();
    update_pins();
  }

  void clock(const datapath::CorePinsIn& in) override {
    const auto bits = static_cast<unsigned>(config_.format.bits);
    module_.command_valid_i = in.command != nullptr;
    if (in.command != nullptr) put_command(*in.command);
    module_.a_valid_i = in.a != nullptr;
    if (in.a != nullptr)
      for (unsigned i = 0; i < static_cast<unsigned>(config_.rows); ++i) put_bits(module_.a_i, i * bits, bits, in.a[i]);
    module_.b_valid_i = in.b != nullptr;
    if (in.b != nullptr)
      for (unsigned j = 0; j < static_cast<unsigned>(config_.cols); ++j) put_bits(module_.b_i, j * bits, bits, in.b[j]);
    module_.out_ready_i = in.out_ready;
    edge();
    update_pins();
    if (pins_.done) read_results();
  }

 private:
  void edge() {
    module_.clk_i = 0;
    module_.eval();
    module_.clk_i = 1;
    module_.eval();
  }

  void put_command(const datapath::CoreCommand& command) {
    module_.m_i = static_cast<std::uint32_t>(command.m);
    module_.n_i = static_cast<std::uint32_t>(command.n);
    module_.k_i = static_cast<std::uint32_t>(command.k);
    module_.first_k_i = command.first_k;
    module_.last_k_i = command.last_k;
    module_.k_base_i = static_cast<std::uint32_t>(command.k_base);
    module_.bias_i = command.bias;
    module_.relu_i = command.relu;
    module_.product_shift_i = static_cast<std::uint8_t>(command.product_shift);
    module_.bias_shift_i = static_cast<std::uint8_t>(command.bias_shift);
    module_.seed_i = command.seed;
    module_.tensor_i = command.tensor;
    module_.m_base_i = static_cast<std::uint32_t>(command.m_base);
    module_.n_base_i = static_cast<std::uint32_t>(command.n_base);
    module_.logical_cols_i = static_cast<std::uint32_t>(command.logical_cols);
    module_.overlap_i = static_cast<std::uint8_t>(config_.overlap);
    module_.full_edge_i = config_.edge == datapath::Edge::Full;
  }

  void update_pins() {
    pins_.command_ready = module_.command_ready_o != 0;
    pins_.a_ready = module_.a_ready_o != 0;
    pins_.b_ready = module_.b_ready_o != 0;
    pins_.done = module_.done_o != 0;
    pins_.out = nullptr;
    if (module_.out_valid_o == 0) return;
    for (unsigned j = 0; j < out_.size(); ++j) out_[j] = word_of(module_.out_o, j);
    pins_.out = out_.data();
  }

  void read_results() {
    clocks_ = {module_.beats_o,       module_.stall_a_o,    module_.stall_b_o,    module_.stall_out_o,
               module_.overhead_o,    module_.macs_o,       module_.a_vectors_o,  module_.b_vectors_o,
               module_.out_vectors_o, module_.psum_reads_o, module_.psum_writes_o};
    stats_.max_abs = module_.max_abs_o;
    stats_.mantissa_overflows = module_.overflows_o;
    stats_.events = {module_.saturations_o, module_.underflows_o, module_.event_overflows_o, module_.nars_o, module_.inexacts_o};
    for (std::size_t bin = 0; bin < stats_.leading_bit.size(); ++bin) {
      module_.bin_i = static_cast<std::uint8_t>(bin);
      module_.eval();
      stats_.leading_bit[bin] = module_.bin_count_o;
    }
  }

  const datapath::CoreConfig config_;
  VerilatedContext context_;
  Module module_{&context_};
  std::vector<std::uint64_t> out_;
  datapath::CorePinsOut pins_;
  datapath::TileClocks clocks_;
  datapath::TileStats stats_;
};

}  // namespace binade::rtl
