// SPDX-License-Identifier: Apache-2.0
// Any base-protocol memory may take the place of ours: each legal way to answer is played, and the accelerator computes the
// same through all of them.
#include <gtest/gtest.h>
#include <tlm_utils/peq_with_get.h>
#include <tlm_utils/simple_target_socket.h>

#include <deque>

#include "hw/accelerator.h"
#include "hw/bus/bus.h"
#include "hw/memory/sparse_memory.h"
#include "models/kernels/fast_core.h"
#include "sim/platform/host_driver.h"
#include "tests/system/hw/programs.h"

namespace binade::test {
namespace {

enum class Style {
  FourPhase,      ///< TLM_ACCEPTED, then END_REQ, later BEGIN_RESP
  TwoPhase,       ///< TLM_ACCEPTED, then BEGIN_RESP at once (END_REQ implied)
  EndAtOnce,      ///< TLM_UPDATED with END_REQ, later BEGIN_RESP
  RespondAtOnce,  ///< TLM_UPDATED with BEGIN_RESP, expects END_RESP
  Blocking,       ///< only b_transport; the socket converts
};

/// A memory of another house: untidy delays, one response at a time.
class ForeignMemory : public sc_core::sc_module {
 public:
  ForeignMemory(sc_core::sc_module_name name, Style style) : sc_module(name), requests_("requests"), style_(style) {
    socket.register_b_transport(this, &ForeignMemory::b_transport);
    socket.register_transport_dbg(this, &ForeignMemory::transport_dbg);
    if (style != Style::Blocking) socket.register_nb_transport_fw(this, &ForeignMemory::nb_transport_fw);
    SC_HAS_PROCESS(ForeignMemory);
    SC_METHOD(respond);
    sensitive << requests_.get_event() << response_free_;
    dont_initialize();
  }
  tlm_utils::simple_target_socket<ForeignMemory> socket{"socket"};
  int violations = 0;

 private:
  static sc_core::sc_time time(double ns) { return {ns, sc_core::SC_NS}; }

  void transfer(tlm::tlm_generic_payload& payload) {
    const std::span bytes(reinterpret_cast<std::byte*>(payload.get_data_ptr()), payload.get_data_length());
    if (payload.is_write()) {
      memory_.write(payload.get_address(), bytes);
    } else {
      memory_.read(payload.get_address(), bytes);
    }
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }
  unsigned transport_dbg(tlm::tlm_generic_payload& payload) {
    transfer(payload);
    return payload.get_data_length();
  }
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    transfer(payload);
    delay += time(12.3);
  }
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay) {
    if (phase == tlm::END_RESP) {
      if (!response_open_ && style_ != Style::RespondAtOnce) ++violations;
      response_open_ = false;
      response_free_.notify(sc_core::SC_ZERO_TIME);
      return tlm::TLM_COMPLETED;
    }
    if (request_open_) ++violations;
    payload.acquire();
    if (style_ == Style::RespondAtOnce) {
      transfer(payload);
      payload.release();
      phase = tlm::BEGIN_RESP;
      delay += time(7.7);
      return tlm::TLM_UPDATED;
    }
    requests_.notify(payload, delay + time(10.1 + static_cast<double>(payload.get_address() / 64 % 3)));
    if (style_ == Style::EndAtOnce) {
      phase = tlm::END_REQ;
      return tlm::TLM_UPDATED;
    }
    request_open_ = true;
    open_ = &payload;
    return tlm::TLM_ACCEPTED;
  }
  void respond() {
    while (tlm::tlm_generic_payload* next = requests_.get_next_transaction()) ready_.push_back(next);
    while (!ready_.empty() && !response_open_) {
      tlm::tlm_generic_payload& payload = *ready_.front();
      ready_.pop_front();
      if (request_open_ && style_ == Style::FourPhase) send(*open_, tlm::END_REQ);
      if (open_ == &payload || style_ == Style::FourPhase) request_open_ = false;
      transfer(payload);
      response_open_ = send(payload, tlm::BEGIN_RESP) == tlm::TLM_ACCEPTED;
      payload.release();
    }
  }
  tlm::tlm_sync_enum send(tlm::tlm_generic_payload& payload, tlm::tlm_phase phase) {
    sc_core::sc_time delay = time(0.4);
    return socket->nb_transport_bw(payload, phase, delay);
  }

