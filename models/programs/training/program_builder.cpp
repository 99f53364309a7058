// SPDX-License-Identifier: Apache-2.0
#include "models/programs/training/program_builder.h"

#include <algorithm>
#include <cmath>

#include "models/numerics/error.h"
#include "models/operations/chain/elementwise.h"

namespace binade::programs {

using numerics::FormatSpec;
using operations::ElementFormat;

namespace {

/// What is behind the name of a tensor in binary32 that is rounded to its format once that has an exponent.
const std::string kUnrounded = ":unrounded";

/// A format, and the rounding to it where it is not the format's own.
std::string word_of(const ElementFormat& encoding) {
  const std::string word = numerics::to_string(encoding.format);
  return encoding.rounding == encoding.format.default_rounding() ? word
                                                                 : word + ":" + std::string(numerics::to_string(encoding.rounding));
}

/// What a tensor's name has behind its format where it has a scale.
std::string word_of(const std::optional<exponent::ScaleRule>& scale) {
  if (!scale) return {};
  std::string word = ":scaled";
  if (scale->history != 1) word += "-" + std::to_string(scale->history);
  if (scale->margin != 0) word += "+" + std::to_string(scale->margin);
  return word;
}

}  // namespace

int TensorNames::index(const std::string& name) { return indices_.emplace(name, static_cast<int>(indices_.size())).first->second; }

ProgramBuilder::ProgramBuilder(const networks::Network& network, const TrainingChoice& choice, std::int64_t samples, bool training,
                               TensorNames& names)
    : network_(network), choice_(choice), names_(names) {
  program_.network = &network;
  program_.samples = samples;
  program_.training = training;
  program_.choice = choice;
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    if (!operations::is_gemm(network.layers[i].op)) continue;
    if (first_product_ == kNoLayer) first_product_ = static_cast<int>(i);
    last_product_ = static_cast<int>(i);
  }
  check_rules();
}

std::vector<std::string> ProgramBuilder::names_of(int layer) const {
  if (layer == kNoLayer) return {kLossLayer};
  const operations::Layer& known = network_.layers[static_cast<std::size_t>(layer)];
  std::vector<std::string> names{known.name, operation_name(known.op)};
  if (layer == first_product_) names.emplace_back(kFirstProduct);
  if (layer == last_product_) names.emplace_back(kLastProduct);
  return names;
}

void ProgramBuilder::check_rules() const {
  std::vector<std::string> all;
  for (int i = 0; i < static_cast<int>(network_.layers.size()); ++i)
    for (std::string& name : names_of(i)) all.push_back(std::move(name));
  for (std::string& op : operation_names()) all.push_back(std::move(op));  // a recipe speaks of operations that a network may lack
  all.emplace_back(kLossLayer);
  check_layers(choice_.formats.recipe, all);
}

TensorRule ProgramBuilder::rule(int layer, TensorClass tensor_class, Pass pass) const {
  return resolve(choice_.formats.recipe, names_of(layer), tensor_class, pass);
}

ElementFormat ProgramBuilder::encoding(int layer, TensorClass tensor_class, Pass pass) const {
  const TensorRule says = rule(layer, tensor_class, pass);
  const FormatSpec format = says.format.value_or(choice_.formats.format);
  const auto rounding = choice_.formats.rounding ? choice_.formats.rounding : says.rounding;
  return {format, rounding.value_or(format.default_rounding())};
}

ElementFormat ProgramBuilder::written_first(const ElementFormat& out) {
  return out.format.exponent_after() ? ElementFormat{numerics::kBinary32} : out;
}

operations::ChainCall ProgramBuilder::call_of(int layer, const Made& made) const {
  std::int64_t elements = 1;
  for (const std::int64_t extent : made.shape) elements *= extent;
  ElementFormat to = encoding(layer, made.tensor_class, made.pass);
  if (to.format.shared_exponent()) to.format = numerics::kBinary32;
  to.rounding = to.format.default_rounding();
  return {.to = to, .outputs = elements, .round_inputs = true};
}

