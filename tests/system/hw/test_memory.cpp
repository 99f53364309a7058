// SPDX-License-Identifier: Apache-2.0
// The memory path as a TLM-2.0 target: response status, byte enables, streaming, DMI, back door, and the bus's arithmetic.
#include <gtest/gtest.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <numeric>

#include "hw/bus/bus.h"
#include "hw/common/dma_port.h"
#include "hw/memory/dram.h"

namespace binade::hw {
namespace {

struct Masters : sc_core::sc_module {
  Masters(sc_core::sc_module_name name, const Clock& clock)
      : sc_module(name), waker(clock), first("first", clock, waker, 8), second("second", clock, waker, 8) {}
  Waker waker;
  DmaPort first, second;
  tlm_utils::simple_initiator_socket<Masters> host{"host"};
  tlm_utils::simple_target_socket<Masters> no_csrs{"no_csrs"};
};

class MemoryPath : public testing::Test {
 protected:
  static constexpr std::uint64_t kCapacity = 1 << 20;

  MemoryPath()
      : bus_("bus", clock_, {.bytes_per_cycle = 16, .latency_cycles = 3, .burst_bytes = 64, .outstanding = 8}, false, 2),
        dram_("dram", {.preset = "ddr4-2400", .channels = 1, .capacity_bytes = kCapacity}, false) {
    masters_.host.bind(bus_.host_tsock);
    bus_.csr_isock.bind(masters_.no_csrs);
    bus_.memory_socket().bind(dram_.mem_tsock);
    masters_.first.socket().bind(bus_.master_socket(0));
    masters_.second.socket().bind(bus_.master_socket(1));
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }

  struct Answer {
    tlm::tlm_response_status status;
    bool dmi;
    sc_core::sc_time delay;
  };
  Answer access(tlm::tlm_command command, std::uint64_t address, std::span<unsigned char> data,
                std::span<unsigned char> enables = {}, unsigned streaming = 0) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(data.data());
    payload.set_data_length(static_cast<unsigned>(data.size()));
    payload.set_streaming_width(streaming ? streaming : static_cast<unsigned>(data.size()));
    payload.set_byte_enable_ptr(enables.empty() ? nullptr : enables.data());
    payload.set_byte_enable_length(static_cast<unsigned>(enables.size()));
    payload.set_dmi_allowed(true);
    sc_core::sc_time delay;
    host_->b_transport(payload, delay);
    return {payload.get_response_status(), payload.is_dmi_allowed(), delay};
  }

