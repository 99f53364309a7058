// SPDX-License-Identifier: Apache-2.0
// The cores of the platform by kind, and what they are made of.
#pragma once

#include <filesystem>
#include <memory>

#include "models/datapath/core.h"
#include "rtl/cosim/module_cache.h"
#include "sim/host/core_kind.h"
#include "sim/host/device.h"
#include "sim/lockstep/position.h"
#include "sim/lockstep/tile_sampler.h"

namespace binade::sim {

/// Collaborators that the composition root owns; they outlive the core.
struct CoreParts {
  rtl::ModuleCache* rtl = nullptr;             ///< needed where needs_rtl(kind) or with a sampler
  lockstep::TileSampler* sampler = nullptr;    ///< fast and cycle: tiles that also run in lockstep
  lockstep::Position* position = nullptr;      ///< counts the tiles, for messages
  std::filesystem::path mismatch_directory{};  ///< of a mismatch's files; empty: the current one
  int threads = 1;                             ///< of a tile of the fast core; changes no result
  bool values = true;                          ///< false: a core that computes nothing, of CoreKind::Fast
};

/// Throws InputError where the RTL does not cover the configuration.
void check_rtl(const datapath::CoreConfig& config, const rtl::ModuleCache& rtl);
/// What of a tile the core holds, with the RTL beside it where tiles are sampled.
CoreReach core_reach(const datapath::CoreConfig& config, CoreKind kind, bool sampled);
/// Builds the RTL of a core where the cache lacks it. Throws InputError where that cannot be.
void build_rtl(const datapath::CoreConfig& config, rtl::ModuleCache& rtl);

std::unique_ptr<datapath::Core> make_core(const datapath::CoreConfig& config, CoreKind kind, const CoreParts& parts);

}  // namespace binade::sim