Handle ProgramBuilder::tensor(const std::string& name, TensorClass tensor_class, ElementFormat encoding,
                              std::vector<std::int64_t> shape, bool persistent) {
  const Handle index = names_.index(name);
  if (program_.tensors.size() < names_.size()) program_.tensors.resize(names_.size());
  TrainingTensor& made = program_.tensors[static_cast<std::size_t>(index)];
  if (!made.name.empty()) throw InvariantError("training: two tensors are called " + name);
  std::int64_t elements = 1;
  for (const std::int64_t extent : shape) elements *= extent;
  made = {.name = name,
          .tensor_class = tensor_class,
          .elements = elements,
          .shape = std::move(shape),
          .encoding = encoding,
          .persistent = persistent};
  program_.named[name] = index;
  return index;
}

Handle ProgramBuilder::given(const std::string& name, Given::What what, double value, TensorClass tensor_class,
                             ElementFormat encoding, std::vector<std::int64_t> shape) {
  // Constants are written once.
  const Handle made = tensor(name, tensor_class, encoding, std::move(shape), what == Given::What::Constant);
  program_.tensors[static_cast<std::size_t>(made)].constant = what == Given::What::Constant;
  if (what == Given::What::Constant && encoding.format.family == numerics::Family::Fixed &&
      value > static_cast<double>(encoding.format.max_mantissa()) /
                  static_cast<double>(std::int64_t{1} << encoding.format.fraction_bits))
    problem("format " + numerics::to_string(encoding.format) +
            " has no 1, which sums are products with; allowed: more bits before the point");
  program_.given.push_back({made, what, value});
  return made;
}

TrainingStep ProgramBuilder::conversion(Handle from, Handle to, Pass pass) const {
  const TrainingTensor &source = at(from), &result = at(to);
  TrainingStep step{.name = result.name,
                    .pass = pass,
                    .form = std::vector{operations::elementwise_form(spec::VectorOp::Copy, source.elements)},
                    .operands = {from},
                    .results = {{to}},
                    .mode = vector_mode({from}, result.encoding)};
  if (!source.scale && !result.scale) return step;
  // The product with a power of two is rounded to binary32 and then to the result's format. The first rounding changes nothing
  // where the source has at most 24 significant bits and the product is a normal number of binary32. Beyond its range, on either
  // side, are products that a format of 8 bits makes its largest value or 0 anyway.
  step.form = operations::scale_chain({.to = {numerics::kBinary32}, .outputs = source.elements}, 1);
  step.scales = {{.constant = 0}};
  if (source.scale) step.scales[0].by = {from};
  if (result.scale) step.scales[0].over = {to};
  return step;
}

std::optional<exponent::ScaleRule> ProgramBuilder::scale_of(int layer, TensorClass tensor_class, Pass pass,
                                                            const FormatSpec& format) {
  const TensorRule says = rule(layer, tensor_class, pass);
  if (!says.scaled.value_or(false)) return {};
  if (!exponent::has_scale(format)) {
    problem("layer '" + names_of(layer).front() + "', class " + std::string(to_string(tensor_class)) + ", " +
            std::string(operations::to_string(pass)) + ": scale: last-maximum of tensors in " + numerics::to_string(format) +
            "; allowed: of floats");
    return {};
  }
  exponent::ScaleRule rule;
  return exponent::ScaleRule{.history = says.scale_history.value_or(rule.history),
                             .margin = says.scale_margin.value_or(rule.margin)};
}

