// SPDX-License-Identifier: Apache-2.0
#include "tests/cosim/dot_driver.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <random>

#include "models/numerics/uint128.h"

namespace binade::cosim {
namespace {

using numerics::Int128;

constexpr int kLaneLatency = 2;

/// What happens at one enabled clock of the stream.
struct Beat {
  DotPinsIn pins;
  int step_job = -1;    ///< job whose product is accumulated
  int output_job = -1;  ///< job whose result leaves the lane
};

void count(numerics::Events& events, unsigned bits) {
  events.saturation += bits & 1;
  events.underflow += bits >> 1 & 1;
  events.overflow += bits >> 2 & 1;
  events.nar += bits >> 3 & 1;
  events.inexact += bits >> 4 & 1;
}

/// Lays the jobs out in enabled clocks. A product entered at beat n is accumulated at n + latency - 1 and the lane can take the
/// sum at n + latency.
std::vector<Beat> schedule(const DotSet& set, const std::vector<DotJob>& jobs, std::minstd_rand* random) {
  std::vector<Beat> beats;
  const auto at = [&](std::size_t beat) -> Beat& {
    if (beats.size() <= beat) beats.resize(beat + 1);
    return beats[beat];
  };
  const auto latency = static_cast<std::size_t>(set.latency);
  std::size_t now = 0;
  for (std::size_t j = 0; j < jobs.size(); ++j) {
    const DotJob& job = jobs[j];
    const std::size_t half = job.split ? job.a.size() / 2 : 0;
    for (std::size_t k = 0; k < job.a.size(); ++k) {
      if (random != nullptr && (*random)() % 4 == 0) now += 1 + (*random)() % 2;
      const bool resumed = half != 0 && k == half;
      if (resumed) {
        at(now - 1 + latency).pins.save = true;
        ++now;
      }
      DotPinsIn& pins = at(now).pins;
      pins.valid = true;
      pins.load = k == 0 || resumed;
      pins.close = (k + 1) % static_cast<std::size_t>(set.accumulate.block) == 0;
      pins.a = job.a[k];
      pins.b = job.b[k];
      Beat& step = at(now + latency - 1);
      step.step_job = static_cast<int>(j);
      step.pins.restore = resumed;
      step.pins.product_shift = job.product_shift;
      pins.step_rounding = job.rounding;
      step.pins.step_rounding = job.rounding;
      ++now;
    }
    DotPinsIn& lane = at(now - 1 + latency).pins;
    lane.lane_valid = true;
    lane.lane_shift = job.product_shift;
    lane.bias_valid = job.bias.has_value();
    lane.bias = job.bias.value_or(0);
    lane.bias_shift = job.bias_shift;
    lane.relu = job.relu;
    lane.raw = job.raw;
    lane.rounding = job.rounding;
    lane.seed = job.seed;
    lane.tensor = job.tensor;
    lane.index = job.index;
    at(now - 1 + latency + kLaneLatency - 1).output_job = static_cast<int>(j);
  }
  return beats;
}

}  // namespace

std::vector<DotResult> run_unit(DotUnit& unit, const DotSet& set, const std::vector<DotJob>& jobs, std::uint32_t stall_seed) {
  std::minstd_rand random(stall_seed);
  const std::vector<Beat> beats = schedule(set, jobs, stall_seed != 0 ? &random : nullptr);
  std::vector<DotResult> results(jobs.size());
  for (const auto& beat : beats) {
    while (stall_seed != 0 && random() % 4 == 0) {
      DotPinsIn frozen = beat.pins;
      frozen.enable = false;
      frozen.save = false;
      const DotPinsOut& out = unit.clock(frozen);
      if ((out.step_events | out.product_events) != 0) results.at(0).events.nar += 1'000'000;  // events of a frozen clock
    }
    const DotPinsOut& out = unit.clock(beat.pins);
    if (beat.step_job >= 0) {
      count(results[static_cast<std::size_t>(beat.step_job)].events, out.step_events);
      count(results[static_cast<std::size_t>(beat.step_job)].events, out.product_events);
    }
    if (out.lane_valid != (beat.output_job >= 0)) results.at(0).code = ~std::uint64_t{0};  // never a code
    if (beat.output_job < 0) continue;
    DotResult& result = results[static_cast<std::size_t>(beat.output_job)];
    result.code = out.code;
    result.magnitude = out.magnitude;
    result.overflow = out.overflow;
    count(result.events, out.events);
    count(result.events, out.bias_events);
    count(result.events, out.block_events);
  }
  return results;
}

namespace {

/// The accumulator itself, bias and ReLU applied: what dfp and sdfp store.
DotResult run_raw_model(const DotSet& set, const DotJob& job) {
  DotResult result;
  const int bits = set.accumulate.acc_bits != 0 ? set.accumulate.acc_bits : numerics::default_acc_bits(set.format, set.accumulate);
  const Int128 limit = Int128{1} << (bits - 1);
  Int128 sum = 0;
  const auto add = [&](Int128 term) {
    const Int128 clamped = std::clamp(sum + term, -limit, limit - 1);
    if (clamped != sum + term) ++result.events.saturation;
    sum = clamped;
  };
  for (std::size_t k = 0; k < job.a.size(); ++k)
    add(Int128{numerics::mantissa_of(set.format, job.a[k])} * numerics::mantissa_of(set.format, job.b[k]));
  const std::uint64_t saturations = result.events.saturation;
  if (job.bias) add(Int128{numerics::mantissa_of(set.format, *job.bias)} << job.bias_shift);
  if (job.relu && sum < 0) sum = 0;
  result.code = static_cast<std::uint64_t>(sum);
  result.magnitude = static_cast<std::uint64_t>(sum < 0 ? -sum : sum);
  result.overflow = result.events.saturation != saturations;
  return result;
}

}  // namespace

DotResult run_model(const DotSet& set, const DotJob& job) {
  if (job.raw) return run_raw_model(set, job);
  numerics::AccumulateSpec spec = set.accumulate;
  spec.rounding = job.rounding;
  const auto accumulator =
      numerics::make_accumulator(set.format, spec, job.product_shift,
                                 // The lane's shift of an exact bias is in accumulator LSBs.
                                 spec.policy == numerics::Accumulate::Exact ? job.product_shift - job.bias_shift : job.bias_shift);
  accumulator->clear();
  for (std::size_t k = 0; k < job.a.size(); ++k) accumulator->mac(job.a[k], job.b[k]);
  const std::uint64_t saturations = accumulator->events().saturation;
  if (job.bias) accumulator->add_bias(*job.bias);
  DotResult result;
  result.code = accumulator->result(job.relu, numerics::random_bits(job.seed, job.tensor, job.index));
  result.events = accumulator->events();
  if (set.format.shared_exponent()) {
    const std::int64_t mantissa = numerics::mantissa_of(set.format, static_cast<numerics::Code>(result.code));
    result.magnitude = static_cast<std::uint64_t>(std::abs(mantissa));
    // Flex counts the ends of the range, integers what the lane clamped.
    result.overflow = spec.policy == numerics::Accumulate::Blocked
                          ? mantissa >= set.format.max_mantissa() || mantissa <= -set.format.max_mantissa()
                          : result.events.saturation != saturations;
  }
  return result;
}

std::string describe(const DotSet& set, const DotJob& job) {
  std::string text =
      fmt::format("{} round {} shift {} bias_shift {}{}{}{}", set.name, numerics::to_string(job.rounding), job.product_shift,
                  job.bias_shift, job.relu ? " relu" : "", job.raw ? " raw" : "", job.split ? " split" : "");
  if (job.bias) text += fmt::format(" bias {:#x}", *job.bias);
  text += " :";
  for (std::size_t k = 0; k < std::min<std::size_t>(job.a.size(), 40); ++k) text += fmt::format(" {:#x} {:#x}", job.a[k], job.b[k]);
  return text;
}

}  // namespace binade::cosim
