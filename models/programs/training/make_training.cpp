// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>

#include "models/numerics/error.h"
#include "models/operations/chain/elementwise.h"
#include "models/programs/training/layer_builder.h"
#include "models/programs/training/loss.h"
#include "models/programs/training/training_program.h"

namespace binade::programs {
namespace {

using networks::Network;
using operations::ElementFormat;
using operations::Kind;
using operations::Op;

const operations::Layer& layer_of(const Network& network, int layer) { return network.layers[static_cast<std::size_t>(layer)]; }

class Derivation {
 public:
  Derivation(const Network& network, const TrainingChoice& choice, std::int64_t samples, bool training, TensorNames& names)
      : network_(network), program_(network, choice, samples, training, names) {}

  TrainingProgram go() {
    const std::size_t layers = network_.layers.size();
    tensors_.activations.assign(layers, kNoTensor);
    tensors_.partials.resize(layers);
    tensors_.source.resize(layers);
    tensors_.wanted = wanted();
    for (int i = 0; i < static_cast<int>(layers); ++i) forward(i);
    program_.check();
    const int last = tensors_.source.back();
    program_.program().logits = tensors_.activations[static_cast<std::size_t>(last)];
    const Handle delta = build_loss(program_, last, program_.program().logits);
    if (program_.training()) {
      // The delta is written in its own class's format: a rounding of its own where the loss has another.
      const ElementFormat encoding = program_.encoding(last, TensorClass::Delta, Pass::BackwardData);
      const std::string name = "delta." + layer_of(network_, last).name + "_out";
      const bool same = program_.at(delta).encoding == encoding;
      partial_of_loss_ = same ? delta : program_.converted(delta, encoding, Pass::BackwardData, TensorClass::Delta, name);
      if (same) program_.alias(name, delta);
      for (int i = last; i >= 0; --i) backward(i);
      if (program_.program().parameters.empty())
        program_.problem("network '" + network_.name + "' has nothing to learn; allowed: layers with parameters");
    }
    return program_.finish();
  }

 private:
  /// Tensors whose delta is read: something that learns is made from, or before, them.
  std::vector<bool> wanted() const {
    std::vector<bool> wanted(network_.layers.size(), false);
    for (std::size_t i = 0; i < network_.layers.size(); ++i) {
      const operations::Layer& layer = network_.layers[i];
      const bool learns =
          layer.op != Op::Input && !operations::row(layer).parameters(layer, networks::input_shapes(network_, layer)).empty();
      wanted[i] = learns || (layer.op == Op::Input && program_.choice().first_delta);
      for (const int input : layer.inputs) wanted[i] = wanted[i] || wanted[static_cast<std::size_t>(input)];
    }
    return wanted;
  }

  bool moves_nothing(const operations::Layer& layer) const {
    return operations::is_view(layer.op) && (operations::row(layer).training == nullptr || !program_.training());
  }

  void forward(int i) {
    const operations::Layer& layer = layer_of(network_, i);
    const auto at = static_cast<std::size_t>(i);
    tensors_.source[at] = i;
    if (layer.op == Op::Input) {
      const ElementFormat encoding = program_.encoding(i, TensorClass::Input, Pass::Forward);
      tensors_.activations[at] =
          program_.given("act." + layer.name, Given::What::Input, 0, TensorClass::Input, encoding, program_.batch_of(layer.out));
      builders_.push_back(nullptr);
      return;
    }
    builders_.push_back(std::make_unique<LayerBuilder>(program_, tensors_, i));
    if (moves_nothing(layer)) {
      const auto behind = static_cast<std::size_t>(layer.inputs[0]);
      tensors_.source[at] = tensors_.source[behind];
      tensors_.activations[at] = tensors_.activations[behind];
      return;
    }
    const operations::OperationRow& row = operations::row(layer);
    if (program_.training() && row.gradient == nullptr && tensors_.wanted[at])
      program_.problem("layer '" + layer.name + "': " + std::string(row.word) +
                       " has no gradient; allowed in training: other operations (docs/training.md)");
    if (row.training != nullptr)
      row.training(*builders_.back());
    else
      builders_.back()->set_output(builders_.back()->forward());
    tensors_.activations[at] = builders_.back()->output();
    program_.alias("act." + layer.name, tensors_.activations[at]);
  }

  /// The sum of the deltas that a tensor's readers give, in the readers' order.
  Handle delta_of(int i) {
    const auto at = static_cast<std::size_t>(i);
    std::vector<Handle> parts;
    for (const auto& [reader, part] : tensors_.partials[at]) parts.push_back(part);
    if (i == tensors_.source.back()) parts.push_back(partial_of_loss_);
    if (parts.empty()) return kNoTensor;
    Handle sum = parts[0];
    const std::string name = "delta." + layer_of(network_, i).name + "_out";
    for (std::size_t p = 1; p < parts.size(); ++p) {
      const bool complete = p + 1 == parts.size();
      const Made made{.name = complete ? name : name + "." + std::to_string(p),
                      .pass = Pass::BackwardData,
                      .tensor_class = TensorClass::Delta,
                      .shape = program_.at(parts[0]).shape};
      sum = program_.chain(i, made, binary_chain(program_.call_of(i, made), operations::Primitive::Add), {sum, parts[p]});
    }
    if (parts.size() == 1) program_.alias(name, sum);
    return sum;
  }

  void backward(int i) {
    const operations::Layer& layer = layer_of(network_, i);
    const auto at = static_cast<std::size_t>(i);
    if (layer.op == Op::Input || !tensors_.wanted[at] || moves_nothing(layer)) return;
    const Handle delta = delta_of(i);
    if (delta == kNoTensor || operations::row(layer).gradient == nullptr) return;
    builders_[at]->begin_gradient(delta);
    operations::row(layer).gradient(*builders_[at]);
  }

  const Network& network_;
  ProgramBuilder program_;
  NetworkTensors tensors_;
  std::vector<std::unique_ptr<LayerBuilder>> builders_;
  Handle partial_of_loss_ = kNoTensor;
};

}  // namespace

int TrainingProgram::tensor(const std::string& name) const {
  const auto found = named.find(name);
  return found == named.end() ? -1 : found->second;
}

TrainingProgram make_training(const Network& network, const TrainingChoice& choice, std::int64_t samples, TensorNames& names) {
  return Derivation(network, choice, samples, true, names).go();
}
TrainingProgram make_evaluation(const Network& network, const TrainingChoice& choice, std::int64_t samples, TensorNames& names) {
  return Derivation(network, choice, samples, false, names).go();
}

}  // namespace binade::programs
