// SPDX-License-Identifier: Apache-2.0
// A training step as data: steps over named tensors, in execution order, each making one tensor. make_training() derives it from a
// network, a recipe and the loss; nothing is written per network.
//
// Worked example. `x -> fc1 -> relu1 -> fc2` in posit8 with a posit16 optimiser makes, in this order:
//   forward          act.fc1, act.relu1, act.fc2                                          posit8
//   loss             softmax.exp, softmax.sum, dloss, ...                                  class L
//   backward         delta.fc2_out (dloss converted), grad.fc2.weight, grad.fc2.bias, delta.fc2_in, delta.relu1_in,
//   grad.fc1.weight, ... update           velocity.P, weight.P (posit16), and copies of weights in the formats in which products
//   read them
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "models/datapath/core_config.h"
#include "models/exponent/delayed_scale.h"
#include "models/networks/network.h"
#include "models/operations/training_builder.h"
#include "models/programs/formats.h"

namespace binade::programs {

struct TrainingTensor {
  std::string name;  ///< empty: the program has no tensor of this number
  TensorClass tensor_class = TensorClass::Activation;
  std::int64_t elements = 0;
  std::vector<std::int64_t> shape = {};  ///< outermost first
  operations::ElementFormat encoding = {};
  bool persistent = false;                        ///< lives from step to step: weights, their copies, momenta, running statistics
  bool constant = false;                          ///< written by the host, once
  std::optional<exponent::ScaleRule> scale = {};  ///< its values are its codes times a power of two that each write has anew
  int index_bytes = 0;  ///< unsigned integers of as many bytes, not numbers of the format: which element a maximum is
};

/// Names of tensors, each with its number: programs that share them agree on what lives from step to step and on whose exponents
/// are whose.
class TensorNames {
 public:
  int index(const std::string& name);
  std::size_t size() const { return indices_.size(); }

 private:
  std::map<std::string, int> indices_;
};

/// What the host writes before a step.
struct Given {
  enum class What : std::uint8_t { Input, Target, Mask, Constant };
  int tensor = -1;
  What what = What::Input;
  double value = 0;  ///< Constant; Mask: the rate
};

using StepForm = std::variant<operations::GemmForm, std::vector<operations::VectorForm>, operations::ChainForm,
                              operations::MaximumForm, operations::WindowGradientForm>;

struct StepResult {
  int tensor = -1;
  int becomes = -1;  ///< a tensor that lives from step to step, whose place the result takes when the step has run
  /// Whose exponent history the write belongs to.
  int writer() const { return becomes >= 0 ? becomes : tensor; }
};

/// A constant of a chain that is known when the step runs: its value in the form, times the scales of `by` over those of `over`,
/// results of the step.
struct ScaledConstant {
  int constant = 0;
  std::vector<int> by = {}, over = {};  ///< tensors
};

struct TrainingStep {
  std::string name;
  int layer = -1;  ///< of the network; -1: the loss or the optimiser
  operations::Pass pass = operations::Pass::Forward;
  StepForm form = {};
  std::vector<int> operands = {};  ///< Role::Input, in order
  int weight = -1, bias = -1;      ///< the layer's own forward operation
  std::vector<StepResult> results = {};
  datapath::CoreMode mode = {};  ///< of products; otherwise formats and rounding
  operations::ExponentRule exponent = operations::ExponentRule::Chosen;
  bool own_forward = false;                 ///< the layer's row of the table: its reference is the row's
  std::vector<ScaledConstant> scales = {};  ///< of chains
};

/// Persistent tensors of one parameter.
struct TrainedParameter {
  std::string name;  ///< `conv1.weight`
  int layer = -1;
  int master = -1, gradient = -1;
  int next = -1;        ///< what the update makes of the master
  int unrounded = -1;   ///< the same in binary32 before its exponent is known; formats whose exponent follows
  bool serial = false;  ///< the update's sums of products round each product and each sum
  struct State {
    int tensor = -1, next = -1, unrounded = -1;
  };
  std::vector<State> states;  ///< of the optimiser, in the order of its chain (state_names())
};

/// How parameters follow from gradients (operations/chain/optimisers.h).
struct Optimiser {
  enum class Method : std::uint8_t { Sgd, RmsProp, Adam };
  Method method = Method::Sgd;
  double momentum = 0, dampening = 0, weight_decay = 0;
  bool nesterov = false;
  double alpha = 0.99;                ///< RMSProp: of the running square
  double beta1 = 0.9, beta2 = 0.999;  ///< Adam
  double epsilon = 1e-8;
  bool operator==(const Optimiser&) const = default;
};

enum class Loss : std::uint8_t { CrossEntropy, MeanSquare };

struct TrainingChoice {
  FormatChoice formats = {};
  operations::TrainingPolicy policy = {};
  Optimiser optimiser = {};
  Loss loss = Loss::CrossEntropy;
  double loss_scale = 1;     ///< deltas are this many times the gradient; a power of two
  bool first_delta = false;  ///< the gradient with respect to the network's input too
};

struct TrainingProgram {
  const networks::Network* network = nullptr;
  std::int64_t samples = 0;
  bool training = true;
  TrainingChoice choice;
  std::vector<TrainingTensor> tensors;
  std::vector<Given> given;
  std::vector<TrainingStep> steps;  ///< forward, loss, backward; the update is make_update()'s
  std::vector<TrainedParameter> parameters;
  std::vector<TrainingStep> copies;  ///< of parameters in other formats: after each update, and before the first
  int logits = -1;                   ///< the network's output
  int loss_terms = -1;               ///< elements whose sum is the loss of the batch, before it is divided
  std::map<std::string, int> named;  ///< by name

  int tensor(const std::string& name) const;  ///< -1: none
};

/// Throws InputError naming every layer that has no gradient, every rule that matches none, every product without a datapath.
/// `network` outlives the program; programs that are to share tensors get the same `names`.
TrainingProgram make_training(const networks::Network& network, const TrainingChoice& choice, std::int64_t samples,
                              TensorNames& names);
/// The forward pass and the loss on `samples` samples: running statistics, no dropout.
TrainingProgram make_evaluation(const networks::Network& network, const TrainingChoice& choice, std::int64_t samples,
                                TensorNames& names);

/// What the optimiser keeps of each parameter.
std::vector<std::string> state_names(const Optimiser& optimiser);
/// The update of step `step` (from 1 on) at learning rate `rate`.
std::vector<TrainingStep> make_update(const TrainingProgram& program, double rate, std::uint64_t step);

}  // namespace binade::programs
