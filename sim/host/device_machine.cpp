// SPDX-License-Identifier: Apache-2.0
#include "sim/host/device_machine.h"

#include <utility>

#include "models/numerics/error.h"
#include "sim/host/addressed.h"

namespace binade::sim {

using programs::TensorStats;
using programs::Work;

DeviceMachine::DeviceMachine(const hw::PlatformConfig& config, Device& device, Hooks hooks)
    : config_(config), formats_(config.formats()), device_(device), hooks_(std::move(hooks)), dram_(config.dram.capacity_bytes) {}

void DeviceMachine::begin_layer(int layer, const std::string& name) {
  layer_ = layer;
  name_ = name;
  before_ = device_.counters();
  arithmetic_before_ = device_.arithmetic();
  figures_ = {};
}

DeviceMachine::LayerFigures DeviceMachine::end_layer() {
  figures_.counters = device_.counters() - before_;
  figures_.arithmetic = device_.arithmetic() - arithmetic_before_;
  for (const std::int64_t address : std::exchange(lists_, {})) dram_.release(address);
  return figures_;
}

void DeviceMachine::write(std::int64_t address, std::span<const std::byte> bytes) {
  device_.write_memory(static_cast<std::uint64_t>(address), bytes);
}
void DeviceMachine::read(std::int64_t address, std::span<std::byte> bytes) {
  device_.read_memory(static_cast<std::uint64_t>(address), bytes);
}

TensorStats DeviceMachine::run(const operations::GemmForm& form, const Work& work) {
  const WallClock::Scope scope(hooks_.wall_clock, WallPart::Lowering);
  Schedule schedule(layer_);
  GemmLayer layer = addressed(form, work);
  const datapath::CoreMode wanted = mode_of(form, work);
  const std::optional<int> mode = find_mode(config_.core, wanted);
  if (!mode) throw InvariantError(where() + ": the core has no mode " + to_string(wanted.format));
  layer.mode = *mode;
  hw::PlatformConfig config = config_;
  config.core = in_mode(config_.core, *mode);
  const Tile tile = choose_tile(config, form, where(), hooks_.tiling, name_);
  figures_.tile = to_string(tile);
  figures_.loop_order = tile.n_inner ? "m n k" : "n m k";
  lower_gemm(config, layer, tile, schedule);
  if (hooks_.before_gemm) hooks_.before_gemm(name_, output_tiles(layer, tile));
  return run_schedule(schedule);
}

TensorStats DeviceMachine::run(std::span<const operations::VectorForm> forms, const Work& work) {
  const WallClock::Scope scope(hooks_.wall_clock, WallPart::Lowering);
  Schedule schedule(layer_);
  std::vector<VectorJob> jobs = addressed(forms, work);
  for (std::size_t i = 0; i < jobs.size(); ++i) name_formats(forms[i], work, jobs[i].record);
  const std::string where = this->where();
  if (figures_.tile.empty()) figures_.tile = std::to_string(choose_chunk(config_, jobs.front(), where));
  lower_vector(config_, jobs, where, schedule);
  const spec::Counters before = device_.counters();
  const TensorStats stats = run_schedule(schedule);
  if (op_of(jobs.front().record) == spec::VectorOp::Requantise) figures_.second_pass = device_.counters() - before;
  return stats;
}

template <class Format>
std::int64_t DeviceMachine::format_index(const Format& format) const {
  const std::optional<std::int64_t> index = formats_.find(format);
  if (!index) throw InvariantError(where() + ": the platform does not know one of its formats");
  return *index;
}

void DeviceMachine::name_formats(const operations::VectorForm& form, const programs::Work& work, spec::Vector& record) const {
  record.x_format = format_index(work.of(form.x.at).format);
  for (const auto& second : {form.y, form.s})
    if (second) record.y_format = format_index(work.of(*second).format);
  record.o_format = format_index(operations::ElementFormat{work.output.format, work.mode.accumulate.rounding});
}

std::vector<TensorStats> DeviceMachine::run(const operations::ChainForm& form, const Work& work) {
  const WallClock::Scope scope(hooks_.wall_clock, WallPart::Lowering);
  const std::string where = this->where();
  if (const std::string problem = chain_problem(form); !problem.empty()) throw InvariantError(where + ": chain: " + problem);
  if (form.results.size() != work.further.size() + 1) throw InvariantError(where + ": a chain with other results than outputs");
  if (const std::string problem = placing_problem(form, formats_); !problem.empty())
    throw InvariantError(where + ": chain: " + problem);
  ChainJob job = addressed(form, work);
  for (std::size_t i = 0; i < form.operands.size(); ++i)
    job.chain.operands[i].format = format_index(work.of(form.operands[i].at).format);
  job.chain.results[0].format = format_index(operations::ElementFormat{work.output.format, work.mode.accumulate.rounding});
  for (std::size_t i = 0; i < work.further.size(); ++i)
    job.chain.results[i + 1].format =
        format_index(operations::ElementFormat{work.further[i].tensor.format, work.further[i].rounding});
  Schedule schedule(layer_);
  if (figures_.tile.empty()) figures_.tile = std::to_string(choose_chunk(config_, job, where));
  lower_chain(config_, job, where, schedule);
  std::vector<TensorStats> stats = {run_schedule(schedule)};
  for (std::size_t i = 1; i < form.results.size(); ++i) stats.push_back(device_.stats(i));
  return stats;
}

TensorStats DeviceMachine::run(const operations::MaximumForm& form, const Work& work) {
  return run_windows(addressed(form, work), work);
}

TensorStats DeviceMachine::run(const operations::WindowGradientForm& form, const Work& work) {
  return run_windows(addressed(form, work), work);
}

TensorStats DeviceMachine::run_windows(WindowJob job, const Work& work) {
  const WallClock::Scope scope(hooks_.wall_clock, WallPart::Lowering);
  const std::string where = this->where();
  job.record.x_format = format_index(work.inputs[0].format);
  job.record.o_format = format_index(operations::ElementFormat{work.output.format, work.mode.accumulate.rounding});
  Schedule schedule(layer_);
  const std::int64_t plane_outputs = operations::output_count(job.record) / job.record.planes;
  if (figures_.tile.empty()) figures_.tile = std::to_string(choose_planes(config_, job, where) * plane_outputs);
  lower_windows(config_, job, where, schedule);
  return run_schedule(schedule);
}

TensorStats DeviceMachine::run_schedule(const Schedule& schedule) {
  const std::vector<spec::DescriptorWords> list = schedule.finish();
  const auto bytes = std::as_bytes(std::span(list));
  lists_.push_back(dram_.allocate(static_cast<std::int64_t>(bytes.size())));
  figures_.list_bytes += static_cast<std::int64_t>(bytes.size());
  const auto address = static_cast<std::uint64_t>(lists_.back());
  device_.write_memory(address, bytes);
  device_.reset_stats();
  try {
    device_.run(address, list.size());
  } catch (const InvariantError& error) {
    throw InvariantError(where() + ": " + error.what());
  }
  return device_.stats();
}

}  // namespace binade::sim