  tlm_utils::peq_with_get<tlm::tlm_generic_payload> requests_;
  sc_core::sc_event response_free_;
  std::deque<tlm::tlm_generic_payload*> ready_;
  hw::SparseMemory memory_;
  const Style style_;
  tlm::tlm_generic_payload* open_ = nullptr;
  bool request_open_ = false, response_open_ = false;
};

/// The accelerator on somebody else's memory.
class Board : public sim::Device {
 public:
  Board(const hw::PlatformConfig& config, Style style)
      : clock_(config.clock_ghz),
        bus_("bus", clock_, config.bus, config.memory_ideal, hw::Accelerator::kMasters),
        memory_("memory", style),
        accelerator_("accelerator", clock_, config, kernels::make_fast_core(config.core), {}, {}) {
    host_.bus_isock.bind(bus_.host_tsock);
    host_.irq_i(irq_);
    bus_.csr_isock.bind(accelerator_.csr_tsock());
    bus_.memory_socket().bind(memory_.socket);
    accelerator_.fetch_isock().bind(bus_.master_socket(hw::Accelerator::kFetchMaster));
    accelerator_.load_isock().bind(bus_.master_socket(hw::Accelerator::kLoadMaster));
    accelerator_.store_isock().bind(bus_.master_socket(hw::Accelerator::kStoreMaster));
    accelerator_.irq_o()(irq_);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
  void write_memory(std::uint64_t address, std::span<const std::byte> bytes) override { host_.write_memory(address, bytes); }
  void read_memory(std::uint64_t address, std::span<std::byte> bytes) override { host_.read_memory(address, bytes); }
  void run(std::uint64_t address, std::uint64_t count) override {
    ended_ = host_.execute([&] {
      host_.write_csr(spec::Csr::InterruptEnable, 1);
      host_.write_csr(spec::Csr::DescriptorBase, address);
      host_.write_csr(spec::Csr::DescriptorCount, count);
      host_.write_csr(spec::Csr::Doorbell, 1);
      host_.wait_for_interrupt();
    });
  }
  void reset_stats() override {}
  sim::TensorStats stats(std::size_t) override { return {}; }
  spec::Counters counters() const override { return accelerator_.counters(); }

  bool ended_ = false;
  int violations() const { return memory_.violations; }

 private:
  hw::Clock clock_;
  sim::HostDriver host_{"host"};
  hw::Bus bus_;
  ForeignMemory memory_;
  hw::Accelerator accelerator_;
  sc_core::sc_signal<bool> irq_{"irq"};
};

class ForeignMemoryOf : public testing::TestWithParam<std::tuple<Style, bool>> {};

TEST_P(ForeignMemoryOf, ServesTheAccelerator) {
  hw::PlatformConfig config = small_platform("flex16+5");
  config.memory_ideal = std::get<1>(GetParam());
  config.core.capacity_limited = !config.memory_ideal;
  GemmCase gemm;
  gemm.product_shift = 14;
  gemm.bias = true;
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  Board board(config, std::get<0>(GetParam()));
  datapath::TileStats stats;
  EXPECT_EQ(run_gemm(config, gemm, board), expected_gemm(config, gemm, stats));
  EXPECT_TRUE(board.ended_);
  EXPECT_EQ(board.violations(), 0);
  const spec::Counters c = board.counters();
  using enum spec::Counter;
  EXPECT_EQ(c[LoadBusy] + c[LoadStallToken] + c[LoadStallMemory] + c[LoadIdle], c[TotalCycles]);
  EXPECT_EQ(c[StoreBusy] + c[StoreStallToken] + c[StoreStallMemory] + c[StoreIdle], c[TotalCycles]);
}

INSTANTIATE_TEST_SUITE_P(Styles, ForeignMemoryOf,
                         testing::Combine(testing::Values(Style::FourPhase, Style::TwoPhase, Style::EndAtOnce, Style::RespondAtOnce,
                                                          Style::Blocking),
                                          testing::Bool()));

}  // namespace
}  // namespace binade::test
