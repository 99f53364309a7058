// SPDX-License-Identifier: Apache-2.0
#include "sim/report/version.h"

#include "revision.h"

namespace binade::sim {

std::string_view tool_version() { return BINADE_VERSION; }
std::string_view tool_revision() { return BINADE_REVISION; }

}  // namespace binade::sim
