// SPDX-License-Identifier: Apache-2.0
// A program: the operations of a network over named tensors, in execution order. It says what is computed from what, and once
// with_formats() (formats.h) has been asked, in which formats; numbers are an executor's, time a machine's.
//
// Worked example. forward() of `input -> conv1 -> relu1 -> flatten -> fc` has two operations: conv1 with the ReLU fused into it,
// which writes tensor relu1, and fc, which reads relu1 (Flatten moves nothing).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/datapath/core_config.h"
#include "models/networks/network.h"
#include "models/operations/operation_table.h"
#include "models/operations/vector_formats.h"
#include "models/programs/recipe.h"

namespace binade::programs {

/// One operation. Tensors are named by the index of the layer whose output they are.
struct Operation {
  int layer = 0;
  Pass pass = Pass::Forward;
  std::vector<int> inputs;
  int output = 0;  ///< the fused ReLU's where there is one, otherwise `layer`
  /// Products: the core's; the bias has the result's format. Other operations: `a` of the first input, `b` of what is learned,
  /// `out` and its rounding of the result.
  datapath::CoreMode mode;
  numerics::Rounding learned_rounding = numerics::Rounding::Rne;  ///< of weights and biases, which the host writes
  std::optional<int> add_shift, learned_add_shift;                ///< headroom of the output; of weights and biases
  bool relu() const { return output != layer; }
};

struct Program {
  const networks::Network* network = nullptr;
  std::shared_ptr<const networks::Network> own;  ///< where `network` is the program's own: it has a layer for each Convert
  std::vector<int> given;                        ///< tensors that the host gives
  std::vector<Operation> operations;
  std::vector<operations::ElementFormat> tensors;  ///< of each tensor, by its layer's index; empty before with_formats()
  std::vector<std::optional<int>> add_shifts;      ///< likewise: headroom bits, absent where nothing is said of them
  std::size_t plain_layers = 0;                    ///< of the network as it was given; Converts come after them

  /// Whether the operation is a Convert that with_formats() has put in.
  bool added(const Operation& operation) const { return static_cast<std::size_t>(operation.layer) >= plain_layers; }

  std::optional<int> add_shift(int tensor) const {
    const auto index = static_cast<std::size_t>(tensor);
    return index < add_shifts.size() ? add_shifts[index] : std::nullopt;
  }
  const operations::Layer& layer(int index) const { return network->layers[static_cast<std::size_t>(index)]; }
  const operations::Shape& shape(int tensor) const { return layer(tensor).out; }
  operations::Call call(const Operation& operation, std::int64_t samples, std::int64_t first_sample) const;
};

/// The tensor that a layer's output is: itself, or through views (which move nothing) its input.
int resolve(const networks::Network& network, int layer);

/// The forward pass from the outputs of the layers named `given` on: every operation that follows from them. A ReLU that directly
/// follows an operation which fuses it, and is its only reader, is part of it. Throws InputError where an operation follows from
/// what is given only in part. `network` outlives the program.
Program forward(const networks::Network& network, const std::vector<std::string>& given);

}  // namespace binade::programs
