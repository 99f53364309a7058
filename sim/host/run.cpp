// SPDX-License-Identifier: Apache-2.0
#include "sim/host/run.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <span>

#include "hw/memory/dram_preset.h"
#include "models/cost/energy.h"
#include "models/networks/reference.h"
#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "models/operations/reference.h"
#include "sim/host/digest.h"
#include "sim/host/error_figures.h"
#include "sim/host/layer_executor.h"
#include "sim/host/network_plan.h"

namespace binade::sim {

namespace {

using networks::Network;
using spec::Counter;

// A tensor of the current pass: always in the reference, on the device where the device made it or has been given it.
struct PassTensor {
  std::vector<double> reference;
  std::optional<LiveTensor> live;
  int readers = 0;  ///< steps of this pass that still need it
};

// A row of the report while passes add to it.
struct LayerSums {
  LayerReport report;
  ErrorSums end_to_end, datapath;
  Digest digest;
  bool started = false;
};

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

const hw::DramPreset& dram_preset(const hw::DramConfig& dram) {
  const hw::DramPreset* preset = hw::find_dram_preset(dram.preset);
  if (preset == nullptr) throw InvariantError("run: dram.preset " + dram.preset + " was not validated");
  return *preset;
}

MachineFacts machine_facts(const hw::PlatformConfig& platform) {
  const hw::DramPreset& preset = dram_preset(platform.dram);
  const int channels = dram_channels(preset, platform.dram.channels);
  return {.memory = platform.memory_ideal ? "ideal: no latency and no limit of bandwidth" : hw::describe(preset, channels),
          .dram_channels = channels,
          .dram_burst_bytes = preset.burst_bytes(),
          .dram_gb_per_s = preset.channel_bytes_per_ns() * channels};
}

std::vector<EnergyRow> energy_of(const hw::PlatformConfig& platform, const spec::Counters& counters,
                                 const cost::EnergyTable& table) {
  const hw::DramPreset& dram = dram_preset(platform.dram);
  const cost::PlatformFacts facts{.format = platform.core.format,
                                  .accumulate = platform.core.accumulate,
                                  .a_bytes = platform.scratchpad.a_bytes,
                                  .b_bytes = platform.scratchpad.b_bytes,
                                  .o_bytes = platform.scratchpad.o_bytes,
                                  .scratchpad_banks = platform.scratchpad.banks,
                                  .psum_bytes = platform.core.psum_bytes,
                                  .psum_slices = platform.core.cols,
                                  .psum_bits = psum_bits(platform.core),
                                  .dram_preset = platform.dram.preset,
                                  .dram_burst_bytes = dram.burst_bytes(),
                                  .dram_channels = dram_channels(dram, platform.dram.channels),
                                  .clock_ps = std::round(1000 / platform.clock_ghz)};  // as hw::Clock
  std::vector<EnergyRow> rows;
  for (const cost::EnergyRow& row : cost::energy(counters, facts, table)) rows.push_back({row.component, row.picojoule, row.rule});
  return rows;
}

class NetworkRun {
 public:
  NetworkRun(const RunRequest& request, Device& device, const ProgressSink& progress, const std::atomic<bool>& stop)
      : request_(request),
        network_(request.network),
        progress_(progress),
        stop_(stop),
        steps_(plan_steps(request)),
        samples_(samples_of(request)),
        executor_(request, device),
        spacing_(request.platform.core.format) {
    sums_.resize(steps_.size());
  }

  RunReport go() {
    for (std::int64_t first = 0; first < samples_ && !stopped_; first += request_.batch)
      run_pass(first, std::min(request_.batch, samples_ - first));
    return finish();
  }

 private:
  const networks::Layer& row(int layer) const { return network_.layers[static_cast<std::size_t>(layer)]; }

  void run_pass(std::int64_t first_sample, std::int64_t samples) {
    tensors_.clear();
    executor_.begin_pass();
    for (const Step& step : steps_)
      for (const int input : row(step.layer).inputs) ++tensors_[resolve(network_, input)].readers;
    for (const auto& [name, input] : request_.inputs) {
      const int given = resolve(network_, layer_index(network_, name));
      const std::int64_t elements = row(given).out.elements();
      const auto begin = input.values.begin() + first_sample * elements;
      tensors_[given].reference.assign(begin, begin + samples * elements);
    }
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      report_progress(i);
      run_step(i, first_sample, samples);
      if (stop_.load()) {
        stopped_ = i + 1 < steps_.size() || first_sample + samples < samples_;
        break;
      }
    }
    for (auto& [index, tensor] : tensors_)
      if (tensor.live) executor_.release(*tensor.live);
  }

