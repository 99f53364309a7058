// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/rtl_builds.h"

#include <iostream>
#include <string>

#include "sim/jobs/interrupt.h"
#include "sim/run/rtl_cache.h"

namespace binade::sim {

rtl::ModuleCache speaking_rtl_cache() {
  rtl::ModuleCache cache = rtl_cache();
  catch_interrupts();
  cache.stop = &interrupted();
  cache.on_note = [](const std::string& what) { std::cerr << "binade: warning: " << what << std::endl; };
  cache.on_build = [](const std::string& what) { std::cerr << "binade: building the RTL of " << what << std::endl; };
  return cache;
}

}  // namespace binade::sim
