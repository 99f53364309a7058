// SPDX-License-Identifier: Apache-2.0
// CSR access rules of csr.def, on the control unit alone.
#include <gtest/gtest.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <cstdlib>

#include "hw/control/control.h"

namespace binade::hw {
namespace {

enum class Access { RO, RW, WO, W1C };
struct Register {
  const char* name;
  std::uint64_t offset;
  Access access;
};
constexpr Register kRegisters[] = {
#define CSR(name, offset, access, meaning) {#name, offset, Access::access},
#include "models/spec/csr.def"
};

struct Host : sc_core::sc_module {
  explicit Host(sc_core::sc_module_name name) : sc_module(name) {}
  tlm_utils::simple_initiator_socket<Host> socket{"socket"};
};

class ControlUnit : public testing::Test {
 protected:
  ControlUnit() {
    control_.connect({.begin_run = [this](std::uint64_t base, std::uint64_t count) { base_ = base, count_ = count, ++runs_; },
                      .dry_from = [this] { return dry_from_; },
                      .end_run = [] {},
                      .flush = [this] { ++flushes_; }});
    host_.socket.bind(control_.csr_tsock);
    control_.irq_o(irq_);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }

  tlm::tlm_response_status access(tlm::tlm_command command, std::uint64_t offset, void* data, unsigned length,
                                  unsigned char* enables = nullptr) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(offset);
    payload.set_data_ptr(static_cast<unsigned char*>(data));
    payload.set_data_length(length);
    payload.set_streaming_width(length);
    payload.set_byte_enable_ptr(enables);
    payload.set_byte_enable_length(enables ? length : 0);
    payload.set_dmi_allowed(true);
    sc_core::sc_time delay;
    host_.socket->b_transport(payload, delay);
    EXPECT_FALSE(payload.is_dmi_allowed());
    return payload.get_response_status();
  }
  tlm::tlm_response_status write(std::uint64_t offset, std::uint64_t value) {
    return access(tlm::TLM_WRITE_COMMAND, offset, &value, 8);
  }
  std::uint64_t read(spec::Csr csr) {
    std::uint64_t value = ~std::uint64_t{0};
    EXPECT_EQ(access(tlm::TLM_READ_COMMAND, static_cast<std::uint64_t>(csr), &value, 8), tlm::TLM_OK_RESPONSE);
    return value;
  }
  void write(spec::Csr csr, std::uint64_t value) { EXPECT_EQ(write(static_cast<std::uint64_t>(csr), value), tlm::TLM_OK_RESPONSE); }