Handle ProgramBuilder::converted(Handle from, const ElementFormat& to, Pass pass, TensorClass tensor_class, const std::string& name,
                                 const std::optional<exponent::ScaleRule>& scale) {
  // A chain takes the scale out, and its result is binary32 where an exponent follows from the finished tensor.
  if (at(from).scale && to.format.exponent_after())
    from = converted(from, {numerics::kBinary32}, pass, tensor_class, name + kUnrounded);
  const auto [known, fresh] = conversions_.emplace(std::pair(from, name), kNoTensor);
  if (!fresh) return known->second;
  const TrainingTensor source = at(from);
  const Handle result = tensor(name, tensor_class, to, source.shape, source.persistent);
  program_.tensors[static_cast<std::size_t>(result)].scale = scale;
  program_.steps.push_back(conversion(from, result, pass));
  return conversions_[{from, name}] = result;
}

Handle ProgramBuilder::as_read(Handle from, int layer, Pass pass, TensorClass tensor_class) {
  const TensorRule says = rule(layer, tensor_class, pass);
  const ElementFormat written = at(from).encoding;
  if (!says.read) return from;
  const auto scale = scale_of(layer, tensor_class, pass, *says.read);
  if (*says.read == written.format && !scale && !at(from).scale) return from;
  const auto rounding = choice_.formats.rounding ? choice_.formats.rounding : says.rounding;
  const ElementFormat to{*says.read, rounding.value_or(says.read->default_rounding())};
  return converted(from, to, pass, tensor_class, at(from).name + ":" + word_of(to) + word_of(scale), scale);
}

datapath::CoreMode ProgramBuilder::product_mode(int layer, const Made& made, Handle a, Handle b, const ElementFormat& out) {
  datapath::CoreMode mode;
  mode.format = {at(a).encoding.format, at(b).encoding.format, out.format};
  const std::string where = "layer '" + names_of(layer).front() + "', " + std::string(operations::to_string(made.pass)) + ": ";
  if (const std::string wrong = operand_problem(mode.format); !wrong.empty()) {
    problem(where + wrong);
    return mode;
  }
  mode.accumulate = accumulate_of(choice_.formats, rule(layer, made.tensor_class, made.pass), mode.format, out.rounding);
  return mode;
}

Handle ProgramBuilder::product(int layer, const Made& made, const operations::GemmForm& form, Handle a, Handle b, Handle weight,
                               Handle bias) {
  if (at(a).scale || at(b).scale || (form.scale_exponent != 0 && !at(a).encoding.format.shared_exponent()))
    return scaled_product(layer, made, form, a, b, weight, bias);
  const ElementFormat out = encoding(layer, made.tensor_class, made.pass);
  const datapath::CoreMode mode = product_mode(layer, made, a, b, out);
  std::vector<Handle> operands{a};
  if (weight == kNoTensor) operands.push_back(b);
  return add_product(layer, made, form, std::move(operands), weight, bias, out, mode);
}

Handle ProgramBuilder::scaled_product(int layer, const Made& made, const operations::GemmForm& form, Handle a, Handle b,
                                      Handle weight, Handle bias) {
  // Sums of codes may be far beyond a narrow result's range: where there are scales they are binary32.
  const bool scaled = at(a).scale || at(b).scale;
  const ElementFormat own = encoding(layer, made.tensor_class, made.pass), out = scaled ? ElementFormat{numerics::kBinary32} : own;
  Made codes = made;
  codes.name += ":unscaled";
  operations::GemmForm plain = form;
  plain.scale_exponent = 0;
  plain.shape.bias = false;
  std::vector<Handle> operands{a};
  if (weight == kNoTensor) operands.push_back(b);
  const Handle sums =
      add_product(layer, codes, plain, std::move(operands), weight, kNoTensor, out, product_mode(layer, made, a, b, out));
  std::vector<Handle> terms{sums};
  operations::ChainBuilder chain({.to = {out.format, out.format.default_rounding()}, .outputs = at(sums).elements});
  const auto sum = chain.input(0), factor = chain.constant(std::ldexp(1.0, form.scale_exponent));
  operations::ChainForm then;
  if (bias == kNoTensor) {
    then = chain.form({chain.step(operations::Primitive::Mul, {sum, factor})});
  } else {
    const operations::Shape& shape = network_.layers[static_cast<std::size_t>(layer)].out;
    const std::int64_t pixels = shape.height * shape.width;
    const operations::Spread spread = shape.sequence ? operations::Spread{1, pixels} : operations::Spread{pixels, shape.channels};
    terms.push_back(bias);
    then = chain.form({chain.step(operations::Primitive::Fma, {sum, factor, chain.input(1, spread)})});
  }
  ScaledConstant scales;
  for (const Handle factor_of : {a, b})
    if (at(factor_of).scale) scales.by.push_back(factor_of);
  return add_chain(layer, {made}, then, terms, scales.by.empty() ? std::vector<ScaledConstant>{} : std::vector{scales}).front();
}

