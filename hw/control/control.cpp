// SPDX-License-Identifier: Apache-2.0
#include "hw/control/control.h"

#include <cstring>
#include <optional>
#include <utility>

namespace binade::hw {
namespace {

using spec::Csr;

enum class Access { RO, RW, WO, W1C };
struct Register {
  Csr csr;
  Access access;
  std::size_t index;  // within StatHistogram
};

constexpr std::uint64_t kId = 0x42494e41444530;
constexpr std::uint64_t kHistogram = static_cast<std::uint64_t>(Csr::StatHistogram);
constexpr std::size_t kBins = 64;

std::optional<Register> find_register(std::uint64_t offset) {
  if (offset >= kHistogram && offset < kHistogram + kBins * 8 && offset % 8 == 0) {
    return Register{Csr::StatHistogram, Access::RO, (offset - kHistogram) / 8};
  }
  switch (static_cast<Csr>(offset)) {
#define CSR(name, at, rights, meaning) \
  case Csr::name:                      \
    return Register{Csr::name, Access::rights, 0};
#include "models/spec/csr.def"
  }
  return std::nullopt;
}

}  // namespace

Control::Control(sc_core::sc_module_name name, const Clock& clock, ExponentUnit& exponent_unit)
    : sc_module(name), csr_tsock("csr_tsock"), irq_o("irq_o"), clock_(clock), exponent_unit_(exponent_unit), waker_(clock) {
  csr_tsock.register_b_transport(this, &Control::b_transport);
  csr_tsock.register_transport_dbg(this, &Control::transport_dbg);
  SC_HAS_PROCESS(Control);
  SC_METHOD(doorbell);
  sensitive << doorbell_rung_;
  dont_initialize();
  SC_METHOD(step);
  sensitive << waker_.event();
  dont_initialize();
  SC_METHOD(drive_irq);
  sensitive << irq_changed_;
  dont_initialize();
}

void Control::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  payload.set_dmi_allowed(false);
  payload.set_response_status(access(payload, delay));
}

tlm::tlm_response_status Control::access(tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay) {
  if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) return tlm::TLM_OK_RESPONSE;
  if (payload.get_byte_enable_ptr()) return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
  const auto found = find_register(payload.get_address());
  if (!found) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
  if (payload.get_data_length() != 8 || payload.get_streaming_width() < 8) return tlm::TLM_BURST_ERROR_RESPONSE;
  std::uint64_t value = 0;
  if (payload.is_write()) {
    if (found->access == Access::RO) return tlm::TLM_COMMAND_ERROR_RESPONSE;
    std::memcpy(&value, payload.get_data_ptr(), 8);
    write(found->csr, value, delay);
  } else {
    if (found->access == Access::WO || found->access == Access::W1C) return tlm::TLM_COMMAND_ERROR_RESPONSE;
    value = found->csr == Csr::StatHistogram ? exponent_unit_.tensor().leading_bit[found->index] : read(found->csr);
    std::memcpy(payload.get_data_ptr(), &value, 8);
  }
  return tlm::TLM_OK_RESPONSE;
}

unsigned Control::transport_dbg(tlm::tlm_generic_payload& payload) {
  // Looks without touching: reads only.
  if (!payload.is_read() || payload.get_data_length() != 8) return 0;
  return access(payload, sc_core::SC_ZERO_TIME) == tlm::TLM_OK_RESPONSE ? 8 : 0;
}

std::uint64_t Control::read(Csr csr) const {
  switch (csr) {
    case Csr::Id:
      return kId;
    case Csr::Status:
      return (busy_ ? 1U : 0U) | (interrupt_pending_ ? 2U : 0U) | (faulted_ ? 4U : 0U);
    case Csr::InterruptEnable:
      return interrupt_enable_ ? 1 : 0;
    case Csr::DescriptorBase:
      return descriptor_base_;
    case Csr::DescriptorCount:
      return descriptor_count_;
    case Csr::StatMaxAbs:
      return exponent_unit_.tensor().max_abs;
    case Csr::StatOverflows:
      return exponent_unit_.tensor().mantissa_overflows;
    case Csr::StatResult:
      return exponent_unit_.selected();
    case Csr::FaultAddress:
      return faulted_ ? fault_.address : 0;
    case Csr::InterruptClear:
    case Csr::Doorbell:
    case Csr::StatReset:
    case Csr::StatHistogram:
      break;
  }
  return 0;
}

void Control::write(Csr csr, std::uint64_t value, const sc_core::sc_time& delay) {
  switch (csr) {
    case Csr::InterruptEnable:
      interrupt_enable_ = (value & 1) != 0;
      return update_irq();
    case Csr::InterruptClear:
      if ((value & 1) != 0) interrupt_pending_ = false;
      return update_irq();
    case Csr::DescriptorBase:
      descriptor_base_ = value;
      return;
    case Csr::DescriptorCount:
      descriptor_count_ = value;
      return;
    case Csr::Doorbell:
      if ((value & 1) == 0 || busy_) return;
      busy_ = true;
      return doorbell_rung_.notify(clock_.until(clock_.edge_after(delay)));
    case Csr::StatReset:
      if ((value & 1) != 0) exponent_unit_.reset();
      return;
    case Csr::StatResult:
      return exponent_unit_.select(value);
    case Csr::Id:
    case Csr::Status:
    case Csr::StatMaxAbs:
    case Csr::StatOverflows:
    case Csr::FaultAddress:
    case Csr::StatHistogram:
      return;
  }
}

void Control::doorbell() {
  started_ = clock_.now();
  faulted_ = finishing_ = false;
  fault_ = {};
  const bool sound = descriptor_base_ % 64 == 0 && descriptor_count_ > 0;
  actions_.begin_run(descriptor_base_, sound ? descriptor_count_ : 0);
  if (!sound) fault({descriptor_base_, "DescriptorBase is not a multiple of 64, or DescriptorCount is zero"});
}

void Control::finish_reached() {
  finishing_ = true;
  waker_.wake_at(clock_.now() + 1);
}

void Control::fault(const Fault& fault) {
  if (faulted_) return;
  faulted_ = true;
  fault_ = fault;
  actions_.flush();
  waker_.wake_at(clock_.now() + 1);
}

void Control::engine_idle() {
  if (finishing_ || faulted_) waker_.wake_at(clock_.now() + 1);
}

void Control::step() {
  if (!busy_ || !(finishing_ || faulted_)) return;
  if (const Cycle dry = actions_.dry_from(); dry > clock_.now()) return waker_.wake_at(dry);
  counters_[spec::Counter::TotalCycles] += clock_.now() - started_;
  actions_.end_run();
  busy_ = finishing_ = false;
  interrupt_pending_ = true;
  update_irq();
}

void Control::drive_irq() { irq_o.write(interrupt_enable_ && interrupt_pending_); }

}  // namespace binade::hw
