// SPDX-License-Identifier: Apache-2.0
// Executes one layer on the device: parameters and exponents in, one or two passes of descriptors, codes and figures out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/exponent/sdfp.h"
#include "models/networks/reference.h"
#include "sim/host/device.h"
#include "sim/host/dram_map.h"
#include "sim/host/exponents.h"
#include "sim/host/layer_program.h"
#include "sim/host/network_plan.h"

namespace binade::sim {

/// A tensor on the device together with its exact values, in binary64.
struct LiveTensor {
  DeviceTensor device;
  std::vector<double> values;
};

struct LayerOutcome {
  LiveTensor output;
  std::vector<std::byte> bytes;          ///< output codes as they lie in DRAM
  std::vector<double> exact;             ///< the layer on exactly the device's operands, in binary64
  spec::Counters counters, second_pass;  ///< of all runs; of the run that rounds raw integers to codes
  std::int64_t unique_bytes = 0;
  std::string tile, loop_order;
  std::optional<int> tries;  ///< Algorithm 1 on the device
};

class LayerExecutor {
 public:
  LayerExecutor(const RunRequest& request, Device& device);

  /// Before anything of a forward pass is written or executed.
  void begin_pass() { exponents_.begin_pass(); }

  /// Quantises a pass's part of a tensor that the host writes, from element `first_element` on, and puts it into DRAM.
  LiveTensor write_activation(int tensor, std::span<const double> values, std::uint64_t first_element);
  void release(const LiveTensor& tensor) { dram_.release(tensor.device.address); }

  LayerOutcome execute(const Step& step, std::int64_t samples, std::int64_t first_sample,
                       const std::vector<const LiveTensor*>& inputs);

 private:
  class Execution;

  LiveTensor write(const exponent::QuantizedTensor& quantized);
  LiveTensor write_parameter(std::span<const double> values, std::uint32_t stream, std::optional<int> lsb_exponent = {});

  const RunRequest& request_;
  const hw::PlatformConfig& config_;
  Device& device_;
  DramMap dram_;
  Exponents exponents_;
};

}  // namespace binade::sim
