// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/run/small_spec.h"

#include <gtest/gtest.h>

#include "models/networks/builder.h"
#include "sim/host/run.h"
#include "sim/run/cost_choice.h"
#include "sim/run/simulate.h"
#include "sim/run/spec_settings.h"

namespace binade::tests {

sim::Settings small_settings(const std::string& format, const std::vector<std::string>& assignments) {
  sim::Settings settings;
  std::vector<std::string> problems;
  set_formats(settings, {format});
  sim::apply_assignment(settings, "core.rows=4", problems);
  sim::apply_assignment(settings, "core.cols=4", problems);
  for (const auto& assignment : assignments) sim::apply_assignment(settings, assignment, problems);
  EXPECT_TRUE(problems.empty()) << problems.front();
  return sim::resolved_for(settings, settings.formats.front());
}

sim::RunSpec small_spec(const std::string& format, const std::vector<std::string>& assignments) {
  networks::Builder b("small", "test", {3, 6, 6});
  const int image = b.relu("relu", b.conv("conv", 0, 4, 3, {.pad = 1}));
  b.linear("fc", b.flatten("flatten", image), 5);
  sim::RunSpec spec;
  spec.network = b.finish(5);
  spec.parameters = sim::synthetic_parameters(spec.network, 1);
  spec.inputs = sim::synthetic_inputs(spec.network, 2, 1);
  spec.tensors = "synthetic";
  spec.batch = 2;
  spec.energy_table = sim::published_energy_table();
  sim::apply_settings(small_settings(format, assignments), spec);
  return spec;
}

}  // namespace binade::tests
