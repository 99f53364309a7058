// SPDX-License-Identifier: Apache-2.0
// The forms of pools in training (models/operations/window_forms.h) carried out on tensors in memory: what is rounded, the vector
// unit's arithmetic rounds.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "models/datapath/core.h"
#include "models/operations/vector_ops.h"
#include "models/operations/window_forms.h"
#include "models/programs/machine.h"
#include "models/programs/stored_rows.h"

namespace binade::programs {

class WindowArithmetic {
 public:
  /// `x`: the bytes of input 0. `maxima`, `indices`: of work.output and of the further output.
  void run(const operations::MaximumForm& form, const Work& work, std::span<const std::byte> x, std::span<std::byte> maxima,
           std::span<std::byte> indices, datapath::TileStats& stats);
  /// `delta`, `indices`: the bytes of inputs 0 and, where the form has it, 1. `out`: of work.output.
  void run(const operations::WindowGradientForm& form, const Work& work, std::span<const std::byte> delta,
           std::span<const std::byte> indices, std::span<std::byte> out, datapath::TileStats& stats);

 private:
  operations::VectorArithmetic vector_;
  DecodedTensor decoded_;
  std::vector<std::byte> codes_;
};

}  // namespace binade::programs
