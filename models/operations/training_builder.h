// SPDX-License-Identifier: Apache-2.0
// How a row of the table of operations says what training does with its operation: it appends steps to a program under
// construction. A step makes one tensor, from operands that the builder has brought to the formats in which the step's pass reads
// them. A row knows neither formats nor batches of other layers; a recipe's policies are all that it asks about.
//
// Worked example. Linear's gradient: delta(BackwardData) times the weight is set_delta(0, ...); delta(BackwardWeight) times
// input(0, BackwardWeight) is set_gradient("weight", ...), sums of the delta set_gradient("bias", ...).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/operations/chain/chain_builder.h"
#include "models/operations/forms.h"
#include "models/operations/gradients.h"
#include "models/operations/operation_table.h"
#include "models/operations/tensor_class.h"
#include "models/operations/vector_formats.h"
#include "models/operations/window_forms.h"

namespace binade::operations {

/// A tensor of a program under construction; negative: none.
using Handle = int;
inline constexpr Handle kNoTensor = -1;

/// What a recipe decides of the order of training's arithmetic.
struct TrainingPolicy {
  KOrder weight_order = KOrder::SamplesOutermost;  ///< of the products of backward-weight
  bool bias_per_sample = false;                    ///< convolutions: bias gradients are summed in each sample first (PositNN)
  bool average_gradients = false;  ///< sums over the batch are divided when they are complete; otherwise the loss is
  bool stepwise = false;           ///< elementwise functions round after each primitive; otherwise once
  bool operator==(const TrainingPolicy&) const = default;
};

/// What a step makes.
struct Made {
  std::string name;  ///< of the tensor; {} stands for the layer, whose name follows where there is none: `xhat`
  Pass pass = Pass::Forward;
  TensorClass tensor_class = TensorClass::Activation;
  std::vector<std::int64_t> shape;  ///< outermost first, samples included
};

/// The layer's output in the forward pass, and the gradient with respect to one of its inputs.
Made output_of(const Call& call);
Made delta_of(const Call& call, std::size_t input);
/// The operation on `outputs` elements of input 0, the first ones, element by element.
VectorForm elementwise_form(spec::VectorOp op, std::int64_t outputs);

class TrainingBuilder {
 public:
  virtual ~TrainingBuilder() = default;

  /// The layer's use on the batch.
  virtual const Call& call() const = 0;
  virtual const TrainingPolicy& policy() const = 0;
  /// False in evaluation: running statistics, no dropout.
  virtual bool training() const = 0;

  // Tensors of the layer, as `pass` reads them.
  virtual Handle input(std::size_t i, Pass pass) = 0;
  virtual Handle output(Pass pass) = 0;
  /// The gradient with respect to the output.
  virtual Handle delta(Pass pass) = 0;
  /// A learned tensor, by its suffix: `weight`.
  virtual Handle parameter(std::string_view suffix, Pass pass) = 0;
  /// A tensor that lives from step to step, as it is held.
  virtual Handle state(std::string_view suffix) = 0;
  /// Dropout: ones, or 0 with probability `rate`, drawn anew at each step; of the output's extents.
  virtual Handle mask(double rate) = 0;
  /// Whether the gradient with respect to input i has a reader.
  virtual bool wanted(std::size_t i) const = 0;

  // Steps.
  /// The layer's own forward operation as the table has it.
  virtual Handle forward() = 0;
  virtual Handle product(const Made& made, const GemmForm& form, Handle a, Handle b) = 0;
  /// Sums over a tensor: the product with a tensor of a single one as input 1, in the format that the recipe gives sums.
  virtual Handle sum(const Made& made, const GemmForm& form, Handle tensor) = 0;
  /// The same of what a quotient alone reads, left in the format that it is added in: squares of 2^17 elements near 1 add up to
  /// more than flex16+5 holds, and their mean is 1.
  virtual Handle total(const Made& made, const GemmForm& form, Handle tensor) = 0;
  /// A tensor for each of the form's results.
  virtual std::vector<Handle> chain(const std::vector<Made>& made, const ChainForm& form, const std::vector<Handle>& operands) = 0;
  Handle chain(const Made& made, const ChainForm& form, const std::vector<Handle>& operands) {
    return chain(std::vector{made}, form, operands).front();
  }
  virtual Handle vector(const Made& made, const std::vector<VectorForm>& forms, const std::vector<Handle>& operands,
                        ExponentRule exponent = ExponentRule::Chosen) = 0;
  struct Maxima {
    Handle values, indices;
  };
  virtual Maxima maxima(const Made& made, const MaximumForm& form, Handle x) = 0;
  virtual Handle windows(const Made& made, const WindowGradientForm& form, const std::vector<Handle>& operands) = 0;
  /// A chain that makes the tensor: its steps round to the tensor's format, or to binary32 where that shares an exponent. Inputs of
  /// other formats are rounded to it first.
  virtual ChainCall call_of(const Made& made) const = 0;

  // What the layer gives.
  virtual void set_output(Handle tensor) = 0;
  virtual void set_delta(std::size_t i, Handle tensor) = 0;
  virtual void set_gradient(std::string_view suffix, Handle tensor) = 0;
  /// A tensor that lives on from step to step becomes this one at the end of the step.
  virtual void set_state(std::string_view suffix, Handle tensor) = 0;
  /// Tensors that the gradient finds again.
  virtual void keep(std::string_view name, Handle tensor) = 0;
  virtual Handle kept(std::string_view name) const = 0;
};

}  // namespace binade::operations
