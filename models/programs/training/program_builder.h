// SPDX-License-Identifier: Apache-2.0
// Builds a TrainingProgram: tensors with the formats that rules give them, steps, conversions between what was written and what a
// pass reads.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "models/programs/training/training_program.h"

namespace binade::programs {

using operations::Handle;
using operations::kNoTensor;
using operations::Made;

/// Whose rules speak of a tensor: a layer of the network, or what belongs to none.
inline constexpr int kNoLayer = -1;

class ProgramBuilder {
 public:
  ProgramBuilder(const networks::Network& network, const TrainingChoice& choice, std::int64_t samples, bool training,
                 TensorNames& names);

  const networks::Network& network() const { return network_; }
  const TrainingChoice& choice() const { return choice_; }
  std::int64_t samples() const { return program_.samples; }
  bool training() const { return program_.training; }
  /// Extents of a batch of such samples.
  std::vector<std::int64_t> batch_of(const operations::Shape& shape) const {
    return {program_.samples, shape.channels, shape.height, shape.width};
  }

  TensorRule rule(int layer, TensorClass tensor_class, Pass pass) const;
  /// In which a tensor is written.
  operations::ElementFormat encoding(int layer, TensorClass tensor_class, Pass pass) const;
  /// A chain that makes the tensor (TrainingBuilder::call_of).
  operations::ChainCall call_of(int layer, const Made& made) const;

  // Tensors. What at() gives ends with the next tensor that is added.
  Handle tensor(const std::string& name, TensorClass tensor_class, operations::ElementFormat encoding,
                std::vector<std::int64_t> shape, bool persistent = false);
  void alias(const std::string& name, Handle tensor) { program_.named[name] = tensor; }
  const TrainingTensor& at(Handle tensor) const { return program_.tensors[static_cast<std::size_t>(tensor)]; }
  /// A tensor that the host writes before each step, or once.
  Handle given(const std::string& name, Given::What what, double value, TensorClass tensor_class,
               operations::ElementFormat encoding, std::vector<std::int64_t> shape);
  /// The tensor as operations of `pass` read it for `layer`: converted where a rule's `read` says so.
  Handle as_read(Handle tensor, int layer, Pass pass) { return as_read(tensor, layer, pass, at(tensor).tensor_class); }
  /// The same of a tensor that is read as another class than it was written as: the loss's gradient, the first delta.
  Handle as_read(Handle tensor, int layer, Pass pass, TensorClass tensor_class);
  Handle converted(Handle tensor, const operations::ElementFormat& to, Pass pass, TensorClass tensor_class, const std::string& name,
                   const std::optional<exponent::ScaleRule>& scale = {});

  // Steps; `layer`: whose rules give the results' formats. The tensors' names are those of `made`.
  Handle product(int layer, const Made& made, const operations::GemmForm& form, Handle a, Handle b, Handle weight = kNoTensor,
                 Handle bias = kNoTensor);
  /// Sums over a tensor: the form's product with one. A rule's `sums` says in which format: the tensor is read in it and its sums
  /// are converted from it to their own.
  Handle sum(int layer, const Made& made, const operations::GemmForm& form, Handle tensor);
  /// The same without the conversion, for a quotient.
  Handle total(int layer, const Made& made, const operations::GemmForm& form, Handle tensor);
  Handle step(int layer, const Made& made, StepForm form, const std::vector<Handle>& operands,
              operations::ExponentRule exponent = operations::ExponentRule::Chosen);
  std::vector<Handle> chain(int layer, const std::vector<Made>& made, const operations::ChainForm& form,
                            const std::vector<Handle>& operands);
  Handle chain(int layer, const Made& made, const operations::ChainForm& form, const std::vector<Handle>& operands) {
    return chain(layer, std::vector{made}, form, operands).front();
  }

  /// The step that the last call of step() or product() made; a conversion may follow it.
  TrainingStep& made_step() { return program_.steps[made_step_]; }
  /// The made step adds by the policy that rules give products with its result.
  void sum_by_rules(int layer, const Made& made);
  /// A second result of the made step: unsigned integers.
  Handle add_indices(const std::string& name, int bytes, const std::vector<std::int64_t>& shape);

  /// Learned tensors as `pass` reads them: the master, or a copy in the format of class W and that pass.
  Handle parameter(int layer, const std::string& suffix, Pass pass);
  /// The same in a format that an operation prescribes.
  Handle parameter_in(int layer, const std::string& suffix, const operations::ElementFormat& format, TensorClass tensor_class,
                      const std::optional<exponent::ScaleRule>& scale = {});
  Handle master(int layer, const std::string& suffix);
  /// The gradient of a learned tensor, and with it what the optimiser keeps.
  void set_gradient(int layer, const std::string& suffix, Handle gradient);

  void problem(const std::string& text) { problems_.insert(text); }
  /// Throws InputError with every problem.
  void check() const;
  TrainingProgram finish();
  TrainingProgram& program() { return program_; }

 private:
  TrainedParameter& trained(const std::string& name);
  /// In which a vector operation writes a tensor: its own format, or binary32 first where its exponent follows from the finished
  /// tensor and is not the operands'.
  static operations::ElementFormat written_first(const operations::ElementFormat& out);
  std::vector<std::string> names_of(int layer) const;
  datapath::CoreMode vector_mode(const std::vector<Handle>& operands, const operations::ElementFormat& out) const;
  TrainingStep conversion(Handle from, Handle to, Pass pass) const;
  /// Of what is converted to `format` by the rule that speaks of it.
  std::optional<exponent::ScaleRule> scale_of(int layer, TensorClass tensor_class, Pass pass, const numerics::FormatSpec& format);
  /// Operands with a scale, which products and conversions alone read.
  void refuse_scales(int layer, const std::string& name, const std::vector<Handle>& operands);
  std::vector<Handle> add_chain(int layer, const std::vector<Made>& made, const operations::ChainForm& form,
                                const std::vector<Handle>& operands, const std::vector<ScaledConstant>& scales);
  /// The product of codes in `out`, then one chain that multiplies it with the operands' scales and the form's own, and adds the
  /// bias.
  Handle scaled_product(int layer, const Made& made, const operations::GemmForm& form, Handle a, Handle b, Handle weight,
                        Handle bias);
  void check_rules() const;
  /// A tensor of a single one in the format of `like`.
  Handle one_like(Handle like, int layer);
  datapath::CoreMode product_mode(int layer, const Made& made, Handle a, Handle b, const operations::ElementFormat& out);
  Handle add_product(int layer, const Made& made, const operations::GemmForm& form, std::vector<Handle> operands, Handle weight,
                     Handle bias, const operations::ElementFormat& out, const datapath::CoreMode& mode);

  const networks::Network& network_;
  const TrainingChoice& choice_;
  TensorNames& names_;
  TrainingProgram program_;
  std::map<std::pair<Handle, std::string>, Handle> conversions_;
  std::set<std::string> problems_;
  int first_product_ = kNoLayer, last_product_ = kNoLayer;
  std::size_t made_step_ = 0;
};

}  // namespace binade::programs
