// SPDX-License-Identifier: Apache-2.0
// The host's driver: an SC_THREAD that carries out jobs (CSR accesses, sleeping on the interrupt) in simulated time, while
// the host program itself runs outside the kernel and waits for each job. So the program has an ordinary stack and its
// exceptions take the ordinary way.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <span>
#include <systemc>

#include "models/spec/isa.h"

namespace binade::sim {

class HostDriver : public sc_core::sc_module {
 public:
  explicit HostDriver(sc_core::sc_module_name name);

  tlm_utils::simple_initiator_socket<HostDriver> bus_isock;
  sc_core::sc_in<bool> irq_i;

  /// Runs `job` in the driver's thread and simulates until it has ended. False when the simulation ran dry before.
  bool execute(std::function<void()> job);

  // Within a job.
  void write_csr(spec::Csr csr, std::uint64_t value) { write_csr(static_cast<std::uint64_t>(csr), value); }
  std::uint64_t read_csr(spec::Csr csr, std::uint64_t index = 0) { return read_csr(static_cast<std::uint64_t>(csr) + 8 * index); }
  void wait_for_interrupt();
  void clear_interrupt();

  /// Back door, in no simulated time.
  void write_memory(std::uint64_t address, std::span<const std::byte> bytes);
  void read_memory(std::uint64_t address, std::span<std::byte> bytes);

 private:
  void run();
  void write_csr(std::uint64_t offset, std::uint64_t value);
  std::uint64_t read_csr(std::uint64_t offset);
  void access_csr(tlm::tlm_command command, std::uint64_t offset, std::uint64_t& value);
  void access_memory(tlm::tlm_command command, std::uint64_t address, unsigned char* data, std::size_t bytes);

  sc_core::sc_event job_given_;
  std::function<void()> job_;
  std::exception_ptr error_;
};

}  // namespace binade::sim
