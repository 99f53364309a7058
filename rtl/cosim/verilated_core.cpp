// SPDX-License-Identifier: Apache-2.0
#include "rtl/cosim/verilated_core.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "models/datapath/check_command.h"
#include "models/datapath/timing.h"
#include "models/numerics/error.h"
#include "rtl/cosim/core_ports.h"
#include "rtl/cosim/parameters.h"

namespace binade::rtl {

using datapath::CoreCommand;
using datapath::CoreConfig;
using datapath::CorePinsIn;
using datapath::CorePinsOut;

namespace {

class VerilatedCore final : public datapath::SteppedCore {
 public:
  VerilatedCore(const CoreConfig& config, Module module)
      : config_(config), module_(std::move(module)), out_(static_cast<std::size_t>(config.cols)) {
    for (const CommandPort& each : command_ports(config_, {})) command_.push_back(port(each.name));
    reset();
  }

  const CoreConfig& config() const override { return config_; }
  const CorePinsOut& pins() const override { return pins_; }
  const datapath::TileClocks& clocks() const override { return clocks_; }
  const datapath::TileStats& stats() const override { return stats_; }

  void reset() override {
    clocks_ = {};
    stats_ = {};
    for (Port* valid : {&command_valid_, &a_valid_, &b_valid_, &out_ready_}) valid->set(0);
    module_.reset();
    update_pins();
  }

  void clock(const CorePinsIn& in) override {
    command_valid_.set(in.command != nullptr);
    if (in.command != nullptr) put_command(*in.command);
    put_vector(a_valid_, a_, in.a, config_.rows, config_.format.a.bits);
    put_vector(b_valid_, b_, in.b, config_.cols, b_lane_bits(config_.format));
    out_ready_.set(in.out_ready);
    module_.clock();
    update_pins();
    if (pins_.done) read_results();
    if (!module_.messages().empty()) throw InvariantError(fmt::format("rtl core: {}", module_.messages()));
  }

 private:
  Port port(const char* name) const { return module_.port(name); }

  void put_vector(Port& valid, Port& lanes, const numerics::Code* codes, int count, int bits) {
    valid.set(codes != nullptr);
    if (codes == nullptr) return;
    for (int lane = 0; lane < count; ++lane) lanes.set_field(lane * bits, bits, codes[lane]);
  }

  void check(const CoreCommand& command) const {
    check_command(config_, command);
    if (uses_partial_sums(config_, command) && command.m > bank_rows(config_))
      throw InputError(fmt::format("rtl core: a tile of {} rows with partial sums; allowed: {} (core.psum_bytes)", command.m,
                                   bank_rows(config_)));
    if (command.bias && command.n > std::int64_t{kBiasBlocks} * config_.cols)
      throw InputError(fmt::format("rtl core: a tile of {} columns with bias; allowed: {}", command.n,
                                   std::int64_t{kBiasBlocks} * config_.cols));
    if (command.bias && config_.accumulate.policy == numerics::Accumulate::Exact && config_.format.out.shared_exponent() &&
        command.bias_shift > command.product_shift)
      throw InputError("rtl core: a bias finer than a product; allowed: bias LSBs that are whole product LSBs");
  }

  void put_command(const CoreCommand& command) {
    check(command);
    std::size_t field = 0;
    for (const CommandPort& port : command_ports(config_, command)) command_[field++].set(port.value);
  }

  void update_pins() {
    pins_.command_ready = command_ready_.get() != 0;
    pins_.a_ready = a_ready_.get() != 0;
    pins_.b_ready = b_ready_.get() != 0;
    pins_.done = done_.get() != 0;
    pins_.out = nullptr;
    if (out_valid_.get() == 0) return;
    out_port_.read(out_.data());
    pins_.out = out_.data();
  }

  void read_results() {
    for (const ClocksPort& port : kClocksPorts) clocks_.*port.field = module_.port(port.name).get();
    for (const StatsPort& port : kStatsPorts) port.field(stats_) = module_.port(port.name).get();
    for (std::size_t bin = 0; bin < stats_.leading_bit.size(); ++bin) {
      bin_.set(bin);
      module_.eval();
      stats_.leading_bit[bin] = bin_count_.get();
    }
  }

  const CoreConfig config_;
  Module module_;
  Port command_valid_ = port("command_valid_i"), command_ready_ = port("command_ready_o"), a_valid_ = port("a_valid_i"),
       a_ready_ = port("a_ready_o"), a_ = port("a_i"), b_valid_ = port("b_valid_i"), b_ready_ = port("b_ready_o"), b_ = port("b_i"),
       out_valid_ = port("out_valid_o"), out_ready_ = port("out_ready_i"), out_port_ = port("out_o"), done_ = port("done_o"),
       bin_ = port("bin_i"), bin_count_ = port("bin_count_o");
  std::vector<Port> command_;  ///< in the order of command_ports()
  std::vector<std::uint64_t> out_;
  CorePinsOut pins_;
  datapath::TileClocks clocks_;
  datapath::TileStats stats_;
};

}  // namespace

ModuleSpec core_module(const ModuleCache& cache, const CoreConfig& config) {
  constexpr int kLaneLatency = 2;
  std::vector<std::string> problems = uncovered(config.format, config.accumulate);
  if (config.lane_latency != kLaneLatency)
    problems.push_back(
        fmt::format("core: the RTL has no lane latency of {}; allowed there: {}", config.lane_latency, kLaneLatency));
  if (!problems.empty()) throw InputError(fmt::format("{}", fmt::join(problems, "\n")));
  ModuleSpec spec{.top = "core", .sources = cache.own_sources(), .parameters = core_parameters(config, bank_rows(config))};
  spec.title = core_title(config);
  return spec;
}

std::unique_ptr<datapath::SteppedCore> make_verilated_core(const CoreConfig& config, Module module) {
  return std::make_unique<VerilatedCore>(config, std::move(module));
}

}  // namespace binade::rtl
