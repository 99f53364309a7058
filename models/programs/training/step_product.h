// SPDX-License-Identifier: Apache-2.0
// A matrix product of a training step by itself: what a core is told of it and the codes that it reads, so that it can be carried
// out again anywhere, by RTL under test for one.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "models/numerics/encoded_tensor.h"
#include "models/operations/tensor_class.h"
#include "models/programs/gather.h"
#include "models/programs/machine.h"

namespace binade::programs {

/// Tensors as they were stored.
using NamedTensors = std::map<std::string, numerics::EncodedTensor>;

struct StepProduct {
  std::string name;   ///< of the tensor that it makes
  std::string layer;  ///< of the network; empty: the loss
  operations::Pass pass = operations::Pass::Forward;
  datapath::CoreMode mode;
  operations::GemmForm form;
  Shifts shifts = {};
  std::uint32_t seed = 0, tensor = 0;  ///< of stochastic rounding
  std::string a, b, bias;              ///< names of its operands' tensors; no bias: empty
};

/// Why the product cannot be carried out on these tensors: a tensor that is not there or has another format, a walk that leaves
/// one, a word that no command of a core holds. Empty: it can. Precondition: make_accumulator() takes its mode.
std::string product_problem(const StepProduct& product, const NamedTensors& tensors);

/// A product's matrices, row by row: padding is zero.
class ProductOperands {
 public:
  /// Both outlive it. Precondition: product_problem() has nothing against them.
  ProductOperands(const StepProduct& product, const NamedTensors& tensors);

  const StepProduct& product() const { return product_; }
  std::int64_t parts() const { return static_cast<std::int64_t>(parts_.size()); }
  /// k codes of a row of A, m of them a part.
  void a_row(std::int64_t part, std::int64_t row, numerics::Code* to) const;
  /// k codes of a column of the result, n of them a part.
  void b_row(std::int64_t part, std::int64_t column, numerics::Code* to) const;
  /// Precondition: the form has a bias.
  numerics::Code bias(std::int64_t part, std::int64_t column) const;

 private:
  struct Part {
    RowGather a, b;
  };

  const StepProduct& product_;
  const numerics::Code *a_, *b_, *bias_;  ///< first elements of the tensors
  std::vector<Part> parts_;
};

}  // namespace binade::programs
