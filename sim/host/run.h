// SPDX-License-Identifier: Apache-2.0
// The host program of `binade run`: lowers a network layer by layer, drives a Device, compares with the float64 reference.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hw/config.h"
#include "models/cost/energy_table.h"
#include "models/networks/network.h"
#include "models/operations/tensor.h"
#include "sim/host/core_kind.h"
#include "sim/host/device.h"
#include "sim/host/wall_clock.h"
#include "sim/jobs/progress.h"
#include "sim/report/run_report.h"

namespace binade::sim {

/// Flexpoint exponent management (docs/fidelity.md 1.4, 1.5).
struct FlexOptions {
  std::string preset = "paper";  ///< paper | ngraph
  bool init_on_device = false;   ///< true: Algorithm 1's retries run on the device and are counted
};

/// sdfp: bias added to the shared exponent per tensor class; absent = automatic (leading-bit histogram).
struct SdfpOptions {
  std::optional<int> weights = 0, activations = 0;
};

/// What of a tile a core holds at most where its configuration sets no limit: the RTL's memories are elaborated.
struct CoreReach {
  std::int64_t partial_sum_rows = std::numeric_limits<std::int64_t>::max();  ///< ws: m of a tile whose sums wait in the bank
  std::int64_t bias_columns = std::numeric_limits<std::int64_t>::max();      ///< n of a tile with bias
};

/// A tensor that the device has written in one pass.
struct LayerOutput {
  const std::string& layer;        ///< whose output it is: the ReLU where it is part of an operation
  const networks::Shape& shape;    ///< of a sample
  std::int64_t first_sample = 0;   ///< of the run
  std::span<const double> values;  ///< samples first, row-major
  std::span<const std::byte> codes;
  int code_bytes = 0;  ///< of each code, little-endian
};

struct RunRequest {
  networks::Network network;
  operations::Parameters parameters;
  /// By the name of the layer whose output it is, samples x that output's shape: all of the network's Inputs, or outputs of inner
  /// layers, from which alone the run then starts.
  std::map<std::string, operations::Tensor> inputs;
  std::optional<std::vector<int>> labels;
  std::string tensors;         ///< RunReport::tensors
  std::string tensors_digest;  ///< of shapes and values that were read, and of what else was drawn; identifies the run
  std::int64_t batch = 1;      ///< samples per pass; the last pass may be smaller. Exponent histories carry over passes
  std::vector<std::string> layer_selection;  ///< names or globs; empty = all. Unselected layers run in the reference only
  hw::PlatformConfig platform;
  CoreKind core = CoreKind::Fast;
  CoreReach core_reach;  ///< of the cores that run: rtl_reach() where the RTL is one of them
  FlexOptions flex;
  SdfpOptions sdfp;
  std::uint64_t seed = 0;
  cost::EnergyTable energy_table;
  /// False: all error figures are absent, and no float64 reference is computed but for layers that are not selected: what follows
  /// reads their outputs. `platform.values` false, tensors without values
  /// (inputs then have shapes alone, parameters none), takes the reference and all digests away too.
  bool reference = true;
  bool check = false;               ///< every operation also on the golden model; a difference is a MismatchError
  int threads = 1;                  ///< of the golden model's matrix products; changes no result
  WallClock* wall_clock = nullptr;  ///< may be null
  /// Told of each Device::run that holds matrix products, before it: the layer's name and its output tiles, each a chain of
  /// commands from first_k to last_k. May be empty.
  std::function<void(const std::string& layer, std::int64_t tiles)> before_gemm;
  /// Told of each tensor after the device has written it. May be empty.
  std::function<void(const LayerOutput&)> output;
};

/// Seeded synthetic parameters: weights normal with variance 2/fan_in, biases 0, batch-norm statistics of the identity
/// perturbed; inputs half-normal. Described in words by `synthetic_description()`.
operations::Parameters synthetic_parameters(const networks::Network& network, std::uint64_t seed);
/// The same for those that are not there.
void add_synthetic_parameters(const networks::Network& network, std::uint64_t seed, operations::Parameters& parameters);
std::map<std::string, operations::Tensor> synthetic_inputs(const networks::Network& network, std::int64_t samples,
                                                           std::uint64_t seed);
std::string synthetic_description();

/// Names of the layers whose outputs are given.
std::vector<std::string> given_names(const RunRequest& request);
/// Of every input; 0 where there are none.
std::int64_t samples_of(const RunRequest& request);

/// Checks the request before anything runs; throws InputError with every problem, one a line (shapes, NaN or Inf in tensors, tiles
/// that do not fit).
void validate(const RunRequest& request);

/// Throws InputError where the energy table lacks what the platform needs, or where its figures could exceed binary64.
void check_energy(const RunRequest& request);

/// Runs it. Steps of progress: layers x passes. `stop` true (Ctrl-C) ends after the current layer with RunReport::complete = false.
RunReport run_network(const RunRequest& request, Device& device, const ProgressSink& progress, const std::atomic<bool>& stop);

}  // namespace binade::sim