Handle ProgramBuilder::add_product(int layer, const Made& made, const operations::GemmForm& form, std::vector<Handle> operands,
                                   Handle weight, Handle bias, const ElementFormat& out, const datapath::CoreMode& mode) {
  const Handle result = tensor(made.name, made.tensor_class, out, made.shape);
  made_step_ = program_.steps.size();
  program_.steps.push_back({.name = made.name,
                            .layer = layer,
                            .pass = made.pass,
                            .form = form,
                            .operands = std::move(operands),
                            .weight = weight,
                            .bias = bias,
                            .results = {{result}},
                            .mode = mode});
  return result;
}

Handle ProgramBuilder::one_like(Handle like, int layer) {
  const ElementFormat encoding = at(like).encoding;
  const bool of_loss = layer == kNoLayer;
  const std::string name = of_loss ? "constant.loss" : "constant.1:" + numerics::to_string(encoding.format);
  if (const auto known = program_.named.find(name); known != program_.named.end()) return known->second;
  return given(name, Given::What::Constant, 1, of_loss ? TensorClass::Loss : TensorClass::Weight, encoding, {1});
}

Handle ProgramBuilder::sum(int layer, const Made& made, const operations::GemmForm& form, Handle tensor) {
  const Handle added = total(layer, made, form, tensor);
  const ElementFormat out = encoding(layer, made.tensor_class, made.pass);
  return at(added).encoding.format == out.format ? added : converted(added, out, made.pass, made.tensor_class, made.name);
}

Handle ProgramBuilder::total(int layer, const Made& made, const operations::GemmForm& form, Handle tensor) {
  const auto format = rule(layer, made.tensor_class, made.pass).sums;
  const ElementFormat out = encoding(layer, made.tensor_class, made.pass);
  const bool is_in = format && *format == at(tensor).encoding.format && !at(tensor).scale;
  if (!format || (is_in && *format == out.format)) return product(layer, made, form, tensor, one_like(tensor, layer));
  const ElementFormat in{*format, format->default_rounding()};
  const std::string suffix = ":" + word_of(in);
  if (!is_in) tensor = converted(tensor, in, made.pass, at(tensor).tensor_class, at(tensor).name + suffix);
  Made apart = made;
  if (out.format != in.format) apart.name += suffix;
  // Rules that speak of products say nothing of sums that have a format of their own.
  datapath::CoreMode mode{.format = {in.format}, .accumulate = {}};
  mode.accumulate.policy = default_accumulate(mode.format);
  mode.accumulate.rounding = in.rounding;
  return add_product(layer, apart, form, {tensor, one_like(tensor, layer)}, kNoTensor, kNoTensor, in, mode);
}

