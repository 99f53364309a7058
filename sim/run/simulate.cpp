// SPDX-License-Identifier: Apache-2.0
#include "sim/run/simulate.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <system_error>

#include "models/kernels/workers.h"
#include "models/numerics/error.h"
#include "models/operations/reference_library.h"
#include "sim/host/step_program.h"
#include "sim/lockstep/position.h"
#include "sim/lockstep/tile_sampler.h"
#include "sim/platform/cores.h"
#include "sim/platform/platform.h"
#include "sim/run/fold.h"
#include "sim/run/identity.h"
#include "sim/run/rtl_cache.h"
#include "sim/run/share.h"
#include "sim/run/spec_settings.h"
#include "sim/run/tile_search.h"

namespace binade::sim {

void check(const RunSpec& spec) {
  validate(spec, core_reach(spec.platform.core, spec.core, spec.rtl_sample.has_value()));
  check_energy(spec);
}

void prepare_machine(const RunSpec& spec, int threads) {
  const bool reference = spec.reference || !spec.layer_selection.empty();  // which runs layers not selected
  if (reference && spec.platform.values) operations::load_reference_library();
  if (threads == 1) return;
  try {
    const kernels::Workers probe(threads);
  } catch (const std::system_error& error) {
    throw InputError(fmt::format("--threads {}: cannot start them: {}; allowed: fewer", threads, error.code().message()));
  }
}

RunReport simulate(const RunSpec& given, const SimulateHooks& hooks) {
  std::optional<RunSpec> changed;  // what the spec says becomes of itself
  if (given.fold_batchnorm && can_fold_batchnorm(given)) {
    fold_batchnorm(changed.emplace(given));
    complete_platform(*changed);
  }
  std::map<std::string, FoundTile> found;
  if (given.tiling.search && !given.platform.memory_ideal) {
    const RunSpec& before = changed ? *changed : given;
    found = search_tiles(before, hooks.processes);
    if (!changed) changed.emplace(given);
    changed->tiling = chosen(changed->tiling, found);
  }
  const RunSpec& spec = changed ? *changed : given;
  RunHooks run = hooks.run;
  WallClock own_clock;
  if (run.wall_clock == nullptr) run.wall_clock = &own_clock;
  std::optional<rtl::ModuleCache> own_cache;
  rtl::ModuleCache* rtl = hooks.rtl;
  if (rtl == nullptr && spec.uses_rtl()) rtl = &own_cache.emplace(rtl_cache());

  lockstep::Position position;
  std::optional<lockstep::TileSampler> sampler;
  if (spec.rtl_sample) sampler.emplace(*spec.rtl_sample, spec.seed);
  run.before_gemm = [&](const std::string& layer, std::int64_t tiles) {
    position.begin_layer(layer);
    if (sampler) sampler->begin_run(layer, tiles);
    if (hooks.run.before_gemm) hooks.run.before_gemm(layer, tiles);
  };
  PlatformOptions platform;
  platform.wall_clock = run.wall_clock;
  platform.trace_path = hooks.timeline.string();
  platform.layer_names = row_names(spec);
  platform.cores = {.rtl = rtl,
                    .sampler = sampler ? &*sampler : nullptr,
                    .position = &position,
                    .mismatch_directory = hooks.mismatch_directory,
                    .threads = run.threads};

  RunReport report;
  run_on_platform(spec.platform, spec.core, platform, [&](Device& device) { report = run_network(spec, device, run); });
  tell(found, report);
  report.identity = run_identity(given);
  const Settings settings = settings_of(spec);
  report.config = key_values(settings, keys_of(spec));
  report.overrides = overridden_keys(settings);
  if (sampler) report.rtl_sample = sampler->report();
  if (!hooks.timeline.empty()) report.timeline = file_digest(hooks.timeline);
  report.wall_parts = run.wall_clock->rows();
  for (const auto& row : report.wall_parts) report.wall_seconds += row.seconds;
  return report;
}

}  // namespace binade::sim
