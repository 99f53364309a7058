// SPDX-License-Identifier: Apache-2.0
// A run that takes no time.
#pragma once

#include <string>
#include <vector>

#include "sim/config/settings.h"
#include "sim/host/run_spec.h"

namespace binade::tests {

/// Settings for one format on a small array, resolved; `assignments`: key=value.
sim::Settings small_settings(const std::string& format, const std::vector<std::string>& assignments = {});

/// A convolution and a classifier with synthetic tensors, two samples.
sim::RunSpec small_spec(const std::string& format, const std::vector<std::string>& assignments = {});

}  // namespace binade::tests
