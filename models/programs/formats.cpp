// SPDX-License-Identifier: Apache-2.0
#include "models/programs/formats.h"

#include <algorithm>
#include <map>

#include "models/datapath/mode_problem.h"
#include "models/numerics/error.h"

namespace binade::programs {
namespace {

using numerics::FormatSpec;
using numerics::OperandFormats;
using numerics::Rounding;
using operations::Kind;
using operations::Op;

/// What of `rule`, `configured` and `otherwise` has the last word: the configuration, then the rule.
template <class Value>
Value decided(const std::optional<Value>& configured, const std::optional<Value>& rule, const Value& otherwise) {
  return configured ? *configured : rule ? *rule : otherwise;
}

class Formatting {
 public:
  Formatting(const Program& program, const FormatChoice& choice) : choice_(choice), plain_(program), result_(program) {}

  Program go() {
    find_ends();
    check_rules();
    const std::size_t layers = plain_.network->layers.size();
    written_.resize(layers);
    result_.operations.clear();
    // Tensors that the host gives may be outputs of inner layers, whose format follows from layers before them.
    for (std::size_t i = 0; i < layers; ++i) written_[i] = encoding_of(static_cast<int>(i));
    for (std::size_t i = 0; i < layers; ++i) result_.add_shifts.push_back(add_shift_of(static_cast<int>(i)));
    for (const Operation& operation : plain_.operations) add(operation);
    throw_problems();
    if (!added_.empty()) {
      auto network = std::make_shared<networks::Network>(*plain_.network);
      network->layers.insert(network->layers.end(), added_.begin(), added_.end());
      result_.network = network.get();
      result_.own = std::move(network);
    }
    result_.tensors = written_;
    result_.add_shifts.resize(written_.size());
    return std::move(result_);
  }

 private:
  void check_rules() const {
    std::vector<std::string> names;
    for (const operations::Layer& layer : plain_.network->layers)
      if (!operations::is_view(layer.op)) names.push_back(layer.name);
    if (first_product_ >= 0) names.insert(names.end(), {kFirstProduct, kLastProduct});
    // Recipes speak of operations that a network may lack, and of training.
    for (std::string& name : operation_names()) names.push_back(std::move(name));
    names.emplace_back(kLossLayer);
    check_layers(choice_.recipe, names);
  }

  void find_ends() {
    for (std::size_t i = 0; i < plain_.network->layers.size(); ++i) {
      if (!operations::is_gemm(plain_.network->layers[i].op)) continue;
      if (first_product_ < 0) first_product_ = static_cast<int>(i);
      last_product_ = static_cast<int>(i);
    }
  }

  /// What the tensor `output` that the layer writes answers to.
  std::vector<std::string> names_of(int layer, int output) const {
    std::vector<std::string> names{plain_.layer(layer).name};
    if (output != layer) names.push_back(plain_.layer(output).name);
    names.push_back(operation_name(plain_.layer(layer).op));
    if (layer == first_product_) names.emplace_back(kFirstProduct);
    if (layer == last_product_) names.emplace_back(kLastProduct);
    return names;
  }
  TensorRule rule(int layer, int output, TensorClass tensor_class) const {
    return resolve(choice_.recipe, names_of(layer, output), tensor_class, Pass::Forward);
  }

  int first_input(int layer) const { return resolve(*plain_.network, plain_.layer(layer).inputs.front()); }

  /// In which the layer's output is written. A ReLU writes what its own rule or that of the operation before it says where it is
  /// part of one, which is all the same here: both name the tensor.
  operations::ElementFormat encoding_of(int tensor) const {
    const int writer = writer_of(tensor);
    const operations::Layer& layer = plain_.layer(writer);
    const Kind kind = operations::row(layer).traits.kind;
    if (kind == Kind::View) return written_[static_cast<std::size_t>(first_input(writer))];
    const TensorRule says = rule(writer, tensor, kind == Kind::Input ? TensorClass::Input : TensorClass::Activation);
    FormatSpec format;
    if (kind == Kind::Input)
      format = decided(choice_.a, says.format, choice_.format);
    else if (kind == Kind::Gemm)
      format = decided(choice_.out, says.format, choice_.format);
    else
      format = says.format.value_or(written_[static_cast<std::size_t>(first_input(writer))].format);
    return {format, decided(choice_.rounding, says.rounding, format.default_rounding())};
  }

  /// What is said of a tensor's headroom; a view's is that of what it shows.
  std::optional<int> add_shift_of(int tensor) const {
    const int writer = writer_of(tensor);
    const Kind kind = operations::row(plain_.layer(writer)).traits.kind;
    if (kind == Kind::View) return result_.add_shifts[static_cast<std::size_t>(first_input(writer))];
    return said(rule(writer, tensor, kind == Kind::Input ? TensorClass::Input : TensorClass::Activation));
  }
  std::optional<int> said(const TensorRule& rule) const { return choice_.add_shift ? choice_.add_shift : rule.add_shift; }

