// SPDX-License-Identifier: Apache-2.0
#include "sim/host/run_parts.h"

#include <algorithm>

#include "hw/memory/dram_preset.h"
#include "models/numerics/error.h"
#include "sim/host/run_formats.h"

namespace binade::sim {

using spec::Counter;

namespace {

MachineFacts machine_facts(const hw::PlatformConfig& platform) {
  const hw::DramPreset& preset = hw::dram_preset(platform.dram.preset);
  const int channels = dram_channels(preset, platform.dram.channels);
  return {.memory = platform.memory_ideal ? "ideal: no latency and no limit of bandwidth" : hw::describe(preset, channels),
          .dram_channels = channels,
          .dram_burst_bytes = preset.burst_bytes(),
          .dram_gb_per_s = preset.channel_bytes_per_ns() * channels};
}

}  // namespace

std::int64_t top1(std::span<const double> scores, std::span<const int> labels) {
  const std::size_t classes = scores.size() / labels.size();
  std::int64_t correct = 0;
  for (std::size_t sample = 0; sample < labels.size(); ++sample) {
    const auto row = scores.subspan(sample * classes, classes);
    const auto less = [](double a, double b) { return a < b || (a != a && b == b); };  // NaN is below everything
    const auto best = std::max_element(row.begin(), row.end(), less);
    if (best - row.begin() == labels[sample]) ++correct;
  }
  return correct;
}

programs::ExecutionOptions execution_options(const RunSpec& request, const RunHooks& hooks) {
  WallClock* const clock = hooks.wall_clock;
  const auto golden = [clock](bool begins) { clock->enter(begins ? WallPart::Golden : WallPart::Quantise); };
  return {.core = request.platform.core,
          .seed = static_cast<std::uint32_t>(request.seed),
          .threads = hooks.threads,
          .initialise_on_machine = request.flex.init_on_device,
          .values = request.platform.values,
          .golden_work = clock != nullptr ? std::function<void(bool)>(golden) : nullptr};
}

programs::ExponentOptions exponent_options(const RunSpec& request) {
  return {.flex_preset = request.flex.preset,
          .sdfp = {request.sdfp.weights, request.sdfp.activations, 0},
          .add_shift = request.sdfp.add_shift,
          .seed = static_cast<std::uint32_t>(request.seed)};
}

void check_bytes(const std::string& where, const spec::Counters& counters, std::int64_t unique_bytes) {
  const std::uint64_t moved = counters[Counter::LoadBytes] + counters[Counter::StoreBytes] + counters[Counter::FetchBytes];
  if (moved < static_cast<std::uint64_t>(unique_bytes))
    throw InvariantError(where + ": moved " + std::to_string(moved) + " bytes but touched " + std::to_string(unique_bytes));
}

void finish_row(const RunSpec& request, const RunEnergy& energy, const spec::ArithmeticCounts& arithmetic, LayerReport& report) {
  const datapath::CoreConfig& core = request.platform.core;
  report.cycles = report.counters[report.k > 0 ? Counter::CoreBeats : Counter::VectorBusy];
  report.total_cycles = report.counters[Counter::TotalCycles];
  report.overhead_cycles = report.counters[Counter::CoreOverhead];
  const double offered = static_cast<double>(core.rows) * core.cols * static_cast<double>(report.total_cycles);
  if (offered > 0) report.utilisation = static_cast<double>(report.macs) / offered;
  report.energy = energy.rows(report.counters, arithmetic);
}

RunReport report_of(const RunSpec& request, const networks::Network& network) {
  RunReport report;
  report.network = network.name;
  report.network_source = network.source;
  say_formats(request.formats, request.platform.core, report);
  report.core = to_string(request.core);
  report.tensors = request.tensors;
  report.seed = request.seed;
  report.samples = samples_of(request);
  report.batch = request.batch;
  report.clock_ghz = request.platform.clock_ghz;
  report.machine = machine_facts(request.platform);
  report.energy_table = energy_table_text(request);
  return report;
}

void finish_report(const RunSpec& request, const RunEnergy& energy, const spec::ArithmeticCounts& arithmetic, RunReport& report) {
  report.energy = energy.rows(report.counters, arithmetic);
  report.calibrated = energy.core_figures(report.counters, arithmetic);
  report.seconds_at_clock = static_cast<double>(report.counters[Counter::TotalCycles]) / (request.platform.clock_ghz * 1e9);
}

}  // namespace binade::sim
