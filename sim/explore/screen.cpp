// SPDX-License-Identifier: Apache-2.0
#include "sim/explore/screen.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "models/numerics/error.h"
#include "sim/config/keys.h"
#include "sim/explore/analytic_device.h"
#include "sim/explore/metrics.h"
#include "sim/host/run.h"
#include "sim/jobs/interrupt.h"
#include "sim/jobs/pool.h"
#include "sim/report/cell_json.h"
#include "sim/run/fold.h"

namespace binade::sim {
namespace {

constexpr std::size_t kChunk = 512;  // points of one process

RunReport estimated(const RunSpec& given) {
  if (!given.fold_batchnorm) {
    AnalyticDevice device(given.platform);
    return run_network(given, device);
  }
  RunSpec folded = given;
  fold_batchnorm(folded);
  complete_platform(folded);
  AnalyticDevice device(folded.platform);
  return run_network(folded, device);
}

void put(std::string& bytes, const std::vector<double>& values) {
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double));
}

void take(const std::string& bytes, std::size_t& at, std::vector<double>& values) {
  std::memcpy(values.data(), bytes.data() + at, values.size() * sizeof(double));
  at += values.size() * sizeof(double);
}

std::string bytes_of(const ScreenedPoint& point) {
  std::string bytes{point.known ? '1' : '0'};
  if (!point.known) return bytes;
  bytes += point.judgement.feasible ? '1' : '0';
  bytes += point.judgement.refuted ? '1' : '0';
  bytes += point.judgement.lacking ? '1' : '0';
  put(bytes, point.judgement.derived);
  put(bytes, point.judgement.objectives);
  return bytes;
}

void take_point(const std::string& bytes, std::size_t& at, ScreenedPoint& point) {
  point.known = bytes.at(at++) == '1';
  if (!point.known) return;
  point.judgement.feasible = bytes.at(at++) == '1';
  point.judgement.refuted = bytes.at(at++) == '1';
  point.judgement.lacking = bytes.at(at++) == '1';
  take(bytes, at, point.judgement.derived);
  take(bytes, at, point.judgement.objectives);
}

bool of_values(const Axis& axis) {
  const auto& keys = configuration_keys();
  const auto key = std::find_if(keys.begin(), keys.end(), [&](const Key& each) { return each.name == axis.name; });
  return key == keys.end() || key->of_arithmetic();  // workloads and recipes too
}

}  // namespace

std::vector<ScreenedPoint> screened(const std::vector<Choice>& choices, const Judge& judge, PointSpecs& specs, std::size_t jobs,
                                    const ProgressSink& progress) {
  std::vector<ScreenedPoint> points;
  for (const auto& choice : choices) points.push_back({.choice = choice, .known = false, .judgement = judge.judge(choice, {})});
  const std::size_t chunks = (points.size() + kChunk - 1) / kChunk;
  std::int64_t ended = 0;
  const auto end_of = [&](std::size_t chunk) { return std::min(points.size(), (chunk + 1) * kChunk); };
  run_jobs(
      chunks, {.at_a_time = jobs, .noun = "screening", .remedy = "fewer --jobs"},
      [&](std::size_t chunk, const ProgressSink&) {
        std::string bytes;
        for (std::size_t i = chunk * kChunk; i < end_of(chunk) && !interrupted(); ++i) {
          try {
            points[i].judgement = judge.judge(points[i].choice, metrics_of(estimated(specs.spec_of(points[i].choice))));
            points[i].known = true;
          } catch (const InputError&) {
            points[i].known = false;  // which its simulation would say in words
          }
          bytes += bytes_of(points[i]);
        }
        return bytes;
      },
      [&](std::size_t chunk, JobResult result) {
        if (!result.bytes && !result.error.empty()) throw InvariantError(result.error);
        if (!result.bytes) return;
        std::size_t at = 0;
        for (std::size_t i = chunk * kChunk; i < end_of(chunk) && at < result.bytes->size(); ++i) {
          take_point(*result.bytes, at, points[i]);
          ++ended;
        }
        progress({.step = ended, .steps = static_cast<std::int64_t>(points.size()), .what = "screening"});
      },
      [](const Progress&) {});
  return points;
}

std::vector<bool> screened_competitors(const Space& space, const std::vector<ScreenedPoint>& points) {
  std::vector<const Judgement*> judgements;
  for (const auto& point : points) judgements.push_back(point.known && !point.judgement.refuted ? &point.judgement : nullptr);
  return competing(space, judgements);
}

std::vector<bool> screened_front(const Space& space, const std::vector<ScreenedPoint>& points) {
  const auto compete = screened_competitors(space, points);
  std::map<Choice, std::vector<std::size_t>> groups;  // by the words that values follow from
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (!compete[i]) continue;
    Choice words;
    for (std::size_t axis = 0; axis < space.axes.size(); ++axis)
      if (of_values(space.axes[axis])) words.push_back(points[i].choice[axis]);
    groups[words].push_back(i);
  }
  std::vector<bool> front(points.size(), false);
  for (const auto& [words, members] : groups) {
    std::vector<std::vector<double>> objectives;
    for (const std::size_t i : members) {
      auto& own = objectives.emplace_back();
      for (const double value : points[i].judgement.objectives) own.push_back(std::isnan(value) ? 0 : value);
    }
    const auto on = pareto_front(objectives);
    for (std::size_t k = 0; k < members.size(); ++k) front[members[k]] = on[k];
  }
  return front;
}

std::string estimate_text(const Space& space, const Judgement& judgement) {
  auto json = nlohmann::ordered_json::object();
  const auto put_value = [&](const std::string& name, double value) {
    json[name] = std::isnan(value) ? nlohmann::ordered_json() : real_to_json(value);
  };
  for (std::size_t i = 0; i < judgement.objectives.size(); ++i)
    put_value(space.objectives[i].name, space.objectives[i].maximise ? -judgement.objectives[i] : judgement.objectives[i]);
  for (std::size_t i = 0; i < judgement.derived.size(); ++i) put_value(space.derived[i].name, judgement.derived[i]);
  return json.dump();
}

}  // namespace binade::sim
