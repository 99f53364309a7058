// SPDX-License-Identifier: Apache-2.0
// Gradients on the platform: the bytes of the golden machine on every core, in as many clocks on each.
#include <gtest/gtest.h>

#include "models/programs/golden_machine.h"
#include "models/programs/storage.h"
#include "sim/host/device_machine.h"
#include "tests/support/instance_name.h"
#include "tests/system/hw/programs.h"
#include "tests/unit/programs/gradient_cases.h"

namespace binade::test {
namespace {

using numerics::Code;
using tests::GradientProduct;

std::vector<GradientProduct> products() {
  std::vector<GradientProduct> all;
  tests::GradientCases cases(31);
  for (int i = 0; i < 3; ++i)
    for (const tests::GradientCase& tested :
         {cases.random_conv(), cases.random_conv_transpose(), cases.random_linear(), cases.random_matmul()})
      for (GradientProduct& product : gradient_products(tested)) all.push_back(std::move(product));
  for (GradientProduct& product : all) product.form.block = 0;  // a mode of its own
  return all;
}

/// The results of all products on a machine, one after another.
Bytes results(const datapath::CoreConfig& core, programs::Machine& machine) {
  std::mt19937_64 random(37);
  Bytes all;
  for (const GradientProduct& product : products()) {
    programs::Work work;
    work.mode = mode_of(core, 0);
    work.seed = 1;
    const auto operand = [&](const numerics::FormatSpec& format, std::int64_t elements) {
      std::vector<Code> codes(static_cast<std::size_t>(elements));
      for (Code& code : codes) code = static_cast<Code>(random() & ((std::uint64_t{1} << format.bits) - 1));
      programs::StoredTensor stored;
      stored.format = format;
      stored.elements = elements;
      stored.address = machine.allocate(stored.bytes());
      machine.write(stored.address, programs::pack_codes(codes, format.storage_bytes()));
      return stored;
    };
    work.inputs = {operand(core.format.a, product.a), operand(core.format.b, product.b)};
    work.output.format = core.format.out;
    work.output.elements = product.outputs;
    work.output.raw_bytes = datapath::stores_raw(core) ? datapath::output_bytes(core) : 0;
    if (core.format.out.shared_exponent())
      work.output.magnitude.exponent =
          work.output.raw_bytes != 0 ? product_exponent(product.form, work.magnitudes()) : core.format.out.bits - 2;
    work.output.address = machine.allocate(work.output.bytes());
    machine.run(product.form, work);
    const Bytes result = programs::read_bytes(machine, work.output);
    all.insert(all.end(), result.begin(), result.end());
  }
  return all;
}

class Gradients : public testing::TestWithParam<const char*> {};

TEST_P(Gradients, AreTheGoldenMachinesOnEveryCore) {
  for (const auto dataflow : {datapath::Dataflow::OutputStationary, datapath::Dataflow::WeightStationary}) {
    hw::PlatformConfig config = small_platform(GetParam());
    config.core.dataflow = dataflow;
    programs::GoldenMachine golden(config.core);
    const Bytes expected = results(config.core, golden);
    const auto on = [&](sim::CoreKind core) {
      return run_in_child(config, core, [&](sim::Device& device) {
        sim::DeviceMachine machine(config, device, {});
        machine.begin_layer(0, "gradients");
        return results(config.core, machine);
      });
    };
    const Outcome fast = on(sim::CoreKind::Fast), cycle = on(sim::CoreKind::Cycle);
    ASSERT_EQ(fast.error, "");
    ASSERT_EQ(cycle.error, "");
    EXPECT_TRUE(fast.output == expected);
    EXPECT_TRUE(cycle.output == expected);
    EXPECT_EQ(fast.counters, cycle.counters);
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, Gradients, testing::Values("posit8", "flex16+5", "dfp8", "e6m7"),
                         [](const auto& tested) { return tests::instance_name(tested.param); });

}  // namespace
}  // namespace binade::test
