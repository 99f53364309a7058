// SPDX-License-Identifier: Apache-2.0
// The files of page/, as the build put them into the program: the scripts one after another, and the style sheet.
#pragma once

#include <string_view>

namespace binade::sim {

extern const std::string_view kPageScript, kPageStyle;

}  // namespace binade::sim
