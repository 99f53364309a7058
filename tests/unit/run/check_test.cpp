// SPDX-License-Identifier: Apache-2.0
// Specs that no simulation takes.
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "models/numerics/error.h"
#include "sim/run/simulate.h"
#include "tests/unit/run/small_spec.h"

namespace binade::sim {
namespace {

std::string refusal(const std::function<void(RunSpec&)>& spoil) {
  auto spec = tests::small_spec("posit8");
  spoil(spec);
  try {
    check(spec);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Check, RefusesWhatCannotRun) {
  EXPECT_EQ(refusal([](RunSpec&) {}), "accepted");
  EXPECT_EQ(refusal([](RunSpec& s) { s.batch = 0; }), "batch: 0; at least 1");
  EXPECT_EQ(refusal([](RunSpec& s) {
              s.rtl_sample = lockstep::parse_sample_size("1");
              s.core = CoreKind::Rtl;
            }),
            "--rtl-sample: every tile runs on the RTL with --core rtl; allowed: --core fast or cycle");
  EXPECT_EQ(refusal([](RunSpec& s) {
              s.platform.values = false;
              s.rtl_sample = lockstep::parse_sample_size("1");
            }),
            "values: none, with tiles on the RTL, which computes; allowed: one of the two");
}

}  // namespace
}  // namespace binade::sim
