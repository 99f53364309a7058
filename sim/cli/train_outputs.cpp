// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/train_outputs.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/cli/seal.h"
#include "sim/data/npz.h"
#include "sim/report/output_file.h"
#include "sim/report/training_html.h"
#include "sim/report/training_json.h"

namespace binade::sim {
namespace {

constexpr const char* kHistory = "history.csv";
constexpr const char* kTensors = "tensors.csv";
constexpr const char* kExponents = "exponents.csv";
constexpr const char* kPage = "report.html";
constexpr const char* kReport = "report.json";
constexpr const char* kWeights = "weights.npz";

}  // namespace

void check_training_outputs(const std::filesystem::path& directory) {
  for (const char* const name : {kHistory, kTensors, kExponents, kPage, kReport, kWeights}) check_output_file(directory / name);
}

void write_training_outputs(const std::filesystem::path& directory, const TrainingReport& report) {
  write_file(directory / kHistory, history_to_csv(report.history));
  write_file(directory / kTensors, tensors_to_csv(report.tensors));
  write_file(directory / kExponents, exponents_to_csv(report.exponents));
  write_file(directory / kPage, to_html(report));
  write_file(directory / kReport, sealed(to_json(report)).dump(2) + "\n");  // last: it vouches for the run
}

void write_weights(const std::filesystem::path& directory, const operations::Parameters& parameters) {
  NpzMembers members;
  for (const auto& [name, tensor] : parameters) {
    const bool narrow = std::all_of(tensor.values.begin(), tensor.values.end(),
                                    [](double value) { return static_cast<double>(static_cast<float>(value)) == value; });
    members.emplace_back(name,
                         narrow ? make_npy_float32(tensor.shape, tensor.values) : make_npy_float64(tensor.shape, tensor.values));
  }
  write_npz(directory / kWeights, members);
}

}  // namespace binade::sim
