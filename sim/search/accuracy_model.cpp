// SPDX-License-Identifier: Apache-2.0
#include "sim/search/accuracy_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "models/numerics/error.h"
#include "models/numerics/text.h"

namespace binade::sim {

double AccuracyLine::predict(double r2) const { return std::clamp(slope * r2 + intercept, 0.0, 1.0); }

AccuracyLine fit_line(const std::vector<ModelPoint>& points, const std::string& target, LineKind kind) {
  AccuracyLine line;
  std::vector<const ModelPoint*> others;
  for (const auto& point : points) {
    if (point.network == target) continue;
    others.push_back(&point);
    if (std::find(line.networks.begin(), line.networks.end(), point.network) == line.networks.end())
      line.networks.push_back(point.network);
  }
  double mean_x = 0, mean_y = 0;
  for (const auto* point : others) {
    mean_x += point->r2 / static_cast<double>(others.size());
    mean_y += point->accuracy / static_cast<double>(others.size());
  }
  double xx = 0, yy = 0, xy = 0;
  for (const auto* point : others) {
    const double dx = point->r2 - mean_x, dy = point->accuracy - mean_y;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  if (xx == 0)
    throw InputError(
        fmt::format("the model has fewer than two different points of networks other than {}; allowed: --fit or --model with other "
                    "networks, and formats that differ",
                    printable(target)));
  line.slope = xy / xx;
  line.intercept = mean_y - line.slope * mean_x;
  if (kind == LineKind::Anchored) {
    double losses = 0, squares = 0;  // of accuracy by what r2 lacks of 1
    for (const auto* point : others) {
      losses += (1 - point->accuracy) * (1 - point->r2);
      squares += (1 - point->r2) * (1 - point->r2);
    }
    line.slope = losses / squares;
    line.intercept = 1 - line.slope;
  }
  line.correlation = yy == 0 ? 0 : xy / std::sqrt(xx * yy);
  return line;
}

nlohmann::ordered_json model_to_json(const std::vector<ModelPoint>& points) {
  nlohmann::ordered_json json{
      {"schema", kModelSchema}, {"schema_version", kModelSchemaVersion}, {"points", nlohmann::ordered_json::array()}};
  for (const auto& point : points)
    json["points"].push_back(
        {{"network", point.network}, {"format", point.format}, {"r2", point.r2}, {"accuracy", point.accuracy}});
  return json;
}

std::vector<ModelPoint> read_model(const std::filesystem::path& file) {
  const auto fail = [&](const std::string& what) {
    throw InputError(
        fmt::format("--model {}: {}; allowed: model.json of a `binade search` of this version", printable(file.string()), what));
  };
  std::ifstream stream(file);
  std::error_code ignored;
  if (!stream || std::filesystem::is_directory(file, ignored)) fail("cannot be read");
  const auto json = nlohmann::json::parse(stream, nullptr, false);
  if (!json.is_object() || json.value("schema", nlohmann::json()) != kModelSchema) fail("is no such document");
  if (json.value("schema_version", nlohmann::json()) != kModelSchemaVersion) fail("is of another version");
  std::vector<ModelPoint> points;
  const auto list = json.find("points");
  if (list == json.end() || !list->is_array()) fail("points: no list");
  for (std::size_t i = 0; i < list->size(); ++i) {
    const auto& one = (*list)[i];
    const auto number = [&](const char* name) {
      const auto value = one.is_object() ? one.find(name) : one.end();
      if (!one.is_object() || value == one.end() || !value->is_number()) fail(fmt::format("points[{}].{}: no number", i, name));
      return value->get<double>();
    };
    const auto word = [&](const char* name) {
      const auto value = one.is_object() ? one.find(name) : one.end();
      if (!one.is_object() || value == one.end() || !value->is_string()) fail(fmt::format("points[{}].{}: no word", i, name));
      return value->get<std::string>();
    };
    points.push_back({.network = word("network"), .format = word("format"), .r2 = number("r2"), .accuracy = number("accuracy")});
    const auto share = [&](const char* name, double value, double most) {
      if (!(value >= 0 && value <= most)) fail(fmt::format("points[{}].{}: {}, outside 0 to {}", i, name, value, most));
    };
    share("r2", points.back().r2, 1);
    share("accuracy", points.back().accuracy, 1000);
  }
  return points;
}

}  // namespace binade::sim
