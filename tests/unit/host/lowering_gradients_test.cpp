// SPDX-License-Identifier: Apache-2.0
// Gradients as descriptors: tiled, lowered and executed literally, they give the golden machine's bytes. Random layers x formats x
// dataflows x scratchpads so small that everything is split.
#include <gtest/gtest.h>

#include <random>

#include "models/datapath/core_config.h"
#include "models/numerics/accumulator.h"
#include "models/programs/golden_machine.h"
#include "models/programs/storage.h"
#include "sim/host/device_machine.h"
#include "tests/support/instance_name.h"
#include "tests/support/literal_device.h"
#include "tests/unit/programs/gradient_cases.h"

namespace binade::sim {
namespace {

using numerics::Code;
using operations::GemmForm;

class LoweredGradients : public testing::TestWithParam<const char*> {
 protected:
  int pick(int low, int high) { return low + static_cast<int>(random() % static_cast<unsigned>(high - low + 1)); }

  hw::PlatformConfig platform() {
    hw::PlatformConfig config;
    config.core.format = numerics::parse_format(GetParam());
    config.core.accumulate.policy = default_accumulate(config.core.format);
    config.core.accumulate.rounding = config.core.format.out.default_rounding();
    config.core.rows = 1 << pick(0, 3);
    config.core.cols = pick(1, 5);
    config.core.dataflow = pick(0, 1) == 0 ? datapath::Dataflow::OutputStationary : datapath::Dataflow::WeightStationary;
    config.core.psum_bytes = 640;
    config.core.accumulate.block = 8;
    config.memory_ideal = pick(0, 7) == 0;
    config.core.capacity_limited = !config.memory_ideal;
    config.queue_depth = pick(1, 8);
    for (std::int64_t* const bytes : {&config.scratchpad.a_bytes, &config.scratchpad.b_bytes, &config.scratchpad.o_bytes})
      *bytes = std::int64_t{64} * pick(10, 40);
    return config;
  }

  std::vector<std::byte> draw(const numerics::FormatSpec& format, std::int64_t count) {
    std::vector<Code> codes(static_cast<std::size_t>(count));
    for (Code& code : codes) code = static_cast<Code>(random() & ((std::uint64_t{1} << format.bits) - 1));
    return programs::pack_codes(codes, format.storage_bytes());
  }

  /// The bytes that a machine makes of the operands' bytes.
  static std::vector<std::byte> run(programs::Machine& machine, const GemmForm& form, programs::Work work,
                                    const std::vector<std::byte>& a, const std::vector<std::byte>& b) {
    for (auto* const place : {&work.inputs[0], &work.inputs[1], &work.output}) place->address = machine.allocate(place->bytes());
    machine.write(work.inputs[0].address, a);
    machine.write(work.inputs[1].address, b);
    machine.run(form, work);
    std::vector<std::byte> result(static_cast<std::size_t>(work.output.bytes()));
    machine.read(work.output.address, result);
    return result;
  }

  void expect(const tests::GradientProduct& product) {
    const auto& [what, form, a, b, outputs] = product;
    hw::PlatformConfig config = platform();
    if (config.core.accumulate.policy == numerics::Accumulate::Blocked && form.block != 0 &&
        config.core.dataflow == datapath::Dataflow::OutputStationary)
      config.core.further_modes = {{config.core.format, config.core.accumulate}};
    GemmForm closed = form;
    if (config.core.further_modes.empty())
      closed.block = 0;
    else
      config.core.further_modes[0].accumulate.block = static_cast<int>(form.block);
    programs::Work work;
    work.mode = mode_of(config.core, 0);
    const auto& format = config.core.format;
    const bool raw = datapath::stores_raw(config.core);
    const int lsb = format.out.shared_exponent() ? -4 : 0;
    work.inputs.resize(2);
    work.inputs[0].format = format.a;
    work.inputs[0].elements = a;
    work.inputs[1].format = format.b;
    work.inputs[1].elements = b;
    for (auto& input : work.inputs) input.magnitude.exponent = lsb;
    work.output.format = format.out;
    work.output.elements = outputs;
    work.output.raw_bytes = raw ? datapath::output_bytes(config.core) : 0;
    work.output.magnitude.exponent = raw                            ? product_exponent(form, work.magnitudes())
                                     : format.out.shared_exponent() ? lsb + format.out.bits - 4
                                                                    : 0;
    work.seed = 3;
    work.tensor = 7;
    const auto a_bytes = draw(format.a, a), b_bytes = draw(format.b, b);
    programs::GoldenMachine golden(config.core);
    const auto expected = run(golden, closed, work, a_bytes, b_bytes);
    tests::LiteralDevice device(config, random());
    DeviceMachine machine(config, device, {});
    machine.begin_layer(0, what);
    ASSERT_EQ(run(machine, closed, work, a_bytes, b_bytes), expected)
        << what << ", array " << config.core.rows << 'x' << config.core.cols;
  }

  std::mt19937 random{29};
};

TEST_P(LoweredGradients, AreTheGoldenMachines) {
  tests::GradientCases cases(11);
  for (int i = 0; i < 15; ++i)
    for (const tests::GradientCase& tested :
         {cases.random_conv(), cases.random_conv_transpose(), cases.random_linear(), cases.random_matmul()})
      for (const tests::GradientProduct& product : gradient_products(tested)) {
        expect(product);
        if (HasFatalFailure()) return;
      }
}

INSTANTIATE_TEST_SUITE_P(Formats, LoweredGradients, testing::Values("posit8", "posit16", "flex16+5", "dfp8", "e6m7", "fp32"),
                         [](const auto& instance) { return tests::instance_name(instance.param); });

}  // namespace
}  // namespace binade::sim
