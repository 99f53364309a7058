// SPDX-License-Identifier: Apache-2.0
#include "models/programs/training/layer_builder.h"

#include "models/numerics/error.h"
#include "models/operations/chain/elementwise.h"
#include "models/operations/window_record.h"
#include "models/programs/machine.h"

namespace binade::programs {

using operations::ElementFormat;
using operations::ExponentRule;
using operations::Kind;

namespace {

/// What a machine can't carry out of the made step, whose form this is.
template <class Form>
void refuse_windows(ProgramBuilder& program, const std::string& layer, const Form& form) {
  const TrainingStep& step = program.made_step();
  const auto tensor = [&program](Handle handle) {
    const TrainingTensor& known = program.at(handle);
    return StoredTensor{
        .address = 0, .elements = known.elements, .format = known.encoding.format, .raw_bytes = known.index_bytes, .magnitude = {}};
  };
  Work work;
  work.mode = step.mode;
  for (const Handle operand : step.operands) work.inputs.push_back(tensor(operand));
  work.output = tensor(step.results.front().tensor);
  for (std::size_t i = 1; i < step.results.size(); ++i) work.further.push_back({.tensor = tensor(step.results[i].tensor)});
  const spec::Windows record = bound_record(form, work);
  std::string problem = operations::window_problem(window_formats(work), record);
  if (problem.empty()) problem = operations::window_content_problem(record);
  if (!problem.empty())
    program.problem("layer '" + layer + "', " + std::string(operations::to_string(step.pass)) + ": " + problem +
                    "; allowed in training: other windows");
}

}  // namespace

LayerBuilder::LayerBuilder(ProgramBuilder& program, NetworkTensors& tensors, int layer)
    : program_(program), tensors_(tensors), layer_(layer), call_(networks::call_of(program.network(), layer, program.samples())) {}

std::size_t LayerBuilder::source(std::size_t i) const {
  return static_cast<std::size_t>(tensors_.source[static_cast<std::size_t>(call_.layer.inputs.at(i))]);
}

Made LayerBuilder::named(const Made& made) const {
  Made full = made;
  const std::size_t place = full.name.find("{}");
  if (place == std::string::npos)
    full.name += "." + call_.layer.name;
  else
    full.name.replace(place, 2, call_.layer.name);
  return full;
}

Handle LayerBuilder::input(std::size_t i, Pass pass) { return program_.as_read(tensors_.activations[source(i)], layer_, pass); }

Handle LayerBuilder::mask(double rate) {
  const Made made{.name = "mask", .pass = Pass::Forward, .tensor_class = TensorClass::Activation, .shape = {}};
  return program_.given(named(made).name, Given::What::Mask, rate, TensorClass::Activation,
                        program_.encoding(layer_, TensorClass::Activation, Pass::Forward), {call_.samples, call_.out().elements()});
}

bool LayerBuilder::wanted(std::size_t i) const { return tensors_.wanted[source(i)]; }

Handle LayerBuilder::forward() {
  const operations::OperationRow& row = operations::row(call_.layer);
  const Made made{
      .name = "act", .pass = Pass::Forward, .tensor_class = TensorClass::Activation, .shape = program_.batch_of(call_.out())};
  std::vector<Handle> inputs;
  for (std::size_t i = 0; i < call_.inputs.size(); ++i) inputs.push_back(input(i, Pass::Forward));
  Handle weight = kNoTensor, bias = kNoTensor;
  const ElementFormat out = program_.encoding(layer_, TensorClass::Activation, Pass::Forward);
  for (const operations::Learned& learned : row.parameters(call_.layer, call_.inputs)) {
    if (std::string_view(learned.suffix) == "weight") weight = parameter("weight", Pass::Forward);
    // A product adds its bias to the sum: in the result's format.
    if (std::string_view(learned.suffix) == "bias")
      bias =
          row.gemm != nullptr ? program_.parameter_in(layer_, "bias", out, TensorClass::Weight) : parameter("bias", Pass::Forward);
  }
  Handle result = kNoTensor;
  if (row.gemm != nullptr) {
    result =
        program_.product(layer_, named(made), row.gemm(call_), inputs[0], inputs.size() > 1 ? inputs[1] : weight, weight, bias);
  } else {
    result = program_.step(layer_, named(made), row.vector(call_), inputs, row.traits.exponent);
    program_.made_step().weight = weight;
    program_.made_step().bias = bias;
  }
  program_.made_step().own_forward = true;
  return result;
}

Handle LayerBuilder::product(const Made& made, const operations::GemmForm& form, Handle a, Handle b) {
  return program_.product(layer_, named(made), form, a, b);
}
Handle LayerBuilder::sum(const Made& made, const operations::GemmForm& form, Handle tensor) {
  return program_.sum(layer_, named(made), form, tensor);
}
Handle LayerBuilder::total(const Made& made, const operations::GemmForm& form, Handle tensor) {
  return program_.total(layer_, named(made), form, tensor);
}
std::vector<Handle> LayerBuilder::chain(const std::vector<Made>& made, const operations::ChainForm& form,
                                        const std::vector<Handle>& operands) {
  std::vector<Made> all;
  for (const Made& one : made) all.push_back(named(one));
  return program_.chain(layer_, all, form, operands);
}
Handle LayerBuilder::vector(const Made& made, const std::vector<operations::VectorForm>& forms, const std::vector<Handle>& operands,
                            ExponentRule exponent) {
  return program_.step(layer_, named(made), forms, operands, exponent);
}
LayerBuilder::Maxima LayerBuilder::maxima(const Made& made, const operations::MaximumForm& form, Handle x) {
  const Handle values = program_.step(layer_, named(made), form, {x}, ExponentRule::Input);
  Made index = made;
  index.name = "index";
  const Handle indices = program_.add_indices(named(index).name, operations::index_bytes(form.window), made.shape);
  refuse_windows(program_, call_.layer.name, form);
  return {values, indices};
}
Handle LayerBuilder::windows(const Made& made, const operations::WindowGradientForm& form, const std::vector<Handle>& operands) {
  const Handle result = program_.step(layer_, named(made), form, operands);
  program_.sum_by_rules(layer_, made);
  refuse_windows(program_, call_.layer.name, form);
  return result;
}

void LayerBuilder::set_delta(std::size_t i, Handle tensor) {
  tensors_.partials[source(i)][{layer_, i}] = tensor;
  program_.alias("delta." + call_.layer.name + "_in" + (i == 0 ? "" : std::to_string(i)), tensor);
}

void LayerBuilder::set_gradient(std::string_view suffix, Handle tensor) {
  if (policy().average_gradients && call_.samples > 1) {
    const Made made{.name = "average.{}." + std::string(suffix),
                    .pass = Pass::BackwardWeight,
                    .tensor_class = TensorClass::Gradient,
                    .shape = program_.at(tensor).shape};
    tensor = TrainingBuilder::chain(made, divide_chain(call_of(made), static_cast<double>(call_.samples)), {tensor});
  }
  Handle read = program_.as_read(tensor, layer_, Pass::Update);
  if (const double scale = program_.choice().loss_scale; scale != 1) {
    const Made made{.name = "unscaled.{}." + std::string(suffix),
                    .pass = Pass::Update,
                    .tensor_class = TensorClass::State,
                    .shape = program_.at(tensor).shape};
    read = TrainingBuilder::chain(made, scale_chain(call_of(made), 1 / scale), {read});
  }
  program_.set_gradient(layer_, std::string(suffix), read);
}

void LayerBuilder::set_state(std::string_view suffix, Handle tensor) {
  for (TrainingStep& step : program_.program().steps)
    for (StepResult& result : step.results)
      if (result.tensor == tensor) result.becomes = program_.master(layer_, std::string(suffix));
}

}  // namespace binade::programs
