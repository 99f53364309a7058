// SPDX-License-Identifier: Apache-2.0
// Two thousand cases a property instead of RapidCheck's hundred, unless RC_PARAMS says otherwise.
#include <gtest/gtest.h>

#include <cstdlib>

namespace {

class MoreCases : public testing::Environment {
  void SetUp() override { setenv("RC_PARAMS", "max_success=2000", 0); }
};

const testing::Environment* const kMoreCases = testing::AddGlobalTestEnvironment(new MoreCases);

}  // namespace