  /// The layer whose operation writes the tensor: another one where a ReLU is part of that.
  int writer_of(int tensor) const {
    for (const Operation& operation : fused())
      if (operation.output == tensor) return operation.layer;
    return tensor;
  }

  /// Operations with a ReLU of the whole network, those before what is given too.
  const std::vector<Operation>& fused() const {
    if (fused_) return *fused_;
    std::vector<std::string> inputs;
    for (const int input : networks::input_layers(*plain_.network)) inputs.push_back(plain_.layer(input).name);
    fused_.emplace(forward(*plain_.network, inputs).operations);
    std::erase_if(*fused_, [](const Operation& operation) { return !operation.relu(); });
    return *fused_;
  }

  void add(Operation operation) {
    const operations::OperationRow& row = operations::row(plain_.layer(operation.layer));
    const TensorRule output = rule(operation.layer, operation.output, TensorClass::Activation);
    const TensorRule weight = rule(operation.layer, operation.output, TensorClass::Weight);
    const operations::ElementFormat out = written_[static_cast<std::size_t>(operation.output)];
    const auto input_format = [&](std::size_t i) { return written_[static_cast<std::size_t>(operation.inputs.at(i))].format; };
    OperandFormats& format = operation.mode.format;
    format.out = out.format;
    if (row.gemm == nullptr) {
      format.a = input_format(0);
      format.b = weight.format.value_or(format.a);
      operation.mode.accumulate = {.rounding = out.rounding};
    } else {
      format.a = decided(choice_.a, output.read, input_format(0));
      format.b = operation.inputs.size() > 1 ? decided(choice_.b, output.read, input_format(1))
                                             : decided(choice_.b, weight.format, choice_.format);
      if (!check_product(operation)) return;
      operation.mode.accumulate = accumulate_of(choice_, output, format, out.rounding);
      check_policy(operation);
      convert(operation.inputs[0], format.a);
      if (operation.inputs.size() > 1) convert(operation.inputs[1], format.b);
    }
    operation.add_shift = said(output);
    operation.learned_add_shift = said(weight);
    operation.learned_rounding = decided(choice_.rounding, weight.rounding, format.b.default_rounding());
    result_.operations.push_back(std::move(operation));
  }

  bool check_product(const Operation& operation) {
    const std::string problem = operand_problem(operation.mode.format);
    if (!problem.empty()) say({}, operation, problem);
    return problem.empty();
  }

  /// Without a recipe the core's one mode is checked as such.
  void check_policy(const Operation& operation) {
    if (choice_.recipe.empty()) return;
    if (const std::string problem = policy_problem(operation.mode); !problem.empty())
      say(policy_rule(operation), operation, problem);
  }

  /// Where the rule is that has the last word on the product's policy; empty where none says anything of it.
  std::string policy_rule(const Operation& operation) const {
    const std::vector<std::string> names = names_of(operation.layer, operation.output);
    const auto& rules = choice_.recipe.rules;
    const auto decides = [&](const RecipeRule& rule) {
      TensorRule policy = rule.says;
      policy.format.reset(), policy.read.reset();
      return policy != TensorRule{} && rule.classes.contains(TensorClass::Activation) && rule.passes.contains(Pass::Forward) &&
             matches(rule, names);
    };
    const auto last = std::find_if(rules.rbegin(), rules.rend(), decides);
    return last == rules.rend() ? std::string() : last->where + ": ";
  }

  /// Each problem once, with the first layer that has it and how many more do.
  void say(const std::string& where, const Operation& operation, const std::string& problem) {
    const auto known =
        std::find_if(problems_.begin(), problems_.end(), [&](const Problem& p) { return p.where == where && p.what == problem; });
    if (known != problems_.end())
      ++known->layers;
    else
      problems_.push_back({where, plain_.layer(operation.layer).name, problem, 1});
  }
  void throw_problems() const {
    if (problems_.empty()) return;
    std::string all;
    for (const Problem& p : problems_) {
      all.append(all.empty() ? "" : "\n").append(p.where).append("layer '").append(p.layer).append("'");
      if (p.layers > 1) all.append(" and ").append(std::to_string(p.layers - 1)).append(" more");
      all.append(": ").append(p.what);
    }
    throw InputError(all);
  }

  /// `input` becomes the tensor of these values in `format`.
  void convert(int& input, const FormatSpec& format) {
    const operations::ElementFormat written = written_[static_cast<std::size_t>(input)];
    if (written.format == format) return;
    const std::string name = plain_.layer(input).name + ":" + numerics::to_string(format);
    const auto [known, fresh] = converted_.emplace(name, static_cast<int>(written_.size()));
    if (fresh) {
      const Rounding rounding = choice_.rounding.value_or(format.default_rounding());
      operations::Layer layer{
          .name = name, .op = Op::Convert, .inputs = {input}, .window = {}, .shape = {}, .out = plain_.shape(input)};
      result_.operations.push_back({.layer = known->second,
                                    .pass = Pass::Forward,
                                    .inputs = {input},
                                    .output = known->second,
                                    .mode = {{written.format, written.format, format}, {.rounding = rounding}},
                                    .learned_rounding = rounding});
      added_.push_back(std::move(layer));
      written_.push_back({format, rounding});
    }
    input = known->second;
  }

