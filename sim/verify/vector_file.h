// SPDX-License-Identifier: Apache-2.0
// Input rows as a CSV file: `#` lines, a line with the names of the input ports, then one line a clock with hexadecimal values.
// What a mismatch leaves, `--stimulus trace` replays.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/verify/pins.h"

namespace binade::verify {

std::string to_csv(const Pins& pins, const std::vector<Row>& rows, const std::string& comment);
/// Columns may stand in any order. A missing `rst_ni` is inactive, after one row of reset; any other missing or unknown column, a
/// value that is not hexadecimal or too wide for its port throws InputError with file, line and what is allowed.
std::vector<Row> read_csv(const Pins& pins, const std::filesystem::path& file);

}  // namespace binade::verify
