// SPDX-License-Identifier: Apache-2.0
#include "sim/run/tile_search.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <tuple>
#include <vector>

#include "models/numerics/error.h"
#include "sim/host/run.h"
#include "sim/jobs/interrupt.h"
#include "sim/jobs/pool.h"
#include "sim/platform/cores.h"
#include "sim/platform/platform.h"

namespace binade::sim {
namespace {

/// The same clocks, without what they do not depend on; of a run of several passes all of them, or the first.
RunSpec without_values(const RunSpec& spec, bool all_passes) {
  RunSpec bare = spec;
  for (auto& [name, input] : bare.inputs) {
    const std::vector<std::int64_t> shape = input.shape;
    input = {};
    input.shape = shape;
    if (!bare.step && !all_passes) input.shape[0] = std::min(input.shape[0], bare.batch);
  }
  bare.parameters.clear();
  bare.labels.reset();
  bare.core = CoreKind::Fast;
  bare.rtl_sample.reset();
  bare.reference = bare.check = false;
  bare.flex.init_on_device = false;
  bare.platform.values = bare.platform.operand_sums = false;
  bare.tiling.search = false;
  bare.tiling.reach = core_reach(spec.platform.core, spec.core, spec.rtl_sample.has_value());
  if (bare.step) {
    bare.step->state = nullptr;
    bare.step->record = nullptr;
  }
  return bare;
}

bool has_several_passes(const RunSpec& spec) {
  return !spec.step &&
         std::any_of(spec.inputs.begin(), spec.inputs.end(), [&](const auto& input) { return input.second.shape[0] > spec.batch; });
}

/// A matrix product as one simulation had it.
struct Row {
  std::string name, tile, order;
  std::uint64_t cycles = 0;
  double energy = 0;
};

struct Simulation {
  std::uint64_t cycles = 0;  ///< of all layers
  std::vector<Row> products;
};

std::string bytes_of(const RunReport& report) {
  std::uint64_t cycles = 0;
  nlohmann::json rows = nlohmann::json::array();
  for (const LayerReport& layer : report.layers) {
    cycles += layer.total_cycles;
    if (layer.k == 0) continue;
    double energy = 0;
    for (const EnergyRow& row : layer.energy) energy += row.picojoule;
    // Names may hold any bytes.
    rows.push_back(
        {nlohmann::json::binary({layer.name.begin(), layer.name.end()}), layer.tile, layer.loop_order, layer.total_cycles, energy});
  }
  const auto packed = nlohmann::json::to_cbor(nlohmann::json::array({cycles, rows}));
  return {packed.begin(), packed.end()};
}

Simulation simulation_of(const std::string& bytes) {
  const nlohmann::json said = nlohmann::json::from_cbor(bytes);
  Simulation simulation{.cycles = said[0], .products = {}};
  for (const auto& row : said[1]) {
    const auto& name = row[0].get_binary();
    simulation.products.push_back({{name.begin(), name.end()}, row[1], row[2], row[3], row[4]});
  }
  return simulation;
}

Tile tile_of(const Row& row) {
  Tile tile;
  long long m = 0, n = 0, k = 0;
  if (std::sscanf(row.tile.c_str(), "%lld x %lld x %lld", &m, &n, &k) != 3)
    throw InvariantError("tile search: '" + row.tile + "' is no tile");
  tile.m = m;
  tile.n = n;
  tile.k = k;
  tile.n_inner = row.order == "m n k";
  return tile;
}

RunReport simulated(const RunSpec& spec) {
  RunReport report;
  RunHooks hooks;
  hooks.stop = &interrupted();
  run_on_platform(spec.platform, spec.core, {}, [&](Device& device) { report = run_network(spec, device, hooks); });
  return report;
}

/// Each in a process of its own; empty where it was interrupted.
std::vector<Simulation> simulate_all(const std::vector<TilingChoice>& choices, const RunSpec& bare, std::size_t processes) {
  std::vector<Simulation> simulations(choices.size());
  std::vector<JobResult> failures;
  run_jobs(
      choices.size(), {.at_a_time = processes, .noun = "tiling", .remedy = "--tiling estimate"},
      [&](std::size_t i, const ProgressSink&) {
        RunSpec spec = bare;
        spec.tiling = choices[i];
        return bytes_of(simulated(spec));
      },
      [&](std::size_t i, JobResult result) {
        if (result.bytes)
          simulations[i] = simulation_of(*result.bytes);
        else if (!result.error.empty())
          failures.push_back(std::move(result));
      },
      [](const Progress&) {});
  if (interrupted()) return {};
  if (!failures.empty()) {
    const std::string message = "tiling: " + failures.front().error;
    if (failures.front().exit_code == 2) throw InputError(message);
    throw InvariantError(message);
  }
  return simulations;
}

}  // namespace

std::map<std::string, FoundTile> search_tiles(const RunSpec& spec, std::size_t processes) {
  const RunSpec first = without_values(spec, false), whole = without_values(spec, true);
  std::vector<TilingChoice> ranks(kTilesSimulated + 1, first.tiling);
  for (std::size_t i = 0; i < ranks.size(); ++i) ranks[i].rank = static_cast<int>(i);
  const std::vector<Simulation> simulations = simulate_all(ranks, first, processes);
  if (simulations.empty()) return {};

  std::map<std::string, FoundTile> found;
  for (std::size_t i = 0; i < simulations.front().products.size(); ++i) {
    const auto fewer = [i](const Simulation& a, const Simulation& b) {
      const Row &one = a.products.at(i), &other = b.products.at(i);
      return std::tie(one.cycles, one.energy) < std::tie(other.cycles, other.energy);
    };
    const Row& best = std::min_element(simulations.begin(), simulations.end(), fewer)->products[i];
    found[best.name].tile = tile_of(best);
  }
  std::vector<TilingChoice> choices{chosen(whole.tiling, found)};
  if (has_several_passes(spec)) choices.push_back(whole.tiling);  // one pass has been simulated with it
  const std::vector<Simulation> runs = simulate_all(choices, whole, processes);
  if (runs.empty()) return {};
  const Simulation &together = runs.front(), &plain = runs.size() > 1 ? runs.back() : simulations.front();
  for (const Row& row : plain.products) {
    FoundTile& one = found[row.name];
    one.default_tile = row.tile + ", " + row.order;
    one.default_cycles = row.cycles;
    if (together.cycles > plain.cycles) one.tile = tile_of(row);
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
