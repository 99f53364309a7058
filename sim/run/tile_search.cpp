// SPDX-License-Identifier: Apache-2.0
#include "sim/run/tile_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <thread>
#include <tuple>
#include <vector>

#include "models/numerics/error.h"
#include "sim/host/run.h"
#include "sim/platform/cores.h"
#include "sim/platform/platform.h"
#include "sim/run/processes.h"
#include "sim/run/spec_settings.h"

namespace binade::sim {
namespace {

/// The same clocks, without what they do not depend on.
RunSpec without_values(const RunSpec& spec) {
  RunSpec bare = spec;
  for (auto& [name, input] : bare.inputs) {
    const std::vector<std::int64_t> shape = input.shape;
    input = {};
    input.shape = shape;
    if (!bare.step) input.shape[0] = std::min(input.shape[0], bare.batch);
  }
  bare.parameters.clear();
  bare.labels.reset();
  bare.core = CoreKind::Fast;
  bare.rtl_sample.reset();
  bare.reference = bare.check = false;
  bare.flex.init_on_device = false;
  bare.platform.values = bare.platform.operand_sums = false;
  bare.tiling.search = false;
  if (bare.step) {
    bare.step->state = nullptr;
    bare.step->record = nullptr;
  }
  return bare;
}

std::string tile_text(const LayerReport& layer) { return layer.tile + ", " + layer.loop_order; }

Tile tile_of(const LayerReport& layer) {
  Tile tile;
  long long m = 0, n = 0, k = 0;
  if (std::sscanf(layer.tile.c_str(), "%lld x %lld x %lld", &m, &n, &k) != 3)
    throw InvariantError("tile search: '" + layer.tile + "' is no tile");
  tile.m = m;
  tile.n = n;
  tile.k = k;
  tile.n_inner = layer.loop_order == "m n k";
  return tile;
}

double energy_of(const LayerReport& layer) {
  double sum = 0;
  for (const EnergyRow& row : layer.energy) sum += row.picojoule;
  return sum;
}

RunReport simulated(const RunSpec& spec) {
  RunReport report;
  run_on_platform(spec.platform, spec.core, {}, [&](Device& device) { report = run_network(spec, device, {}); });
  report.config = key_values(settings_of(spec), keys_of(spec));  // crosses as a report does
  return report;
}

}  // namespace

std::map<std::string, FoundTile> search_tiles(const RunSpec& spec, const ProgressSink& progress) {
  const RunSpec bare = without_values(spec);
  std::vector<RunReport> reports(kTilesSimulated + 1);
  std::vector<ProcessResult> failures;
  bool interrupted = false;
  run_in_processes(
      reports.size(), {.at_a_time = std::max(1U, std::thread::hardware_concurrency()), .noun = "tiling", .remedy = "--tiling estimate"},
      [&](std::size_t i, const ProgressSink& tell) {
        RunSpec ranked = bare;
        ranked.tiling.rank = static_cast<int>(i);
        if (tell) tell({.step = static_cast<std::int64_t>(i), .steps = 0, .what = "tiles"});
        return simulated(ranked);
      },
      [&](std::size_t i, ProcessResult result) {
        if (result.report)
          reports[i] = std::move(*result.report);
        else if (result.error.empty())
          interrupted = true;
        else
          failures.push_back(std::move(result));
      },
      progress ? progress : [](const Progress&) {});
  if (interrupted) return {};
  if (!failures.empty()) {
    const std::string message = "tiling: " + failures.front().error;
    if (failures.front().exit_code == 2) throw InputError(message);
    throw InvariantError(message);
  }

  std::map<std::string, FoundTile> found;
  for (std::size_t row = 0; row < reports.front().layers.size(); ++row) {
    const LayerReport* best = nullptr;
    for (const RunReport& report : reports) {
      const LayerReport& layer = report.layers.at(row);
      const auto rank = [](const LayerReport& l) { return std::tuple(l.total_cycles, energy_of(l)); };
      if (layer.k != 0 && (best == nullptr || rank(layer) < rank(*best))) best = &layer;
    }
    if (best == nullptr) continue;
    const LayerReport& plain = reports.front().layers[row];
    found[plain.name] = {.tile = tile_of(*best), .default_tile = tile_text(plain), .default_cycles = plain.total_cycles};
  }
  return found;
}

TilingChoice chosen(const TilingChoice& given, const std::map<std::string, FoundTile>& found) {
  TilingChoice choice = given;
  for (const auto& [name, one] : found) choice.layers.emplace(name, one.tile);
  return choice;
}

void tell(const std::map<std::string, FoundTile>& found, RunReport& report) {
  for (LayerReport& layer : report.layers) {
    const auto one = found.find(layer.name);
    if (one == found.end()) continue;
    layer.default_tile = one->second.default_tile;
    layer.default_tile_cycles = one->second.default_cycles;
  }
}

}  // namespace binade::sim