  void report_progress(std::size_t step) {
    if (!progress_) return;
    const auto passes = (samples_ + request_.batch - 1) / request_.batch;
    progress_({.step = done_++, .steps = passes * static_cast<std::int64_t>(steps_.size()), .what = row(steps_[step].layer).name});
  }

  void run_step(std::size_t index, std::int64_t first_sample, std::int64_t samples) {
    const Step& step = steps_[index];
    PassTensor& output = tensors_[step.output];
    std::vector<std::span<const double>> references;
    for (const int input : row(step.layer).inputs) references.emplace_back(tensors_[resolve(network_, input)].reference);
    {
      const WallClock::Scope scope(request_.wall_clock, WallPart::Reference);
      const networks::LayerParameters parameters = layer_parameters(network_, step.layer, request_.parameters);
      output.reference = reference_forward(network_, step.layer, samples, references, parameters.weight, parameters.bias);
      if (step.relu()) operations::relu(output.reference);
    }
    if (step.on_device) run_on_device(index, first_sample, samples, output);
    const bool last = index + 1 == steps_.size();
    if (last) score(output, first_sample, samples);
    for (const int input : row(step.layer).inputs) --tensors_[resolve(network_, input)].readers;
    for (const int input : row(step.layer).inputs) drop_unread(resolve(network_, input));
    drop_unread(step.output);
  }

  void run_on_device(std::size_t index, std::int64_t first_sample, std::int64_t samples, PassTensor& output) {
    const Step& step = steps_[index];
    std::vector<const LiveTensor*> inputs;
    for (const int input : row(step.layer).inputs) {
      const int source = resolve(network_, input);
      PassTensor& tensor = tensors_[source];
      if (!tensor.live)
        tensor.live = executor_.write_activation(source, tensor.reference,
                                                 static_cast<std::uint64_t>(first_sample * row(source).out.elements()));
      inputs.push_back(&*tensor.live);
    }
    LayerOutcome outcome = executor_.execute(step, samples, first_sample, inputs);
    const WallClock::Scope scope(request_.wall_clock, WallPart::Figures);
    LayerSums& sums = sums_[index];
    const int exponent = outcome.output.device.exponent;
    sums.end_to_end.add(output.reference, outcome.output.values, spacing_, exponent);
    sums.datapath.add(outcome.exact, outcome.output.values, spacing_, exponent);
    sums.digest.update(outcome.bytes);
    add_figures(step, samples, outcome, sums);
    output.live = std::move(outcome.output);
  }

  void add_figures(const Step& step, std::int64_t samples, const LayerOutcome& outcome, LayerSums& sums) {
    LayerReport& report = sums.report;
    const networks::Layer& layer = row(step.layer);
    if (is_gemm(layer.op)) {
      const GemmShape shape = gemm_shape({.network = network_, .layer = step.layer, .samples = samples});
      report.n = shape.n;
      report.k = shape.k;
      if (operations::row(layer).traits.samples_apart) {
        report.m = shape.m;
        report.groups = (sums.started ? report.groups : 0) + shape.count;
      } else {
        report.m += shape.m;
        report.groups = shape.count;
      }
    }
    if (!sums.started) {
      report.name = layer.name;
      report.op = std::string(to_string(layer.op)) + (step.relu() ? "+relu" : "");
      report.tile = outcome.tile;
      report.loop_order = outcome.loop_order;
    }
    sums.started = true;
    if (request_.platform.core.format.shared_exponent()) report.exponent = outcome.output.device.exponent;
    if (outcome.tries) report.device_tries = report.device_tries.value_or(0) + *outcome.tries;
    report.elements += layer.out.elements() * samples;
    report.macs += macs(network_, step.layer) * static_cast<std::uint64_t>(samples);
    report.counters += outcome.counters;
    report.second_pass_cycles += outcome.second_pass[spec::Counter::TotalCycles];
    report.second_pass_bytes += outcome.second_pass[spec::Counter::BusBytes];
    report.unique_bytes += static_cast<std::uint64_t>(outcome.unique_bytes);
  }

