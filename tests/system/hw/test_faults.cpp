// SPDX-License-Identifier: Apache-2.0
// Bad descriptors, bad addresses and bad schedules end in a report, not in a crash, and the accelerator runs on afterwards.
#include <gtest/gtest.h>

#include "models/numerics/error.h"
#include "tests/system/hw/programs.h"

namespace binade::test {
namespace {

using sim::CoreKind;

spec::Load small_load() { return matrix_load(0, 1 << 16, 4, 4, 4, 1); }

/// Runs a list whose descriptor `index` is bad; returns what was reported and checks that a good list runs afterwards.
std::string report_of(const std::function<void(DescriptorList&)>& fill, bool ideal = false) {
  hw::PlatformConfig config = small_platform("posit8");
  config.memory_ideal = ideal;
  if (ideal) config.dram.capacity_bytes = std::int64_t{1} << 24;
  std::string report;
  const Outcome outcome = run_in_child(config, CoreKind::Fast, [&](sim::Device& device) {
    Bytes text;
    DescriptorList list;
    fill(list);
    try {
      list.run(device, 0x1000);
    } catch (const InvariantError& error) {
      const std::string what = error.what();
      text.assign(reinterpret_cast<const std::byte*>(what.data()), reinterpret_cast<const std::byte*>(what.data() + what.size()));
    }
    DescriptorList good;
    good.add(spec::Opcode::Load, small_load());
    good.finish();
    good.run(device, 0x1000);
    return text;
  });
  EXPECT_EQ(outcome.error, "") << "a good list after the bad one";
  return {reinterpret_cast<const char*>(outcome.output.data()), outcome.output.size()};
}

std::string address_of(int index) { return "address " + std::to_string(0x1000 + index * 256) + ":"; }

TEST(Faults, NameTheDescriptorThatIsUnsound) {
  for (const bool ideal : {false, true}) {
    for (const int position : {0, 1, 5}) {
      const std::string report = report_of(
          [&](DescriptorList& list) {
            for (int i = 0; i < position; ++i) list.add(spec::Opcode::Load, small_load());
            list.add(static_cast<spec::Opcode>(99), small_load());
            list.finish();
          },
          ideal);
      EXPECT_NE(report.find(address_of(position)), std::string::npos) << report;
      EXPECT_NE(report.find("opcode"), std::string::npos) << report;
    }
  }
}

TEST(Faults, AreFoundInScratchpadRangesAndSizes) {
  const std::string range = report_of([](DescriptorList& list) {
    spec::Load d = small_load();
    d.scratchpad_base = 8190;
    list.add(spec::Opcode::Load, d);
    list.finish();
  });
  EXPECT_NE(range.find("scratchpad"), std::string::npos) << range;
  const std::string size = report_of([](DescriptorList& list) {
    spec::Store d = matrix_store(1 << 16, 1, 4, 4, 1);
    d.cols = 0;
    list.add(spec::Opcode::Store, d);
    list.finish();
  });
  EXPECT_NE(size.find("cols"), std::string::npos) << size;
}

TEST(Faults, CarryMemoryErrorsBack) {
  const std::int64_t beyond = (std::int64_t{1} << 24) - 8;
  const std::string read = report_of([&](DescriptorList& list) {
    list.add(spec::Opcode::Load, small_load());
    list.add(spec::Opcode::Load, matrix_load(0, beyond, 4, 4, 4, 1));
    list.finish();
  });
  EXPECT_NE(read.find(address_of(1)), std::string::npos) << read;
  EXPECT_NE(read.find("load"), std::string::npos) << read;
  const std::string write = report_of([&](DescriptorList& list) {
    list.add(spec::Opcode::Store, matrix_store(beyond, 1, 16, 16, 1));
    list.finish();
  });
  EXPECT_NE(write.find("store"), std::string::npos) << write;
  const std::string negative = report_of([&](DescriptorList& list) {
    spec::Load d = small_load();
    d.x0_step = -(1 << 20);
    list.add(spec::Opcode::Load, d);
    list.finish();
  });
  EXPECT_NE(negative.find("below zero"), std::string::npos) << negative;
}

TEST(Faults, CancelWhatWaitsForATokenThatWillNotCome) {
  const std::string report = report_of([](DescriptorList& list) {
    spec::Header waits;
    waits.pop_next = 1;
    list.add(spec::Opcode::Load, small_load(), waits);
    list.add(static_cast<spec::Opcode>(77), small_load());
    list.finish();
  });
  EXPECT_NE(report.find(address_of(1)), std::string::npos) << report;
}

TEST(Faults, ListEndsWithFinish) {
  const std::string missing = report_of([](DescriptorList& list) { list.add(spec::Opcode::Load, small_load()); });
  EXPECT_NE(missing.find("Finish"), std::string::npos) << missing;
  const std::string early = report_of([](DescriptorList& list) {
    list.finish();
    list.add(spec::Opcode::Load, small_load());
  });
  EXPECT_NE(early.find("Finish"), std::string::npos) << early;
}

TEST(Faults, DeadlockSaysWhoWaits) {
  const Outcome outcome = run_in_child(small_platform("posit8"), CoreKind::Fast, [](sim::Device& device) {
    DescriptorList list;
    spec::Header waits;
    waits.pop_next = 1;
    list.add(spec::Opcode::Load, small_load(), waits);
    list.finish();
    list.run(device);
    return Bytes{};
  });
  EXPECT_NE(outcome.error.find("deadlock"), std::string::npos) << outcome.error;
  EXPECT_NE(outcome.error.find("Load waits for a token"), std::string::npos) << outcome.error;
}

TEST(Faults, ExceptionsOfTheProgramPassThrough) {
  const Outcome outcome = run_in_child(small_platform("posit8"), CoreKind::Fast, [](sim::Device& device) -> Bytes {
    device.reset_stats();
    throw InputError("mine");
  });
  EXPECT_EQ(outcome.error, "mine");
  EXPECT_TRUE(outcome.user_error);
}

TEST(Faults, InvalidConfigurationIsRefusedBeforeElaboration) {
  hw::PlatformConfig config = small_platform("posit8");
  config.vector.lanes = 0;
  const Outcome outcome = run_in_child(config, CoreKind::Fast, [](sim::Device&) { return Bytes{}; });
  EXPECT_NE(outcome.error.find("vector.lanes"), std::string::npos) << outcome.error;
  EXPECT_TRUE(outcome.user_error);
}

}  // namespace
}  // namespace binade::test
