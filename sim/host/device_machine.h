// SPDX-License-Identifier: Apache-2.0
// The accelerator as a program's machine: forms are tiled, lowered to descriptors in DRAM and run on a Device.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "hw/config.h"
#include "models/programs/machine.h"
#include "sim/host/device.h"
#include "sim/host/dram_map.h"
#include "sim/host/lower_windows.h"
#include "sim/host/schedule.h"
#include "sim/host/tiling.h"
#include "sim/host/wall_clock.h"

namespace binade::sim {

class DeviceMachine final : public programs::Machine {
 public:
  struct Hooks {
    WallClock* wall_clock = nullptr;  ///< may be null
    /// Told of each run that holds matrix products, before it: the layer's name and its output tiles, each a chain of commands from
    /// first_k to last_k. May be empty.
    std::function<void(const std::string& layer, std::int64_t tiles)> before_gemm{};
    const char* noun = "layer";  ///< what messages call what begin_layer() names
    TilingChoice tiling{};       ///< by the names that begin_layer() is given
  };
  /// `config` and `device` outlive the machine.
  DeviceMachine(const hw::PlatformConfig& config, Device& device, Hooks hooks);

  /// What a layer took.
  struct LayerFigures {
    spec::Counters counters, second_pass;  ///< of all runs; of the run that rounds raw integers to codes
    spec::ArithmeticCounts arithmetic;     ///< of all runs
    std::int64_t list_bytes = 0;           ///< descriptors
    std::string tile, loop_order;          ///< of its own operation
  };
  /// `layer`: its index, for the counters; `name`: for messages.
  void begin_layer(int layer, const std::string& name);
  LayerFigures end_layer();

  std::int64_t allocate(std::int64_t bytes) override { return dram_.allocate(bytes); }
  void release(std::int64_t address) override { dram_.release(address); }
  void write(std::int64_t address, std::span<const std::byte> bytes) override;
  void read(std::int64_t address, std::span<std::byte> bytes) override;
  programs::TensorStats run(const operations::GemmForm& form, const programs::Work& work) override;
  programs::TensorStats run(std::span<const operations::VectorForm> forms, const programs::Work& work) override;
  std::vector<programs::TensorStats> run(const operations::ChainForm& form, const programs::Work& work) override;
  programs::TensorStats run(const operations::MaximumForm& form, const programs::Work& work) override;
  programs::TensorStats run(const operations::WindowGradientForm& form, const programs::Work& work) override;

 private:
  /// Of an ElementFormat, or of a FormatSpec with any rounding, in the platform's table of formats.
  template <class Format>
  std::int64_t format_index(const Format& format) const;
  /// The indices of the form's tensors in the platform's table of formats.
  void name_formats(const operations::VectorForm& form, const programs::Work& work, spec::Vector& record) const;
  programs::TensorStats run_windows(WindowJob job, const programs::Work& work);
  programs::TensorStats run_schedule(const Schedule& schedule);
  /// For messages.
  std::string where() const { return std::string(hooks_.noun) + " '" + name_ + "'"; }

  const hw::PlatformConfig& config_;
  const operations::FormatTable formats_;
  Device& device_;
  const Hooks hooks_;
  DramMap dram_;
  int layer_ = 0;
  std::string name_;
  spec::Counters before_;
  spec::ArithmeticCounts arithmetic_before_;
  LayerFigures figures_;
  std::vector<std::int64_t> lists_;  ///< of the layer
};

}  // namespace binade::sim
