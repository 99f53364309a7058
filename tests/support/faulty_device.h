// SPDX-License-Identifier: Apache-2.0
// A literal device one of whose stored bytes is wrong, or whose counts are: what checks of runs must see.
#pragma once

#include "tests/support/literal_device.h"

namespace binade::tests {

class FaultyDevice final : public LiteralDevice {
 public:
  enum class Fault { None, Byte, Events };
  /// In what is read after run `at`, from 1 on; counts from then on.
  FaultyDevice(const hw::PlatformConfig& config, Fault fault, std::uint64_t at)
      : LiteralDevice(config, 1), fault_(fault), at_(at) {}

  void run(std::uint64_t address, std::uint64_t count) override {
    LiteralDevice::run(address, count);
    ++runs_;
  }
  void read_memory(std::uint64_t address, std::span<std::byte> bytes) override {
    LiteralDevice::read_memory(address, bytes);
    if (fault_ == Fault::Byte && runs_ == at_ && !bytes.empty()) bytes.back() ^= std::byte{1};
  }
  spec::Counters counters() const override {
    spec::Counters counters = LiteralDevice::counters();
    if (fault_ == Fault::Events && runs_ >= at_) ++counters[spec::Counter::EventInexact];
    return counters;
  }

 private:
  const Fault fault_;
  const std::uint64_t at_;
  std::uint64_t runs_ = 0;
};

}  // namespace binade::tests
