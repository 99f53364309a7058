// SPDX-License-Identifier: Apache-2.0
// One layer of a network as GEMM problems or vector jobs on the device: the forms of its operation (models/operations) with DRAM
// addresses and exponents, before any tiling.
#pragma once

#include <cstdint>
#include <vector>

#include "models/networks/network.h"
#include "models/operations/golden_gemm.h"
#include "models/operations/operation_table.h"
#include "sim/host/lower_gemm.h"
#include "sim/host/lower_vector.h"

namespace binade::sim {

/// A tensor in DRAM; value = integer * 2^exponent where the format shares one, otherwise exponent is 0.
struct DeviceTensor {
  std::int64_t address = -1;
  int exponent = 0;
  std::uint64_t max_abs = 0;  ///< of the stored integers; shared-exponent formats only
  operations::Magnitude magnitude() const { return {exponent, max_abs}; }
};

/// What one execution of a layer works on.
struct LayerOperands {
  std::vector<DeviceTensor> inputs;
  DeviceTensor weight, bias;  ///< Conv2d, Linear; scale and shift of BatchNorm and LayerNorm; address -1: none
  DeviceTensor output;
  const DeviceTensor& of(const operations::Place& place) const;
  operations::Magnitudes magnitudes() const;
};

struct LayerRun {
  const networks::Network& network;
  int layer = 0;
  bool relu = false;              ///< a following ReLU is part of it
  std::int64_t samples = 1;       ///< of this pass
  std::int64_t first_sample = 0;  ///< position of the pass in the run: stochastic rounding does not depend on the batch
  std::uint32_t seed = 0, tensor = 0;
  const networks::Layer& row() const { return network.layers[static_cast<std::size_t>(layer)]; }
  const networks::Shape& in(std::size_t i) const { return network.layers[static_cast<std::size_t>(row().inputs[i])].out; }
  operations::Call call() const { return networks::call_of(network, layer, samples, first_sample, relu); }
  const operations::OperationRow& operation() const { return operations::row(row()); }
};

using operations::is_gemm;
/// Whether dfp and sdfp store raw integers first: the exponent is chosen from the finished tensor.
bool takes_two_passes(const hw::PlatformConfig& config, const LayerRun& run);

GemmShape gemm_shape(const LayerRun& run);
/// `raw`: the core stores accumulators (dfp, sdfp); the LSB of the output is then gemm_raw_exponent().
GemmLayer make_gemm_layer(const hw::PlatformConfig& config, const LayerRun& run, const LayerOperands& operands);
int gemm_raw_exponent(const LayerRun& run, const LayerOperands& operands);
/// How the layer's products are stored.
operations::GemmStore gemm_store(const hw::PlatformConfig& config, const LayerRun& run, const operations::GemmForm& form,
                                 const LayerOperands& operands);

/// `raw`: first pass of dfp and sdfp, integers of raw_bytes_of() at operands.output.exponent.
std::vector<VectorJob> make_vector_jobs(const hw::PlatformConfig& config, const LayerRun& run, const LayerOperands& operands,
                                        bool raw);
/// Width of the raw integers of a layer's first pass: what the core stores, or operations::raw_bytes.
int raw_bytes_of(const hw::PlatformConfig& config, const LayerRun& run);
/// LSB exponent of that first pass (operations::raw_exponent).
int vector_raw_exponent(const hw::PlatformConfig& config, const LayerRun& run, const LayerOperands& operands);

/// The second pass of dfp and sdfp: `elements` raw integers of raw_bytes at `from`, rounded to element codes.
VectorJob make_requantise_job(const hw::PlatformConfig& config, const LayerRun& run, const DeviceTensor& from, int raw_bytes,
                              const DeviceTensor& to);
/// Products times the layer's scale in formats that have no exponent to move it into; `pair` is the scale and a zero.
VectorJob make_scale_job(const hw::PlatformConfig& config, const LayerRun& run, const DeviceTensor& from, const DeviceTensor& pair,
                         const DeviceTensor& to);

/// Distinct bytes of the layer's inputs that the layer reads.
std::int64_t touched_input_bytes(const LayerRun& run, int element_bytes);

}  // namespace binade::sim
