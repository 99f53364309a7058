// SPDX-License-Identifier: Apache-2.0
// The files that `binade verify` and Verilator's runtime write.
#pragma once

#include "sim/cli/verify_options.h"

namespace binade::sim {

/// Before anything runs: --out, --wave and --coverage-file can be written, and none names a device, a pipe or a folder, which the
/// runtime would remove first. Throws InputError.
void check_files(const VerifyOptions& options);

}  // namespace binade::sim