  Clock clock_{1.0};
  Bus bus_;
  Dram dram_;
  Masters masters_{"masters", clock_};
  DmaPort& first_ = masters_.first;
  DmaPort& second_ = masters_.second;
  tlm_utils::simple_initiator_socket<Masters>& host_ = masters_.host;
};

TEST_F(MemoryPath, KeepsBytesAtAnyAlignmentAndHonoursByteEnables) {
  std::vector<unsigned char> data(77), back(77);
  std::iota(data.begin(), data.end(), static_cast<unsigned char>(1));
  EXPECT_EQ(access(tlm::TLM_WRITE_COMMAND, 65531, data).status, tlm::TLM_OK_RESPONSE);  // across a page of the storage
  EXPECT_EQ(access(tlm::TLM_READ_COMMAND, 65531, back).status, tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(back, data);

  std::vector<unsigned char> enables{TLM_BYTE_ENABLED, TLM_BYTE_DISABLED, TLM_BYTE_DISABLED}, other(77, 200);
  EXPECT_EQ(access(tlm::TLM_WRITE_COMMAND, 65531, other, enables).status, tlm::TLM_OK_RESPONSE);
  access(tlm::TLM_READ_COMMAND, 65531, back);
  for (std::size_t i = 0; i < back.size(); ++i) EXPECT_EQ(back[i], i % 3 == 0 ? 200 : data[i]) << i;
  std::vector<unsigned char> masked(77, 9);
  EXPECT_EQ(access(tlm::TLM_READ_COMMAND, 65531, masked, enables).status, tlm::TLM_OK_RESPONSE);
  for (std::size_t i = 0; i < masked.size(); ++i) EXPECT_EQ(masked[i], i % 3 == 0 ? 200 : 9) << i;
}

TEST_F(MemoryPath, AnswersErrorsAsTheStandardNamesThem) {
  std::vector<unsigned char> data(16);
  EXPECT_EQ(access(tlm::TLM_READ_COMMAND, kCapacity - 16, data).status, tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(access(tlm::TLM_READ_COMMAND, kCapacity - 15, data).status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(access(tlm::TLM_WRITE_COMMAND, kCapacity, data).status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(access(tlm::TLM_READ_COMMAND, kCsrBase + kCsrWindow, data).status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(access(tlm::TLM_READ_COMMAND, 0, data, {}, 8).status, tlm::TLM_BURST_ERROR_RESPONSE);
  EXPECT_EQ(access(tlm::TLM_READ_COMMAND, 0, {}).status, tlm::TLM_BURST_ERROR_RESPONSE);
  EXPECT_EQ(access(tlm::TLM_IGNORE_COMMAND, 0, data).status, tlm::TLM_OK_RESPONSE);
}

TEST_F(MemoryPath, RefusesDirectMemoryAccess) {
  std::vector<unsigned char> data(16);
  EXPECT_FALSE(access(tlm::TLM_READ_COMMAND, 0, data).dmi);
  tlm::tlm_generic_payload payload;
  tlm::tlm_dmi dmi;
  EXPECT_FALSE(bus_.memory_socket()->get_direct_mem_ptr(payload, dmi));
}

TEST_F(MemoryPath, BackDoorTakesNoTimeAndStopsAtTheEnd) {
  unsigned char data[4] = {1, 2, 3, 4}, back[4] = {};
  tlm::tlm_generic_payload payload;
  payload.set_command(tlm::TLM_WRITE_COMMAND);
  payload.set_address(100);
  payload.set_data_ptr(data);
  payload.set_data_length(4);
  EXPECT_EQ(host_->transport_dbg(payload), 4u);
  payload.set_command(tlm::TLM_READ_COMMAND);
  payload.set_data_ptr(back);
  EXPECT_EQ(host_->transport_dbg(payload), 4u);
  EXPECT_TRUE(std::equal(data, data + 4, back));
  payload.set_address(kCapacity - 3);
  EXPECT_EQ(host_->transport_dbg(payload), 0u);
  EXPECT_EQ(dram_.counters()[spec::Counter::DramReadBytes], 0u);
}

TEST_F(MemoryPath, OneReadTakesItsPathsClocks) {
  std::vector<std::byte> data(64);
  first_.issue(false, 0, data.data(), 64);
  sc_core::sc_start();
  DmaPort::Completion completion;
  ASSERT_TRUE(first_.collect(kNever - 1, completion));
  EXPECT_TRUE(completion.ok);
  const DramPreset& preset = *find_dram_preset("ddr4-2400");
  // Grant one clock after arrival, which is the first clock of the request's way; memory; beats; the way back.
  const auto memory = static_cast<Cycle>((preset.rcd_ps + preset.cl_ps + preset.burst_ps + 999) / 1000);
  EXPECT_EQ(completion.at, 1 + 3 + memory + 64 / 16 + 3);
  EXPECT_EQ(bus_.counters()[spec::Counter::BusBytes], 64u);
  EXPECT_EQ(bus_.counters()[spec::Counter::BusBusy], 4u);
}

TEST_F(MemoryPath, MastersShareTheBusInTurn) {
  std::vector<std::byte> data(8 * 64);
  for (std::size_t i = 0; i < 8; ++i) {
    (i % 2 ? second_ : first_).issue(false, i * 64, data.data() + 64 * i, 64);
  }
  sc_core::sc_start();
  std::vector<Cycle> ends;
  DmaPort::Completion completion;
  for (DmaPort* port : {&first_, &second_}) {
    while (port->collect(kNever - 1, completion)) ends.push_back(completion.at);
  }
  ASSERT_EQ(ends.size(), 8u);
  std::sort(ends.begin(), ends.end());
  for (std::size_t i = 1; i < ends.size(); ++i) EXPECT_GE(ends[i] - ends[i - 1], 4u) << "four beats each on one data path";
}

TEST_F(MemoryPath, EngineBeyondTheWindowGetsAnAddressError) {
  std::byte data{};
  first_.issue(false, kMemoryWindow, &data, 1);
  second_.issue(true, kCapacity, &data, 1);
  sc_core::sc_start();
  DmaPort::Completion completion;
  ASSERT_TRUE(first_.collect(kNever - 1, completion));
  EXPECT_FALSE(completion.ok);
  ASSERT_TRUE(second_.collect(kNever - 1, completion));
  EXPECT_FALSE(completion.ok);
  EXPECT_EQ(bus_.counters()[spec::Counter::BusBytes], 0u);
}

}  // namespace
}  // namespace binade::hw
