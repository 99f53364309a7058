// SPDX-License-Identifier: Apache-2.0
// How accuracy follows from the correlation of outputs (Hill et al., section 5): a line through what was measured on networks other
// than the one that is asked about.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace binade::sim {

struct ModelPoint {
  std::string network, format;
  double r2 = 0;        ///< of the last layer's outputs with those in binary64
  double accuracy = 0;  ///< top-1 over that in binary64
  bool operator==(const ModelPoint&) const = default;
};

struct AccuracyLine {
  double slope = 0, intercept = 0;
  double correlation = 0;             ///< of r2 and accuracy over the points; 0 where either is constant
  std::vector<std::string> networks;  ///< whose points it goes through

  /// Within 0 and 1.
  double predict(double r2) const;
};

enum class LineKind {
  Anchored,  ///< through r2 1 and accuracy 1, which no rounding at all has: the slope is fitted alone
  Free,      ///< slope and intercept, as the paper's; it may say of no format that it keeps all of the accuracy
};

/// Least squares through the points that are not of `target`. Throws InputError where those have fewer than two different r2.
AccuracyLine fit_line(const std::vector<ModelPoint>& points, const std::string& target, LineKind kind);

inline constexpr const char* kModelSchema = "binade-search-model";
inline constexpr int kModelSchemaVersion = 1;

nlohmann::ordered_json model_to_json(const std::vector<ModelPoint>& points);
/// Throws InputError with file and place where it is no such document.
std::vector<ModelPoint> read_model(const std::filesystem::path& file);

}  // namespace binade::sim
