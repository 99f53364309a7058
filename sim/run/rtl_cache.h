// SPDX-License-Identifier: Apache-2.0
// Where built RTL is kept.
#pragma once

#include "rtl/cosim/module_cache.h"

namespace binade::sim {

/// Our SystemVerilog among the shared files; built modules in $BINADE_RTL_CACHE, else $XDG_CACHE_HOME/binade/rtl, else
/// ~/.cache/binade/rtl; what came with the program in rtl_sets/ beside it (build tree) or ../lib/binade/rtl_sets. It says nothing.
rtl::ModuleCache rtl_cache();

}  // namespace binade::sim
