// SPDX-License-Identifier: Apache-2.0
// What a row of the table of operations builds its training with: one layer's tensors in a program under construction.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "models/programs/training/program_builder.h"

namespace binade::programs {

/// What of a network's tensors is known while a program is built, by layer.
struct NetworkTensors {
  std::vector<int> source;  ///< the layer whose output it is: another where the layer moves nothing
  std::vector<Handle> activations;
  /// Of deltas, by the layer that they come from and which of its inputs the tensor is.
  std::vector<std::map<std::pair<int, std::size_t>, Handle>> partials;
  std::vector<bool> wanted;  ///< whether a delta has a reader
};

class LayerBuilder final : public operations::TrainingBuilder {
 public:
  LayerBuilder(ProgramBuilder& program, NetworkTensors& tensors, int layer);

  const operations::Call& call() const override { return call_; }
  const operations::TrainingPolicy& policy() const override { return program_.choice().policy; }
  bool training() const override { return program_.training(); }

  Handle input(std::size_t i, Pass pass) override;
  Handle output(Pass pass) override { return program_.as_read(output_, layer_, pass); }
  Handle delta(Pass pass) override { return program_.as_read(delta_, layer_, pass, TensorClass::Delta); }
  Handle parameter(std::string_view suffix, Pass pass) override { return program_.parameter(layer_, std::string(suffix), pass); }
  Handle state(std::string_view suffix) override { return program_.master(layer_, std::string(suffix)); }
  Handle mask(double rate) override;
  bool wanted(std::size_t i) const override;

  Handle forward() override;
  Handle product(const Made& made, const operations::GemmForm& form, Handle a, Handle b) override;
  Handle sum(const Made& made, const operations::GemmForm& form, Handle tensor) override;
  Handle total(const Made& made, const operations::GemmForm& form, Handle tensor) override;
  using TrainingBuilder::chain;
  std::vector<Handle> chain(const std::vector<Made>& made, const operations::ChainForm& form,
                            const std::vector<Handle>& operands) override;
  Handle vector(const Made& made, const std::vector<operations::VectorForm>& forms, const std::vector<Handle>& operands,
                operations::ExponentRule exponent) override;
  Maxima maxima(const Made& made, const operations::MaximumForm& form, Handle x) override;
  Handle windows(const Made& made, const operations::WindowGradientForm& form, const std::vector<Handle>& operands) override;
  operations::ChainCall call_of(const Made& made) const override { return program_.call_of(layer_, made); }

  void set_output(Handle tensor) override { output_ = tensor; }
  void set_delta(std::size_t i, Handle tensor) override;
  void set_gradient(std::string_view suffix, Handle tensor) override;
  void set_state(std::string_view suffix, Handle tensor) override;
  void keep(std::string_view name, Handle tensor) override { kept_[std::string(name)] = tensor; }
  Handle kept(std::string_view name) const override { return kept_.at(std::string(name)); }

  // For who builds the network.
  Handle output() const { return output_; }
  void begin_gradient(Handle delta) { delta_ = delta; }

 private:
  std::size_t source(std::size_t i) const;
  /// With the tensor's whole name.
  Made named(const Made& made) const;

  ProgramBuilder& program_;
  NetworkTensors& tensors_;
  const int layer_;
  const operations::Call call_;
  Handle output_ = kNoTensor, delta_ = kNoTensor;
  std::map<std::string, Handle> kept_;
};

}  // namespace binade::programs