  struct Problem {
    std::string where, layer, what;
    int layers;
  };

  const FormatChoice& choice_;
  const Program& plain_;
  Program result_;
  std::vector<operations::ElementFormat> written_;  ///< of each tensor, by its layer's index
  std::map<std::string, int> converted_;            ///< Converts by name: tensors
  std::vector<operations::Layer> added_;
  mutable std::optional<std::vector<Operation>> fused_;
  std::vector<Problem> problems_;
  int first_product_ = -1, last_product_ = -1;  ///< layers; -1: the network has none
};

}  // namespace

numerics::AccumulateSpec accumulate_of(const FormatChoice& choice, const TensorRule& says, const OperandFormats& formats,
                                       Rounding rounding) {
  numerics::AccumulateSpec accumulate;
  accumulate.policy = decided(choice.accumulate, says.accumulate, default_accumulate(formats));
  accumulate.acc_bits = decided(choice.acc_bits, says.acc_bits, accumulate.acc_bits);
  accumulate.block = decided(choice.block, says.block, accumulate.block);
  accumulate.chain = decided(choice.chain, says.chain, accumulate.chain);
  accumulate.bias = decided(choice.bias, says.bias, accumulate.bias);
  accumulate.rounding = rounding;
  return accumulate;
}

FormatChoice choice_of(const datapath::CoreConfig& core) {
  return {.recipe = {},
          .format = core.format.a,
          .a = core.format.a,
          .b = core.format.b,
          .out = core.format.out,
          .accumulate = core.accumulate.policy,
          .rounding = core.accumulate.rounding,
          .acc_bits = core.accumulate.acc_bits,
          .block = core.accumulate.block,
          .chain = core.accumulate.chain,
          .bias = core.accumulate.bias};
}

Program with_formats(const Program& program, const FormatChoice& choice) { return Formatting(program, choice).go(); }

std::vector<datapath::CoreMode> core_modes(const Program& program) {
  std::vector<datapath::CoreMode> modes;
  for (const Operation& operation : program.operations) {
    if (operations::row(program.layer(operation.layer)).gemm == nullptr) continue;
    const datapath::CoreMode mode = elaborated(operation.mode);
    if (std::find(modes.begin(), modes.end(), mode) == modes.end()) modes.push_back(mode);
  }
  return modes;
}

std::vector<operations::ElementFormat> element_formats(const Program& program) {
  std::vector<operations::ElementFormat> formats;
  const auto add = [&formats](const operations::ElementFormat& format) {
    if (std::find(formats.begin(), formats.end(), format) == formats.end()) formats.push_back(format);
  };
  for (const Operation& operation : program.operations) add({operation.mode.format.out, operation.mode.accumulate.rounding});
  // Readers ask for a format whatever the rounding: those that no operation writes come last.
  const auto add_read = [&](const operations::ElementFormat& read) {
    const auto same = [&](const operations::ElementFormat& known) { return known.format == read.format; };
    if (std::none_of(formats.begin(), formats.end(), same)) formats.push_back(read);
  };
  for (const Operation& operation : program.operations) {
    if (operations::row(program.layer(operation.layer)).gemm != nullptr) continue;
    for (const int input : operation.inputs) add_read(program.tensors.at(static_cast<std::size_t>(input)));
    add_read({operation.mode.format.b, operation.learned_rounding});
  }
  return formats;
}

std::vector<FormatRow> format_rows(const Program& program) {
  std::vector<FormatRow> rows;
  for (const int given : program.given) {
    const operations::ElementFormat& format = program.tensors.at(static_cast<std::size_t>(given));
    const bool input = program.layer(given).op == Op::Input;
    rows.push_back({.layer = program.layer(given).name,
                    .tensor_class = input ? TensorClass::Input : TensorClass::Activation,
                    .format = format.format,
                    .accumulate = {},
                    .rounding = format.rounding});
  }
  for (const Operation& operation : program.operations) {
    const operations::Layer& layer = program.layer(operation.layer);
    const operations::OperationRow& row = operations::row(layer);
    const auto shapes = networks::input_shapes(*program.network, layer);
    if (!row.parameters(layer, shapes).empty())
      rows.push_back({.layer = layer.name,
                      .tensor_class = TensorClass::Weight,
                      .format = operation.mode.format.b,
                      .accumulate = {},
                      .rounding = operation.learned_rounding});
    rows.push_back({.layer = layer.name,
                    .tensor_class = TensorClass::Activation,
                    .format = operation.mode.format.out,
                    .accumulate = row.gemm != nullptr ? std::optional(operation.mode.accumulate) : std::nullopt,
                    .rounding = operation.mode.accumulate.rounding});
  }
  return rows;
}

}  // namespace binade::programs
