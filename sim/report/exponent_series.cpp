// SPDX-License-Identifier: Apache-2.0
#include "sim/report/exponent_series.h"

#include <algorithm>
#include <bit>
#include <nlohmann/json.hpp>

#include "models/numerics/error.h"
#include "models/spec/ranges.h"
#include "sim/report/csv_report.h"

namespace binade::sim {

using Json = nlohmann::ordered_json;

void ExponentSeries::record(std::uint64_t step, int exponent) {
  if (!steps.empty() && (step % every != 0 || exponents.back() == exponent)) return;
  steps.push_back(step);
  exponents.push_back(exponent);
  while (steps.size() > kMostExponents) coarsen();
}

// A row moves to the next coarser step, where the last of those that meet there is the exponent; beyond the last step there is
// nothing yet to say, and that step will be looked at by itself.
void ExponentSeries::coarsen() {
  every *= 2;
  const std::uint64_t now = steps.back();
  std::size_t kept = 1;
  for (std::size_t i = 1; i < steps.size(); ++i) {
    const std::uint64_t step = (steps[i] + every - 1) / every * every;
    if (step > now) break;
    if (kept > 1 && steps[kept - 1] == step) --kept;
    if (exponents[kept - 1] == exponents[i]) continue;
    steps[kept] = step;
    exponents[kept++] = exponents[i];
  }
  steps.resize(kept);
  exponents.resize(kept);
}

std::optional<int> ExponentSeries::at(std::uint64_t step) const {
  const auto after = std::upper_bound(steps.begin(), steps.end(), step);
  if (after == steps.begin()) return std::nullopt;
  return exponents[static_cast<std::size_t>(after - steps.begin()) - 1];
}

std::string exponents_to_csv(std::span<const ExponentSeries> all) {
  std::string text = csv_line({"step", "tensor", "pass", "exponent"});
  for (const ExponentSeries& series : all)
    for (std::size_t i = 0; i < series.steps.size(); ++i)
      text += csv_line({std::to_string(series.steps[i]), series.tensor, series.pass, std::to_string(series.exponents[i])});
  return text;
}

Json exponents_to_json(std::span<const ExponentSeries> all) {
  Json json = Json::array();
  for (const ExponentSeries& series : all)
    json.push_back({{"tensor", series.tensor},
                    {"pass", series.pass},
                    {"every", series.every},
                    {"steps", series.steps},
                    {"exponents", series.exponents}});
  return json;
}

std::vector<ExponentSeries> exponents_from_json(const Json& json) {
  std::vector<ExponentSeries> all;
  for (const Json& each : json) {
    ExponentSeries& series = all.emplace_back();
    each.at("tensor").get_to(series.tensor);
    each.at("pass").get_to(series.pass);
    each.at("every").get_to(series.every);
    each.at("steps").get_to(series.steps);
    each.at("exponents").get_to(series.exponents);
    const auto& steps = series.steps;
    const bool ordered = std::adjacent_find(steps.begin(), steps.end(), std::greater_equal<>()) == steps.end();
    const bool far = std::any_of(series.exponents.begin(), series.exponents.end(), [](int exponent) {
      return exponent < -spec::kFarthestExponent || exponent > spec::kFarthestExponent;
    });
    if (!std::has_single_bit(series.every) || steps.empty() || steps.size() > kMostExponents || !ordered ||
        steps.size() != series.exponents.size() || far)
      throw InputError("exponents of '" + series.tensor + "': no series; allowed: ascending steps, an exponent each");
  }
  return all;
}

Json exponents_schema() {
  const Json text{{"type", "string"}}, step{{"type", "integer"}, {"minimum", 1}};
  return {
      {"type", "array"},
      {"description",
       "of formats with a shared exponent the LSB exponent, of scaled tensors that of their scale, a tensor and pass each: after "
       "these "
       "steps, until the next"},
      {"items",
       {{"type", "object"},
        {"additionalProperties", false},
        {"required", {"tensor", "pass", "every", "steps", "exponents"}},
        {"properties",
         {{"tensor", text},
          {"pass", text},
          {"every", step},
          {"steps", {{"type", "array"}, {"items", step}, {"minItems", 1}, {"maxItems", kMostExponents}}},
          {"exponents", {{"type", "array"}, {"items", {{"type", "integer"}}}, {"minItems", 1}, {"maxItems", kMostExponents}}}}}}}};
}

}  // namespace binade::sim