  void score(const PassTensor& output, std::int64_t first_sample, std::int64_t samples) {
    if (!request_.labels) return;
    const auto labels =
        std::span(*request_.labels).subspan(static_cast<std::size_t>(first_sample), static_cast<std::size_t>(samples));
    reference_correct_ += top1(output.reference, labels);
    if (output.live) device_correct_ += top1(output.live->values, labels);
    scored_ += samples;
  }

  void drop_unread(int index) {
    const auto found = tensors_.find(index);
    if (found == tensors_.end() || found->second.readers > 0) return;
    if (found->second.live) executor_.release(*found->second.live);
    tensors_.erase(found);
  }

  RunReport finish() {
    const hw::PlatformConfig& platform = request_.platform;
    RunReport report;
    report.network = network_.name;
    report.network_source = network_.source;
    report.format = to_string(platform.core.format);
    report.datapath = to_string(datapath::datapath_of(platform.core.format));
    report.accumulate = to_string(platform.core.accumulate.policy);
    report.rounding = to_string(platform.core.accumulate.rounding);
    report.core = to_string(request_.core);
    report.tensors = request_.tensors;
    report.seed = request_.seed;
    report.samples = samples_;
    report.batch = request_.batch;
    report.clock_ghz = platform.clock_ghz;
    report.machine = machine_facts(platform);
    report.complete = !stopped_;
    const cost::EnergyTable& table = request_.energy_table;
    report.energy_table = "published, not calibrated: " + printable(table.path());
    report.reference = operations::reference_library();
    Digest digest;
    for (LayerSums& sums : sums_) {
      if (!sums.started) continue;
      finish_layer(sums, table);
      digest.update(sums.report.digest);
      report.counters += sums.report.counters;
      report.layers.push_back(sums.report);
    }
    report.digest = digest.hex();
    report.energy = energy_of(request_.platform, report.counters, table);
    report.seconds_at_clock = static_cast<double>(report.counters[Counter::TotalCycles]) / (platform.clock_ghz * 1e9);
    if (!sums_.empty() && sums_.back().started) report.output = sums_.back().end_to_end.figures();
    if (scored_ > 0) {
      report.top1_reference = reference_correct_;
      if (steps_.back().on_device) report.top1_correct = device_correct_;
    }
    return report;
  }

  void finish_layer(LayerSums& sums, const cost::EnergyTable& table) const {
    LayerReport& report = sums.report;
    const datapath::CoreConfig& core = request_.platform.core;
    const bool gemm = report.k > 0;
    report.cycles = report.counters[gemm ? Counter::CoreBeats : Counter::VectorBusy];
    report.total_cycles = report.counters[Counter::TotalCycles];
    report.overhead_cycles = report.counters[Counter::CoreOverhead];
    const double offered = static_cast<double>(core.rows) * core.cols * static_cast<double>(report.total_cycles);
    if (offered > 0) report.utilisation = static_cast<double>(report.macs) / offered;
    report.end_to_end = sums.end_to_end.figures();
    report.datapath = sums.datapath.figures();
    report.digest = sums.digest.hex();
    report.energy = energy_of(request_.platform, report.counters, table);
  }

  const RunRequest& request_;
  const Network& network_;
  const ProgressSink& progress_;
  const std::atomic<bool>& stop_;
  const std::vector<Step> steps_;
  const std::int64_t samples_;
  LayerExecutor executor_;
  const Spacing spacing_;
  std::vector<LayerSums> sums_;
  std::map<int, PassTensor> tensors_;
  std::int64_t done_ = 0, scored_ = 0, device_correct_ = 0, reference_correct_ = 0;
  bool stopped_ = false;
};

}  // namespace

void check_energy(const RunRequest& request) {
  // Counters hold 64 bits: a table that is finite for the largest is finite for every run.
  spec::Counters most;
  for (std::size_t i = 0; i < spec::kCounterCount; ++i) most[static_cast<Counter>(i)] = std::numeric_limits<std::uint64_t>::max();
  for (const EnergyRow& row : energy_of(request.platform, most, request.energy_table))
    if (!std::isfinite(row.picojoule))
      throw InputError("energy table " + request.energy_table.path() + ": the figures of '" + row.component +
                       "' exceed binary64; allowed: rows sram_<bytes> whose power law stays within it");
}

RunReport run_network(const RunRequest& request, Device& device, const ProgressSink& progress, const std::atomic<bool>& stop) {
  validate(request);
  return NetworkRun(request, device, progress, stop).go();
}

}  // namespace binade::sim
