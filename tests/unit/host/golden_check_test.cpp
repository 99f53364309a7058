// SPDX-License-Identifier: Apache-2.0
// Golden = device: whole networks with every operation, every family, both flex initialisations, stochastic rounding, odd batches;
// and the check itself, with faults planted into what the device stores.
#include <gtest/gtest.h>

#include "models/numerics/error.h"
#include "tests/support/faulty_device.h"
#include "tests/unit/host/small_networks.h"

namespace binade::sim {
namespace {

using tests::small_attention;
using tests::small_request;
using tests::small_residual;

RunSpec checked(networks::Network network, const std::string& format) {
  RunSpec request = small_request(std::move(network), format, 5, 2);
  request.check = true;
  return request;
}

TEST(GoldenCheck, WholeNetworksAreEqual) {
  for (const char* format :
       {"posit8", "posit16", "posit6u", "e6m7", "fp8e4m3", "bf16", "fp32", "flex16+5", "dfp8", "dfp16", "sdfp8", "fixed16.8"})
    for (const auto& network : {small_residual(), small_attention()})
      for (const bool stochastic : {false, true}) {
        RunSpec request = checked(network, format);
        if (stochastic && request.platform.core.accumulate.policy == numerics::Accumulate::Serial) continue;
        if (stochastic) request.platform.core.accumulate.rounding = numerics::Rounding::Sr;
        EXPECT_NO_THROW(tests::run_literally(request)) << format << ' ' << network.name << (stochastic ? " sr" : "");
      }
}

TEST(GoldenCheck, InitialisationOnTheDeviceIsTheGoldenOne) {
  for (const char* preset : {"paper", "ngraph"}) {
    RunSpec request = checked(small_residual(), "flex16+5");
    request.flex = {.preset = preset, .init_on_device = true};
    EXPECT_NO_THROW(tests::run_literally(request)) << preset;
  }
}

TEST(GoldenCheck, SeesPlantedFaults) {
  const RunSpec request = checked(small_residual(), "posit8");
  const auto run = [&](tests::FaultyDevice::Fault fault, std::uint64_t at) {
    tests::FaultyDevice device(request.platform, fault, at);
    run_network(request, device);
  };
  EXPECT_NO_THROW(run(tests::FaultyDevice::Fault::None, 0));
  for (const std::uint64_t at : {1U, 3U, 7U}) {
    EXPECT_THROW(run(tests::FaultyDevice::Fault::Byte, at), MismatchError) << at;
    EXPECT_THROW(run(tests::FaultyDevice::Fault::Events, at), MismatchError) << at;
  }
}

}  // namespace
}  // namespace binade::sim
