// SPDX-License-Identifier: Apache-2.0
// The files that `binade verify` and Verilator's runtime write.
#pragma once

#include <string>
#include <vector>

#include "sim/cli/verify_options.h"

namespace binade::sim {

/// Before anything runs: --out, --wave, --junit and --coverage-file can be written, none names a device, a pipe or a folder, which
/// the runtime would remove first, no two are one file, and none is one of `read`, files that the command reads beside
/// --adapter and --trace. Throws InputError.
void check_files(const VerifyOptions& options, std::vector<std::string> read);

}  // namespace binade::sim
