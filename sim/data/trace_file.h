// SPDX-License-Identifier: Apache-2.0
// Parameters with captured activations, in .npz files. traces/README.md is the schema of a trace.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "models/networks/network.h"
#include "models/operations/tensor.h"
#include "sim/data/npz.h"

namespace binade::sim {

/// Trained parameters with the activations that real samples produced after one layer.
struct Trace {
  networks::Network network;
  std::string input_layer;   ///< the layer whose output `input` is
  std::string source;        ///< how it was made
  operations::Tensor input;  ///< samples x that layer's shape
  std::vector<int> labels;   ///< one per sample
  operations::Parameters parameters;
};

/// The first `samples`, all of them where absent; what is not wanted of the archive is not inflated. `network`: one whose shapes it
/// fits, instead of the built-in one that it names.
Trace load_trace(const std::filesystem::path& file, std::optional<std::int64_t> samples = {},
                 std::optional<networks::Network> network = {});
/// Of a trace that is one of a training step too (step_trace.h). Beside it such a file has the network, and may have one that is
/// not built in.
inline constexpr const char *kStepMember = "step", *kNetworkMember = "network_yaml";
/// binary32, in a fixed order.
NpzMembers members_of(const Trace& trace);
/// The same, deflated.
void save_trace(const std::filesystem::path& file, const Trace& trace);

}  // namespace binade::sim
