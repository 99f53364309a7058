// SPDX-License-Identifier: Apache-2.0
#include "sim/report/training_cost.h"

#include <algorithm>

#include "models/numerics/error.h"
#include "sim/report/configuration_text.h"
#include "sim/report/energy_standing.h"
#include "sim/report/figures.h"
#include "sim/report/passes.h"
#include "sim/report/training_report.h"

namespace binade::sim {
namespace {

using spec::Counter;

CostRow row_of(const PassTotals& totals, const std::string& part, const RunReport& run) {
  const auto traffic = dram_traffic(totals.counters, run);
  return {.part = part,
          .steps = 1,
          .samples = run.samples,
          .macs = totals.macs,
          .cycles = totals.total_cycles,
          .seconds = seconds_at_clock(totals.total_cycles, run),
          .energy_pj = total_picojoule(totals.energy),
          .dram_requested_bytes = traffic.requested_bytes,
          .dram_burst_bytes = traffic.burst_bytes,
          .bus_bytes = totals.counters[Counter::BusBytes],
          .bound_by = std::string(bound_by(totals.bounds)),
          .energy_standing = energy_standing(run)};
}

/// `times` more of `row`, but for what bounds it.
void add(const CostRow& row, std::int64_t times, CostRow& sum) {
  const auto count = static_cast<std::uint64_t>(times);
  sum.steps += row.steps * times;
  sum.samples += row.samples * times;
  sum.macs += row.macs * count;
  sum.cycles += row.cycles * count;
  sum.seconds += row.seconds * static_cast<double>(times);
  sum.energy_pj += row.energy_pj * static_cast<double>(times);
  sum.dram_requested_bytes += row.dram_requested_bytes * count;
  sum.dram_burst_bytes += row.dram_burst_bytes * count;
  sum.bus_bytes += row.bus_bytes * count;
}

const CostRow& required(const TrainingCost& cost, const std::string& part) {
  const CostRow* const row = cost.row(part);
  if (row == nullptr) throw InvariantError("a training cost without its row " + part);
  return *row;
}

}  // namespace

const CostRow* TrainingCost::row(const std::string& part) const {
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const CostRow& each) { return each.part == part; });
  return found == rows.end() ? nullptr : &*found;
}

TrainingCost cost_of(const StepReports& reports, std::int64_t train_samples) {
  const RunReport& step = reports.step;
  const std::int64_t whole = train_samples / step.samples, rest = train_samples % step.samples;
  if (rest != (reports.last == nullptr ? 0 : reports.last->samples) || reports.first.samples != step.samples)
    throw InvariantError("the cost of an epoch: steps of other samples");
  TrainingCost cost{.core = reports.first.core,
                    .machine = machine_text(step),
                    .energy_table = step.energy_table + (step.calibrated ? "; figures " + energy_standing(step) : ""),
                    .identity = reports.first.identity,
                    .rows = {}};
  for (const auto& pass : pass_totals(step)) cost.rows.push_back(row_of(pass, pass.pass, step));
  auto totals = step_totals(step);
  const auto one = row_of(totals, kStepPart, step);
  cost.rows.push_back(one);
  const auto first = row_of(step_totals(reports.first), kFirstStepPart, reports.first);
  if (first.cycles != one.cycles || first.energy_pj != one.energy_pj) cost.rows.push_back(first);
  CostRow epoch{.part = kEpochPart, .steps = 0};
  add(one, whole, epoch);
  for (auto& cycles : totals.bounds) cycles *= static_cast<std::uint64_t>(whole);
  if (reports.last != nullptr) {
    const auto last = step_totals(*reports.last);
    cost.rows.push_back(row_of(last, kLastStepPart, *reports.last));
    add(cost.rows.back(), 1, epoch);
    for (std::size_t i = 0; i < totals.bounds.size(); ++i) totals.bounds[i] += last.bounds[i];
  }
  epoch.bound_by = bound_by(totals.bounds);
  epoch.energy_standing = one.energy_standing;
  cost.rows.push_back(epoch);
  return cost;
}

EpochCost cost_of_samples(const TrainingCost& cost, std::int64_t samples, bool first_epoch) {
  const CostRow& step = required(cost, kStepPart);
  const CostRow* const first = first_epoch ? cost.row(kFirstStepPart) : nullptr;
  const std::int64_t whole = samples / step.samples, firsts = first != nullptr && whole > 0 ? 1 : 0;
  CostRow sum;
  add(step, whole - firsts, sum);
  if (firsts > 0) add(*first, 1, sum);
  if (const auto rest = samples % step.samples; rest > 0) {
    const CostRow& last = required(cost, kLastStepPart);
    if (last.samples != rest) throw InvariantError("the cost of an epoch: samples that are no whole steps");
    add(last, 1, sum);
  }
  return {.cycles = sum.cycles, .energy_pj = sum.energy_pj};
}

void add_cost(const TrainingCost& cost, TrainingReport& report) {
  report.cost = cost;
  for (auto& row : report.history) {
    const EpochCost epoch = cost_of_samples(cost, row.samples, row.epoch == 1);
    row.accelerator_cycles = epoch.cycles;
    row.accelerator_energy_pj = epoch.energy_pj;
  }
}

std::optional<double> images_per_second(const CostRow& row) {
  return row.seconds > 0 ? std::optional(static_cast<double>(row.samples) / row.seconds) : std::nullopt;
}
double energy_per_image_pj(const CostRow& row) { return row.energy_pj / static_cast<double>(row.samples); }
std::optional<double> pj_per_mac(const CostRow& row) {
  return row.macs > 0 ? std::optional(row.energy_pj / static_cast<double>(row.macs)) : std::nullopt;
}

}  // namespace binade::sim