Handle ProgramBuilder::step(int layer, const Made& made, StepForm form, const std::vector<Handle>& operands,
                            operations::ExponentRule exponent) {
  refuse_scales(layer, made.name, operands);
  const ElementFormat out = encoding(layer, made.tensor_class, made.pass);
  const auto same = [&](Handle operand) { return at(operand).encoding.format == out.format; };
  const bool keeps = exponent != operations::ExponentRule::Chosen && std::all_of(operands.begin(), operands.end(), same);
  const ElementFormat first = keeps ? out : written_first(out);
  const bool twice = first.format != out.format;
  const Handle result = tensor(twice ? made.name + kUnrounded : made.name, made.tensor_class, first, made.shape);
  made_step_ = program_.steps.size();
  program_.steps.push_back({.name = made.name,
                            .layer = layer,
                            .pass = made.pass,
                            .form = std::move(form),
                            .operands = operands,
                            .results = {{result}},
                            .mode = vector_mode(operands, first),
                            .exponent = exponent});
  return twice ? converted(result, out, made.pass, made.tensor_class, made.name) : result;
}

void ProgramBuilder::refuse_scales(int layer, const std::string& name, const std::vector<Handle>& operands) {
  for (const Handle operand : operands)
    if (at(operand).scale)
      problem("layer '" + names_of(layer).front() + "': " + name + " reads " + at(operand).name +
              ", which has a scale; allowed: factors of products (rules for layers like <conv>, <linear>)");
}

std::vector<Handle> ProgramBuilder::chain(int layer, const std::vector<Made>& made, const operations::ChainForm& form,
                                          const std::vector<Handle>& operands) {
  refuse_scales(layer, made.front().name, operands);
  return add_chain(layer, made, form, operands, {});
}

// Where an exponent follows from the finished tensor, a chain's result is binary32 first.
std::vector<Handle> ProgramBuilder::add_chain(int layer, const std::vector<Made>& made, const operations::ChainForm& form,
                                              const std::vector<Handle>& operands, const std::vector<ScaledConstant>& scales) {
  std::vector<Handle> all;
  TrainingStep step{.name = made.front().name, .layer = layer, .pass = made.front().pass, .form = form, .operands = operands};
  step.scales = scales;
  for (const Made& one : made) {
    const ElementFormat out = encoding(layer, one.tensor_class, one.pass);
    if (out.rounding == numerics::Rounding::Sr && !out.format.shared_exponent())
      problem("tensor '" + one.name +
              "': rounding sr; allowed: of products and conversions, and of formats with a shared exponent");
    const ElementFormat first = written_first(out);
    const std::string name = first.format != out.format ? one.name + kUnrounded : one.name;
    all.push_back(tensor(name, one.tensor_class, first, one.shape));
    step.results.push_back({all.back()});
  }
  step.mode = vector_mode(operands, at(all.front()).encoding);
  program_.steps.push_back(std::move(step));
  for (std::size_t i = 0; i < made.size(); ++i) {
    const ElementFormat out = encoding(layer, made[i].tensor_class, made[i].pass);
    if (out.format.exponent_after()) all[i] = converted(all[i], out, made[i].pass, made[i].tensor_class, made[i].name);
  }
  return all;
}

void ProgramBuilder::sum_by_rules(int layer, const Made& made) {
  datapath::CoreMode& mode = made_step().mode;
  mode.accumulate =
      accumulate_of(choice_.formats, rule(layer, made.tensor_class, made.pass), mode.format, mode.accumulate.rounding);
}

Handle ProgramBuilder::add_indices(const std::string& name, int bytes, const std::vector<std::int64_t>& shape) {
  const Handle result = tensor(name, TensorClass::Activation, at(made_step().results.front().tensor).encoding, shape);
  program_.tensors[static_cast<std::size_t>(result)].index_bytes = bytes;
  made_step().results.push_back({result});
  return result;
}

datapath::CoreMode ProgramBuilder::vector_mode(const std::vector<Handle>& operands, const ElementFormat& out) const {
  const FormatSpec a = at(operands.front()).encoding.format;
  return {{a, operands.size() > 1 ? at(operands[1]).encoding.format : a, out.format}, {.rounding = out.rounding}};
}

