// SPDX-License-Identifier: Apache-2.0
// The exponent of one tensor over the steps of a training run: rows of exponents.csv, `exponents` of report.json.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace binade::sim {

/// Of the tensor's writes in one pass. It is looked at after every `every`-th step, and a row is kept where it differs from the row
/// before: at most kMostExponents of them, since `every` doubles where there would be more, and rows between the coarser steps go.
/// What is kept follows from the exponents of all steps alone, whenever a run is cut and taken up. The first row is always that of
/// the first write.
struct ExponentSeries {
  std::string tensor, pass;
  std::uint64_t every = 1;           ///< a power of two
  std::vector<std::uint64_t> steps;  ///< done by then, ascending
  std::vector<int> exponents;        ///< of an LSB, or of a scale; as many as steps

  bool operator==(const ExponentSeries&) const = default;

  /// The exponent of the last write in step number `step`, from 1; later calls have later steps.
  void record(std::uint64_t step, int exponent);
  /// As known after that step: of the last row until then.
  std::optional<int> at(std::uint64_t step) const;

 private:
  void coarsen();
};

/// A sparkline's width is a quarter of it; 500 tensors that change all the time take some 1 MB of a report.
inline constexpr std::size_t kMostExponents = 256;

std::string exponents_to_csv(std::span<const ExponentSeries> all);
nlohmann::ordered_json exponents_to_json(std::span<const ExponentSeries> all);
/// Throws InputError, or what nlohmann-json throws, where it is not what exponents_to_json() makes.
std::vector<ExponentSeries> exponents_from_json(const nlohmann::ordered_json& json);
/// Of the array, for docs/training.schema.json.
nlohmann::ordered_json exponents_schema();

}  // namespace binade::sim
