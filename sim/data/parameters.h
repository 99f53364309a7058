// SPDX-License-Identifier: Apache-2.0
// The parameters of a network in files of named arrays.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "models/networks/network.h"
#include "models/operations/tensor.h"
#include "sim/data/array_file.h"

namespace binade::sim {

/// What a file has of a network's parameters.
struct FoundParameters {
  operations::Parameters parameters;
  std::vector<networks::ParameterShape> missing;  ///< in the network's order
  std::vector<std::string> unknown;               ///< arrays that are no parameter of it
};

/// An array is named as PyTorch names it, with dots or with underscores (`conv1.weight`, `conv1_weight`). The prefix of a wrapper
/// (`module.`, `model.`, `_orig_mod.`: DataParallel's, Lightning's, torch.compile's) is dropped where it stands before every name
/// and no name is known with it. `num_batches_tracked` and `others` are passed over. Shapes are compared before anything is read.
/// Misshapen and non-finite arrays are `problems`.
FoundParameters find_parameters(ArrayFile& file, const networks::Network& network, const std::set<std::string>& others,
                                std::vector<std::string>& problems);

/// The same, where each parameter must be there and nothing else: what is missing and unknown is among the problems.
operations::Parameters all_parameters(ArrayFile& file, const networks::Network& network, const std::set<std::string>& others,
                                      std::vector<std::string>& problems);

/// Throws InputError with every problem, one a line; a file without a single parameter of the network is one.
FoundParameters load_given_parameters(const std::filesystem::path& file, const networks::Network& network);
operations::Parameters load_parameters(const std::filesystem::path& file, const networks::Network& network);

/// The first .npz or .safetensors of a directory, in the order of names, whose arrays are the network's parameters: all of them and
/// no other. Where there is none, a file that could not be read is an InputError.
std::optional<std::string> parameters_in(const std::filesystem::path& directory, const networks::Network& network);

}  // namespace binade::sim
