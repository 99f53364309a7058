// SPDX-License-Identifier: Apache-2.0
#include "sim/search/study.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>
#include <numeric>
#include <random>
#include <utility>

#include "models/numerics/error.h"
#include "sim/host/run_parts.h"
#include "sim/jobs/interrupt.h"
#include "sim/jobs/pool.h"
#include "sim/run/identity.h"
#include "sim/run/simulate.h"
#include "sim/run/spec_settings.h"

namespace binade::sim {
namespace {

/// `count` different ones of `samples`, ascending.
std::vector<std::int64_t> drawn(std::int64_t samples, std::int64_t count, std::uint64_t seed) {
  if (count > samples)
    throw InputError(fmt::format("--inputs {}: the network has {} samples; allowed: up to that many", count, samples));
  std::vector<std::int64_t> all(static_cast<std::size_t>(samples));
  std::iota(all.begin(), all.end(), std::int64_t{0});
  std::mt19937_64 draws(seed);
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) std::swap(all[i], all[i + draws() % (all.size() - i)]);
  all.resize(static_cast<std::size_t>(count));
  std::sort(all.begin(), all.end());
  return all;
}

double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

}  // namespace

FormatStudy::FormatStudy(RunSpec spec, Settings settings, const StudyOptions& options, Measures& measures)
    : spec_(std::move(spec)),
      few_(samples_at(spec_, drawn(samples_of(spec_), options.inputs, options.seed))),
      settings_(std::move(settings)),
      options_(options),
      measures_(measures) {}

RunSpec& FormatStudy::with_format(RunSpec& spec, const std::string& format) const {
  Settings settings = settings_;
  set_formats(settings, {format});
  if (const auto problems = validate(settings); !problems.empty()) throw InputError(fmt::format("{}", fmt::join(problems, "; ")));
  apply_settings(resolved_for(settings, format), spec);
  complete_platform(spec);
  return spec;
}

std::vector<FormatMeasure> FormatStudy::measured(const std::vector<std::string>& formats, RunSpec& spec, const std::string& what,
                                                 const std::function<double(const Outputs&)>& figure,
                                                 const ProgressSink& progress) {
  std::vector<FormatMeasure> all(formats.size());
  std::vector<std::string> identities(formats.size());
  std::vector<std::size_t> work;
  for (std::size_t i = 0; i < formats.size(); ++i) {
    try {
      identities[i] = run_identity(spec_in(formats[i])) + " " + what;
      all[i].measure = measures_.find(identities[i]);
      if (!all[i].measure) work.push_back(i);
    } catch (const InputError& error) {
      all[i].refused = error.what();
    }
  }
  auto ended = static_cast<std::int64_t>(formats.size() - work.size());
  const PoolOptions pool{.at_a_time = options_.jobs, .noun = "format", .remedy = "fewer --jobs, a smaller --batch"};
  run_jobs(
      work.size(), pool,
      [&](std::size_t job, const ProgressSink&) {
        const double start = processor_seconds();
        RunSpec& request = with_format(spec, formats[work[job]]);
        check(request);
        const Outputs outputs = golden_outputs(request, &interrupted());
        if (outputs.samples() < samples_of(request)) return std::string();
        const double value = figure(outputs);
        return nlohmann::json{value, processor_seconds() - start}.dump();
      },
      [&](std::size_t job, JobResult result) {
        FormatMeasure& one = all[work[job]];
        if (result.exit_code > 2) throw InvariantError(formats[work[job]] + ": " + result.error);
        if (!result.error.empty()) one.refused = result.error;
        if (result.bytes && !result.bytes->empty()) {
          const auto json = nlohmann::json::parse(*result.bytes);
          one.measure = Measure{.value = json[0].get<double>(), .seconds = json[1].get<double>()};
          measures_.put(identities[work[job]], *one.measure);
        }
        progress({.step = ++ended, .steps = static_cast<std::int64_t>(formats.size()), .what = formats[work[job]]});
      },
      [](const Progress&) {});
  measures_.flush();
  return all;
}

std::vector<FormatMeasure> FormatStudy::correlations(const std::vector<std::string>& formats, const ProgressSink& progress) {
  if (!few_reference_) few_reference_ = reference_outputs(few_);
  const auto figure = [this](const Outputs& outputs) { return correlation_squared(few_reference_->values, outputs.values); };
  return measured(formats, few_, fmt::format("r2 {} {}", options_.inputs, options_.seed), figure, progress);
}

std::vector<FormatMeasure> FormatStudy::correct(const std::vector<std::string>& formats, const ProgressSink& progress) {
  if (!has_labels()) throw InvariantError("accuracy without labels");
  const auto figure = [this](const Outputs& outputs) { return static_cast<double>(top1(outputs.values, *spec_.labels)); };
  return measured(formats, spec_, "correct", figure, progress);
}

std::int64_t FormatStudy::reference_correct() {
  if (!reference_correct_) {
    const Outputs outputs = reference_outputs(spec_);
    reference_correct_ = top1(outputs.values, *spec_.labels);
  }
  return *reference_correct_;
}

}  // namespace binade::sim
