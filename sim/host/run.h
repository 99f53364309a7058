// SPDX-License-Identifier: Apache-2.0
// The host program of `binade run`: lowers a network layer by layer, drives a Device, compares with the float64 reference.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>

#include "sim/host/device.h"
#include "sim/host/run_spec.h"
#include "sim/host/wall_clock.h"
#include "sim/jobs/progress.h"
#include "sim/report/run_report.h"

namespace binade::sim {

class SharedReference;

/// A tensor that the device has written in one pass.
struct LayerOutput {
  const std::string& layer;        ///< whose output it is: the ReLU where it is part of an operation
  const networks::Shape& shape;    ///< of a sample
  std::int64_t first_sample = 0;   ///< of the run
  std::span<const double> values;  ///< samples first, row-major
  std::span<const std::byte> codes;
  int code_bytes = 0;  ///< of each code, little-endian
};

/// What a caller wants of a run beside its report. None of it changes the report but `stop`, which ends it early.
struct RunHooks {
  ProgressSink progress = {};               ///< steps: layers x passes; may be empty
  const std::atomic<bool>* stop = nullptr;  ///< true (Ctrl-C) ends after the current layer with RunReport::complete = false
  WallClock* wall_clock = nullptr;          ///< may be null
  int threads = 1;                          ///< of the golden model's matrix products
  /// Told of each Device::run that holds matrix products, before it: the layer's name and its output tiles, each a chain of
  /// commands from first_k to last_k. May be empty.
  std::function<void(const std::string& layer, std::int64_t tiles)> before_gemm = {};
  /// Told of each tensor after the device has written it. May be empty.
  std::function<void(const LayerOutput&)> output = {};
  /// Of the run's network, inputs and parameters: what it holds is not computed again. May be null.
  const SharedReference* reference = nullptr;
};

/// Seeded synthetic parameters: weights normal with variance 2/fan_in, biases 0, batch-norm statistics of the identity
/// perturbed; inputs half-normal. Described in words by `synthetic_description()`.
operations::Parameters synthetic_parameters(const networks::Network& network, std::uint64_t seed);
/// The same for those that are not there.
void add_synthetic_parameters(const networks::Network& network, std::uint64_t seed, operations::Parameters& parameters);
std::map<std::string, operations::Tensor> synthetic_inputs(const networks::Network& network, std::int64_t samples,
                                                           std::uint64_t seed);
std::string synthetic_description();

/// Checks it before anything runs; throws InputError with every problem, one a line (shapes, NaN or Inf in tensors, tiles that do
/// not fit the platform, or the reach of its cores).
void validate(const RunSpec& spec, const CoreReach& reach = {});

/// Throws InputError where the energy table lacks what the platform needs, or where its figures could exceed binary64.
void check_energy(const RunSpec& spec);

/// Runs it. `device` is of the spec's platform.
RunReport run_network(const RunSpec& spec, Device& device, const RunHooks& hooks = {});

}  // namespace binade::sim
