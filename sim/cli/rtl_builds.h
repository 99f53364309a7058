// SPDX-License-Identifier: Apache-2.0
// The cache of built RTL as commands use it.
#pragma once

#include "rtl/cosim/module_cache.h"

namespace binade::sim {

/// rtl_cache() that says on standard error when it builds something, for that takes a while, and what is to be known of it. SIGINT
/// and SIGTERM, caught from now on, end a build.
rtl::ModuleCache speaking_rtl_cache();

}  // namespace binade::sim
