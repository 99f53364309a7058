// SPDX-License-Identifier: Apache-2.0
// The forms of an operation carried out at once on tensors in memory: matrix products by the kernels, vector operations by the
// vector unit's arithmetic. No tiles, no descriptors, no time; the bits, events and statistics of the accelerator.
#pragma once

#include <functional>
#include <memory>

#include "models/datapath/core.h"
#include "models/kernels/tile_kernel.h"
#include "models/operations/vector_ops.h"
#include "models/programs/division.h"
#include "models/programs/machine.h"
#include "models/programs/stored_rows.h"

namespace binade::programs {

class GoldenArithmetic {
 public:
  /// Bytes of a stored tensor; valid until the arithmetic returns.
  using Bytes = std::function<std::span<const std::byte>(const StoredTensor&)>;

  /// `core`: in one mode. `threads`: change no result.
  GoldenArithmetic(const datapath::CoreConfig& core, int threads) : GoldenArithmetic(core, std::make_shared<Division>(threads)) {}
  /// `division`: that of the machine.
  GoldenArithmetic(const datapath::CoreConfig& core, std::shared_ptr<Division> division);

  /// `out`: the bytes of work.output. `stats`: of what is written.
  void run(const operations::GemmForm& form, const Work& work, const Bytes& bytes, std::span<std::byte> out,
           datapath::TileStats& stats);
  void run(std::span<const operations::VectorForm> forms, const Work& work, const Bytes& bytes, std::span<std::byte> out,
           datapath::TileStats& stats);

 private:
  void run_part(const operations::GemmForm& form, const operations::GemmPart& part, const StoredRows& a, const StoredRows& b,
                const Work& work, std::span<std::byte> out, datapath::TileStats& stats);
  void run_form(const operations::VectorForm& form, const Work& work, const Bytes& bytes, std::span<std::byte> out,
                datapath::TileStats& stats);

  /// What a thread evaluates vector forms with.
  struct VectorLane {
    operations::VectorArithmetic vector;
    std::vector<std::byte> windows;
    datapath::TileStats stats;
  };

  const datapath::CoreConfig core_;
  const std::shared_ptr<Division> division_;
  std::unique_ptr<kernels::TileKernel> kernel_;  // from the first product on
  std::vector<VectorLane> lanes_;
  // Memory kept between calls.
  DecodedTensor a_decoded_, b_decoded_;
  std::vector<numerics::Code> bias_codes_;
  std::vector<std::uint64_t> words_;
  std::vector<std::byte> second_;
};

TensorStats tensor_stats(const datapath::TileStats& stats);

}  // namespace binade::programs
