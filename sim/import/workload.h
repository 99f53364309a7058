// SPDX-License-Identifier: Apache-2.0
// What a run computes, from any of its sources: a built-in table, a file, a list of matrix products.
#pragma once

#include <string>
#include <vector>

#include "models/networks/network.h"
#include "models/operations/tensor.h"

namespace binade::sim {

struct Workload {
  networks::Network network;
  std::vector<std::string> notes;  ///< what was read and is not simulated, in words
  bool from_file = false;
  operations::Parameters parameters = {};  ///< of every layer, where the file brings them (ONNX)
};

/// `word`: a built-in name, or else a file: where it has a slash or a dot, or where there is such a file. YAML, topology
/// files and ONNX models are told apart by extension (.yaml .yml; .csv; .onnx), others by how they begin. Shapes are inferred and
/// sizes checked. Throws InputError.
Workload load_workload(const std::string& word);
/// The matrix products of `--gemm`.
Workload gemm_workload(const std::vector<std::string>& words);

}  // namespace binade::sim