  Clock clock_{1.0};
  ExponentUnit exponent_unit_{"exponent_unit"};
  Control control_{"control", clock_, exponent_unit_};
  Host host_{"host"};
  sc_core::sc_signal<bool> irq_{"irq"};
  std::uint64_t base_ = 0, count_ = 0;
  int runs_ = 0, flushes_ = 0;
  Cycle dry_from_ = 0;
};

TEST_F(ControlUnit, EveryRegisterKeepsItsRights) {
  for (const Register& r : kRegisters) {
    std::uint64_t value = 0;
    const bool readable = r.access == Access::RO || r.access == Access::RW, writable = r.access != Access::RO;
    EXPECT_EQ(access(tlm::TLM_READ_COMMAND, r.offset, &value, 8), readable ? tlm::TLM_OK_RESPONSE : tlm::TLM_COMMAND_ERROR_RESPONSE)
        << r.name;
    EXPECT_EQ(write(r.offset, 0), writable ? tlm::TLM_OK_RESPONSE : tlm::TLM_COMMAND_ERROR_RESPONSE) << r.name;
  }
}

TEST_F(ControlUnit, RefusesWhatIsNoRegisterAccess) {
  std::uint64_t value = 0;
  unsigned char enables[8] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  EXPECT_EQ(access(tlm::TLM_READ_COMMAND, 0x004, &value, 8), tlm::TLM_ADDRESS_ERROR_RESPONSE) << "unaligned";
  EXPECT_EQ(access(tlm::TLM_READ_COMMAND, 0x060, &value, 8), tlm::TLM_ADDRESS_ERROR_RESPONSE) << "no register";
  EXPECT_EQ(access(tlm::TLM_READ_COMMAND, 0x400, &value, 8), tlm::TLM_ADDRESS_ERROR_RESPONSE) << "behind the histogram";
  EXPECT_EQ(access(tlm::TLM_READ_COMMAND, 0x3f8, &value, 8), tlm::TLM_OK_RESPONSE) << "its last bin";
  EXPECT_EQ(access(tlm::TLM_READ_COMMAND, 0x000, &value, 4), tlm::TLM_BURST_ERROR_RESPONSE);
  EXPECT_EQ(access(tlm::TLM_READ_COMMAND, 0x000, &value, 8, enables), tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
}

TEST_F(ControlUnit, ReadsBackWhatItHolds) {
  EXPECT_EQ(read(spec::Csr::Id), 0x42494e41444530u);
  write(spec::Csr::DescriptorBase, 0x1240);
  write(spec::Csr::DescriptorCount, 7);
  write(spec::Csr::InterruptEnable, 3);
  EXPECT_EQ(read(spec::Csr::DescriptorBase), 0x1240u);
  EXPECT_EQ(read(spec::Csr::DescriptorCount), 7u);
  EXPECT_EQ(read(spec::Csr::InterruptEnable), 1u);

  datapath::TileStats stats;
  stats.max_abs = 42;
  stats.mantissa_overflows = 3;
  stats.leading_bit[5] = 17;
  exponent_unit_.accumulate(stats);
  exponent_unit_.accumulate(stats);
  EXPECT_EQ(read(spec::Csr::StatMaxAbs), 42u);
  EXPECT_EQ(read(spec::Csr::StatOverflows), 6u);
  EXPECT_EQ(read(static_cast<spec::Csr>(static_cast<std::uint64_t>(spec::Csr::StatHistogram) + 5 * 8)), 34u);
  write(spec::Csr::StatReset, 1);
  EXPECT_EQ(read(spec::Csr::StatMaxAbs), 0u);
  EXPECT_EQ(read(spec::Csr::StatOverflows), 0u);
}

TEST_F(ControlUnit, DoorbellRunsOnceAndInterruptClears) {
  write(spec::Csr::DescriptorBase, 0x40);
  write(spec::Csr::DescriptorCount, 2);
  write(spec::Csr::Doorbell, 1);
  write(spec::Csr::Doorbell, 1);  // ignored while busy
  EXPECT_EQ(read(spec::Csr::Status), 1u);
  sc_core::sc_start(clock_.span(5));
  EXPECT_EQ(runs_, 1);
  EXPECT_EQ(base_, 0x40u);
  EXPECT_EQ(count_, 2u);
  EXPECT_EQ(read(spec::Csr::Status), 1u) << "busy until Finish";
  control_.finish_reached();
  sc_core::sc_start(clock_.span(5));
  EXPECT_EQ(read(spec::Csr::Status), 2u);
  EXPECT_FALSE(irq_.read()) << "not enabled";
  write(spec::Csr::InterruptEnable, 1);
  sc_core::sc_start(clock_.span(1));
  EXPECT_TRUE(irq_.read());
  write(spec::Csr::InterruptClear, 1);
  sc_core::sc_start(clock_.span(1));
  EXPECT_FALSE(irq_.read());
  EXPECT_EQ(read(spec::Csr::Status), 0u);
  // Doorbell at clock 0; Finish on clock 5 is seen on the next.
  EXPECT_EQ(control_.counters()[spec::Counter::TotalCycles], 6u);
}

TEST_F(ControlUnit, InterruptWaitsUntilEverythingHasRunDry) {
  write(spec::Csr::DescriptorBase, 0x40);
  write(spec::Csr::DescriptorCount, 1);
  write(spec::Csr::Doorbell, 1);
  dry_from_ = kNever;
  sc_core::sc_start(clock_.span(1));
  control_.finish_reached();
  sc_core::sc_start(clock_.span(10));
  EXPECT_EQ(read(spec::Csr::Status), 1u);
  dry_from_ = 20;  // as an engine says that it ran dry on clock 19
  control_.engine_idle();
  sc_core::sc_start(clock_.span(15));
  EXPECT_EQ(read(spec::Csr::Status), 2u);
  EXPECT_EQ(control_.counters()[spec::Counter::TotalCycles], 20u);
}

TEST_F(ControlUnit, FaultsAreReportedOnceWithTheirAddress) {
  write(spec::Csr::DescriptorBase, 0x40);
  write(spec::Csr::DescriptorCount, 2);
  write(spec::Csr::Doorbell, 1);
  sc_core::sc_start(clock_.span(1));
  control_.fault({0x140, "first"});
  control_.fault({0x240, "second"});
  sc_core::sc_start(clock_.span(2));
  EXPECT_EQ(read(spec::Csr::Status), 6u);
  EXPECT_EQ(read(spec::Csr::FaultAddress), 0x140u);
  EXPECT_EQ(flushes_, 1);
  write(spec::Csr::InterruptClear, 1);
  write(spec::Csr::Doorbell, 1);
  sc_core::sc_start(clock_.span(1));
  EXPECT_EQ(read(spec::Csr::Status), 1u) << "a new run starts clean";
}

TEST_F(ControlUnit, RefusesAnEmptyOrUnalignedList) {
  for (const auto& [base, count] : {std::pair{0x20u, 1u}, std::pair{0x40u, 0u}}) {
    write(spec::Csr::DescriptorBase, base);
    write(spec::Csr::DescriptorCount, count);
    write(spec::Csr::Doorbell, 1);
    sc_core::sc_start(clock_.span(3));
    EXPECT_EQ(read(spec::Csr::Status), 6u);
    EXPECT_EQ(read(spec::Csr::FaultAddress), base);
    write(spec::Csr::InterruptClear, 1);
  }
}

}  // namespace
}  // namespace binade::hw
