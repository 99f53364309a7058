// SPDX-License-Identifier: Apache-2.0
// Networks as ONNX models (docs/workloads.md): layers and their parameters. Only the format is ONNX's: neither its checker nor its
// shape inference is used.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "models/networks/network.h"
#include "models/operations/tensor.h"

namespace binade::sim {

struct ImportedModel {
  networks::Network network;
  operations::Parameters parameters;  ///< of every layer that has any
  std::vector<std::string> notes;
};

/// Throws InputError that starts with the file's name: what the file breaks, or the node, operator and opset that no layer is.
ImportedModel import_onnx(const std::filesystem::path& file);

/// Whether a file begins as ONNX models do: with ir_version, the field of number 1 of a ModelProto, as an integer.
bool looks_like_onnx(const std::filesystem::path& file);

}  // namespace binade::sim
