// SPDX-License-Identifier: Apache-2.0
#include "sim/platform/platform.h"

#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include "hw/accelerator.h"
#include "hw/bus/bus.h"
#include "hw/conservation.h"
#include "hw/memory/dram.h"
#include "models/numerics/error.h"
#include "sim/platform/host_driver.h"
#include "sim/platform/trace_writer.h"
#include "sim/platform/watched_core.h"

namespace binade::sim {
namespace {

/// Everything there is, bound together.
class Platform : public Device {
 public:
  Platform(const hw::PlatformConfig& config, std::unique_ptr<WatchedCore> core, const CoreReach& reach,
           const hw::TraceCallback& trace, WallClock* wall_clock)
      : config_(config),
        reach_(reach),
        wall_clock_(wall_clock),
        core_error_(core->error()),
        clock_(config.clock_ghz),
        host_("host"),
        bus_("bus", clock_, config.bus, config.memory_ideal, hw::Accelerator::kMasters),
        dram_("dram", config.dram, config.memory_ideal),
        accelerator_("accelerator", clock_, config, std::move(core), trace, vector_work()),
        irq_("irq") {
    host_.bus_isock.bind(bus_.host_tsock);
    host_.irq_i(irq_);
    bus_.csr_isock.bind(accelerator_.csr_tsock());
    bus_.memory_socket().bind(dram_.mem_tsock);
    accelerator_.fetch_isock().bind(bus_.master_socket(hw::Accelerator::kFetchMaster));
    accelerator_.load_isock().bind(bus_.master_socket(hw::Accelerator::kLoadMaster));
    accelerator_.store_isock().bind(bus_.master_socket(hw::Accelerator::kStoreMaster));
    accelerator_.irq_o()(irq_);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);  // ends elaboration: the back door is open
    execute([this] { host_.write_csr(spec::Csr::InterruptEnable, 1); });
  }

  void write_memory(std::uint64_t address, std::span<const std::byte> bytes) override {
    const WallClock::Scope scope(wall_clock_, WallPart::Platform);
    host_.write_memory(address, bytes);
  }
  void read_memory(std::uint64_t address, std::span<std::byte> bytes) override {
    const WallClock::Scope scope(wall_clock_, WallPart::Platform);
    host_.read_memory(address, bytes);
  }

  void run(std::uint64_t address, std::uint64_t count) override {
    const WallClock::Scope scope(wall_clock_, WallPart::Platform);
    const spec::Counters before = counters(), dram_before = dram_.counters();
    std::uint64_t status = 0, fault_address = 0;
    execute([&] {
      host_.write_csr(spec::Csr::DescriptorBase, address);
      host_.write_csr(spec::Csr::DescriptorCount, count);
      host_.write_csr(spec::Csr::Doorbell, 1);
      host_.wait_for_interrupt();
      status = host_.read_csr(spec::Csr::Status);
      fault_address = host_.read_csr(spec::Csr::FaultAddress);
      host_.clear_interrupt();
    });
    if ((status & 4) != 0) {
      throw InvariantError("accelerator: fault in the descriptor at address " + std::to_string(fault_address) + ": " +
                           accelerator_.last_fault().reason);
    }
    dram_runs_ += dram_.counters() - dram_before;
    hw::check_conservation(config_, counters() - before, clock_.now());
  }

  void reset_stats() override {
    const WallClock::Scope scope(wall_clock_, WallPart::Platform);
    execute([this] { host_.write_csr(spec::Csr::StatReset, 1); });
  }

  TensorStats stats(std::size_t result) override {
    const WallClock::Scope scope(wall_clock_, WallPart::Platform);
    TensorStats stats;
    execute([&] {
      if (result != selected_) host_.write_csr(spec::Csr::StatResult, selected_ = result);
      stats.max_abs = host_.read_csr(spec::Csr::StatMaxAbs);
      stats.overflows = host_.read_csr(spec::Csr::StatOverflows);
      for (std::size_t b = 0; b < stats.leading_bit.size(); ++b) {
        stats.leading_bit[b] = host_.read_csr(spec::Csr::StatHistogram, b);
      }
    });
    return stats;
  }

  CoreReach reach() const override { return reach_; }

  spec::ArithmeticCounts arithmetic() const override { return accelerator_.arithmetic(); }

  spec::Counters counters() const override {
    spec::Counters counters = accelerator_.counters();
    counters += bus_.counters();
    counters += dram_runs_;
    return counters;
  }

 private:
  hw::WorkHook vector_work() const {
    if (wall_clock_ == nullptr) return {};
    return [this](bool begins) { wall_clock_->enter(begins ? WallPart::Vector : WallPart::Platform); };
  }

  void execute(std::function<void()> job) {
    bool ended = false;
    try {
      ended = host_.execute(std::move(job));
    } catch (const sc_core::sc_report& report) {
      // What a module's process threw, as the kernel wraps it: of the core's, the exception itself.
      if (*core_error_) std::rethrow_exception(*core_error_);
      throw InvariantError(std::string("platform: ") + report.what());
    }
    if (!ended) {
      throw InvariantError("platform: deadlock at clock " + std::to_string(clock_.now()) + ": " + accelerator_.activity());
    }
  }

  const hw::PlatformConfig config_;
  const CoreReach reach_;
  WallClock* const wall_clock_;
  const std::shared_ptr<const std::exception_ptr> core_error_;
  const hw::Clock clock_;
  HostDriver host_;
  hw::Bus bus_;
  hw::Dram dram_;
  spec::Counters dram_runs_;  // of the runs alone: a DRAM lives on while only the host reads registers
  hw::Accelerator accelerator_;
  std::size_t selected_ = 0;  ///< as CSR StatResult has it
  // Written by Control's method and, through CSR accesses, in the host's thread.
  sc_core::sc_signal<bool, sc_core::SC_MANY_WRITERS> irq_;
};

}  // namespace

void run_on_platform(const hw::PlatformConfig& config, CoreKind core, const PlatformOptions& options,
                     const std::function<void(Device&)>& program) {
  hw::PlatformConfig resolved = config;
  resolved.core.capacity_limited = !config.memory_ideal;
  if (const auto problems = resolved.validate(); !problems.empty()) throw InputError(problems.front());
  // SystemC prints a banner at its first use of the kernel unless told not to.
  setenv("SYSTEMC_COPYRIGHT_MESSAGE", "DISABLE", 1);
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);

  std::optional<TraceWriter> trace;
  hw::TraceCallback callback;
  if (!options.trace_path.empty()) {
    trace.emplace(options.trace_path, config.clock_ghz, options.layer_names);
    callback = [&trace](const hw::TraceEvent& event) { trace->write(event); };
  }
  CoreParts parts = options.cores;
  parts.values = resolved.values;
  auto watched = std::make_unique<WatchedCore>(make_core(resolved.core, core, parts), options.cores.position, options.wall_clock);
  const CoreReach reach = core_reach(resolved.core, core, parts.sampler != nullptr);
  Platform platform(resolved, std::move(watched), reach, callback, options.wall_clock);
  program(platform);
  if (trace) trace->finish();
}

}  // namespace binade::sim