TrainedParameter& ProgramBuilder::trained(const std::string& name) {
  for (TrainedParameter& known : program_.parameters)
    if (known.name == name) return known;
  return program_.parameters.emplace_back(TrainedParameter{.name = name, .layer = {}, .states = {}});
}

Handle ProgramBuilder::master(int layer, const std::string& suffix) {
  const operations::Layer& known = network_.layers[static_cast<std::size_t>(layer)];
  const std::string name = known.name + "." + suffix;
  if (const auto found = program_.named.find("weight." + name); found != program_.named.end()) return found->second;
  const auto learned = operations::row(known).parameters(known, networks::input_shapes(network_, known));
  const auto it = std::find_if(learned.begin(), learned.end(), [&](const auto& one) { return suffix == one.suffix; });
  if (it == learned.end()) throw InvariantError("training: no parameter " + name);
  const Handle made =
      tensor("weight." + name, TensorClass::State, encoding(layer, TensorClass::State, Pass::Update), it->shape, true);
  TrainedParameter& parameter = trained(name);
  parameter.layer = layer;
  parameter.master = made;
  return made;
}

Handle ProgramBuilder::parameter_in(int layer, const std::string& suffix, const ElementFormat& format, TensorClass tensor_class,
                                    const std::optional<exponent::ScaleRule>& scale) {
  const Handle own = master(layer, suffix);
  if (at(own).encoding.format == format.format && !scale) return own;
  const std::string name = at(own).name + ":" + word_of(format) + word_of(scale);
  if (const auto found = program_.named.find(name); found != program_.named.end()) return found->second;
  const Handle copy = tensor(name, tensor_class, format, at(own).shape, true);
  program_.tensors[static_cast<std::size_t>(copy)].scale = scale;
  program_.copies.push_back(conversion(own, copy, Pass::Update));
  return copy;
}

Handle ProgramBuilder::parameter(int layer, const std::string& suffix, Pass pass) {
  const ElementFormat format = encoding(layer, TensorClass::Weight, pass);
  return parameter_in(layer, suffix, format, TensorClass::Weight, scale_of(layer, TensorClass::Weight, pass, format.format));
}

void ProgramBuilder::set_gradient(int layer, const std::string& suffix, Handle gradient) {
  const TrainingTensor own = at(master(layer, suffix));
  TrainedParameter& parameter = trained(network_.layers[static_cast<std::size_t>(layer)].name + "." + suffix);
  parameter.gradient = gradient;
  alias("grad." + parameter.name, gradient);
  const datapath::CoreMode sums{.format = {own.encoding.format}, .accumulate = {}};
  parameter.serial = accumulate_of(choice_.formats, rule(layer, TensorClass::State, Pass::Update), sums.format, {}).policy ==
                     numerics::Accumulate::Serial;
  parameter.next = tensor("next." + own.name, own.tensor_class, own.encoding, own.shape);
  const ElementFormat first = written_first(own.encoding);
  const auto unrounded = [&](const std::string& name) {
    return first.format == own.encoding.format ? kNoTensor
                                               : tensor("next." + name + kUnrounded, TensorClass::State, first, own.shape);
  };
  parameter.unrounded = unrounded(own.name);
  for (const std::string& state : state_names(choice_.optimiser)) {
    const std::string name = state + "." + parameter.name;
    const Handle held = tensor(name, TensorClass::State, own.encoding, own.shape, true);
    const Handle next = tensor("next." + name, TensorClass::State, own.encoding, own.shape);
    parameter.states.push_back({.tensor = held, .next = next, .unrounded = unrounded(name)});
  }
}

TrainingProgram ProgramBuilder::finish() {
  check();
  return std::move(program_);
}

void ProgramBuilder::check() const {
  if (problems_.empty()) return;
  std::string text;
  for (const std::string& one : problems_) text.append(text.empty() ? "" : "\n").append(one);
  throw InputError(text);
}

}  // namespace binade::programs
