// SPDX-License-Identifier: Apache-2.0
#include "sim/platform/host_driver.h"

#include <algorithm>
#include <string>
#include <utility>

#include "hw/bus/address_map.h"
#include "models/numerics/error.h"

#if defined(__SANITIZE_ADDRESS__)
#include <pthread.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace binade::sim {
namespace {

/// libsystemc 2.3.4 tells AddressSanitizer of its switches between stacks, but back on the main one gives it an empty range.
/// Names the true range, without which an exception looks like a stack overflow.
void name_main_stack() {
#if defined(__SANITIZE_ADDRESS__)
  pthread_attr_t attributes;
  void* bottom = nullptr;
  std::size_t bytes = 0;
  pthread_getattr_np(pthread_self(), &attributes);
  pthread_attr_getstack(&attributes, &bottom, &bytes);
  pthread_attr_destroy(&attributes);
  void* fake_stack = nullptr;
  __sanitizer_start_switch_fiber(&fake_stack, bottom, bytes);
  __sanitizer_finish_switch_fiber(fake_stack, nullptr, nullptr);
#endif
}

}  // namespace

HostDriver::HostDriver(sc_core::sc_module_name name) : sc_module(name), bus_isock("bus_isock"), irq_i("irq_i") {
  SC_HAS_PROCESS(HostDriver);
  SC_THREAD(run);
}

bool HostDriver::execute(std::function<void()> job) {
  job_ = std::move(job);
  job_given_.notify(sc_core::SC_ZERO_TIME);
  sc_core::sc_start();
  name_main_stack();
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
  return job_ == nullptr;
}

void HostDriver::run() {
  for (;;) {
    wait(job_given_);
    try {
      job_();
    } catch (const std::exception&) {
      error_ = std::current_exception();
    }
    job_ = nullptr;
    sc_core::sc_pause();
  }
}

void HostDriver::wait_for_interrupt() {
  while (!irq_i.read()) wait(irq_i.posedge_event());
}

void HostDriver::clear_interrupt() {
  write_csr(spec::Csr::InterruptClear, 1);
  while (irq_i.read()) wait(irq_i.negedge_event());
}

void HostDriver::access_csr(tlm::tlm_command command, std::uint64_t offset, std::uint64_t& value) {
  tlm::tlm_generic_payload payload;
  payload.set_command(command);
  payload.set_address(hw::kCsrBase + offset);
  payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
  payload.set_data_length(8);
  payload.set_streaming_width(8);
  sc_core::sc_time delay;
  bus_isock->b_transport(payload, delay);
  if (!payload.is_response_ok()) {
    throw InvariantError("host: CSR access at offset " + std::to_string(offset) + ": " + payload.get_response_string());
  }
  wait(delay);
}

void HostDriver::write_csr(std::uint64_t offset, std::uint64_t value) { access_csr(tlm::TLM_WRITE_COMMAND, offset, value); }

std::uint64_t HostDriver::read_csr(std::uint64_t offset) {
  std::uint64_t value = 0;
  access_csr(tlm::TLM_READ_COMMAND, offset, value);
  return value;
}

void HostDriver::access_memory(tlm::tlm_command command, std::uint64_t address, unsigned char* data, std::size_t bytes) {
  constexpr std::size_t kChunk = std::size_t{1} << 30;  // a payload's length is 32 bits
  for (std::size_t done = 0; done < bytes;) {
    const auto length = static_cast<unsigned>(std::min(kChunk, bytes - done));
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address + done);
    payload.set_data_ptr(data + done);
    payload.set_data_length(length);
    payload.set_streaming_width(length);
    if (bus_isock->transport_dbg(payload) != length) {
      throw InvariantError("host: no memory at [" + std::to_string(address + done) + ", +" + std::to_string(length) +
                           "); dram.capacity_bytes ends before it");
    }
    done += length;
  }
}

void HostDriver::write_memory(std::uint64_t address, std::span<const std::byte> bytes) {
  // The payload's data pointer has no const form; a write transaction does not change the data.
  auto* data = const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(bytes.data()));
  access_memory(tlm::TLM_WRITE_COMMAND, address, data, bytes.size());
}

void HostDriver::read_memory(std::uint64_t address, std::span<std::byte> bytes) {
  access_memory(tlm::TLM_READ_COMMAND, address, reinterpret_cast<unsigned char*>(bytes.data()), bytes.size());
}

}  // namespace binade::sim
