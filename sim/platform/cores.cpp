// SPDX-License-Identifier: Apache-2.0
#include "sim/platform/cores.h"

#include <algorithm>
#include <utility>

#include "models/datapath/cycle/timed_core.h"
#include "models/datapath/dataflow/dataflow.h"
#include "models/kernels/fast_core.h"
#include "models/numerics/error.h"
#include "rtl/cosim/parameters.h"
#include "rtl/cosim/verilated_core.h"
#include "sim/lockstep/lockstep_core.h"
#include "sim/lockstep/sampled_core.h"

namespace binade::sim {
namespace {

rtl::ModuleCache& cache_of(const CoreParts& parts) {
  if (parts.rtl == nullptr) throw InvariantError("cores: an RTL core without a module cache");
  return *parts.rtl;
}

std::unique_ptr<datapath::SteppedCore> make_rtl_core(const datapath::CoreConfig& config, rtl::ModuleCache& cache) {
  return make_verilated_core(config, rtl::Module(cache.load(core_module(cache, config))));
}

/// The same core with its waveform.
std::unique_ptr<datapath::SteppedCore> make_traced_core(const datapath::CoreConfig& config, rtl::ModuleCache& cache,
                                                        const std::filesystem::path& wave) {
  rtl::ModuleSpec spec = core_module(cache, config);
  spec.waves = true;
  rtl::Module module(cache.load(spec));
  module.open_wave(wave);
  return make_verilated_core(config, std::move(module));
}

std::unique_ptr<lockstep::LockstepCore> make_lockstep_core(const datapath::CoreConfig& config, const CoreParts& parts) {
  rtl::ModuleCache& cache = cache_of(parts);
  lockstep::ReportOptions report{.directory = parts.mismatch_directory, .position = parts.position, .traced = {}};
  report.traced = [config, &cache](const std::filesystem::path& wave) { return make_traced_core(config, cache, wave); };
  return std::make_unique<lockstep::LockstepCore>(datapath::make_cycle_core(config), make_rtl_core(config, cache),
                                                  std::move(report));
}

/// In each mode of the core.
template <class Use>
void each_mode(const datapath::CoreConfig& config, Use use) {
  for (int index = 0; index < datapath::mode_count(config); ++index) use(datapath::in_mode(config, index));
}

std::unique_ptr<datapath::Core> make_plain_core(const datapath::CoreConfig& config, CoreKind kind, const CoreParts& parts) {
  switch (kind) {
    case CoreKind::Fast:
      if (!parts.values) return std::make_unique<datapath::TimedCore>(config);
      return kernels::make_fast_core(config, parts.threads);
    case CoreKind::Cycle:
      return datapath::make_stepped_tile(datapath::make_cycle_core(config));
    case CoreKind::Rtl:
      return datapath::make_stepped_tile(make_rtl_core(config, cache_of(parts)));
    case CoreKind::Lockstep:
      return datapath::make_stepped_tile(make_lockstep_core(config, parts));
  }
  throw InvariantError("cores: unknown core kind");
}

}  // namespace

void check_rtl(const datapath::CoreConfig& config, const rtl::ModuleCache& rtl) {
  each_mode(config, [&](const datapath::CoreConfig& mode) { static_cast<void>(core_module(rtl, mode)); });
}

CoreReach core_reach(const datapath::CoreConfig& config, CoreKind kind, bool sampled) {
  if (!needs_rtl(kind) && !sampled) return {};
  CoreReach reach{.bias_columns = std::int64_t{rtl::kBiasBlocks} * config.cols};
  if (datapath::rules_of(config).sums_stay()) return reach;
  each_mode(config, [&](const datapath::CoreConfig& mode) {
    reach.partial_sum_rows = std::min<std::int64_t>(reach.partial_sum_rows, rtl::bank_rows(mode));
  });
  return reach;
}

void build_rtl(const datapath::CoreConfig& config, rtl::ModuleCache& rtl) {
  each_mode(config, [&](const datapath::CoreConfig& mode) { static_cast<void>(rtl.load(core_module(rtl, mode))); });
}

std::unique_ptr<datapath::Core> make_core(const datapath::CoreConfig& config, CoreKind kind, const CoreParts& parts) {
  if (!parts.values && (kind != CoreKind::Fast || parts.sampler != nullptr))
    throw InvariantError("cores: a run without values on a core that computes");
  return datapath::make_modal_core(config, [&](const datapath::CoreConfig& mode) {
    auto core = make_plain_core(mode, kind, parts);
    if (parts.sampler == nullptr) return core;
    return lockstep::make_sampled_core(std::move(core), make_lockstep_core(mode, parts), *parts.sampler);
  });
}

}  // namespace binade::sim
