// SPDX-License-Identifier: Apache-2.0
// add sub mul div fma sqrt convert compare (docs/verify.md, Arithmetic units). The project has no modules of these: they are for
// somebody else's.
#include <fmt/format.h>

#include "models/numerics/error.h"
#include "sim/verify/event_pins.h"
#include "sim/verify/operation_shape.h"
#include "sim/verify/operation_units.h"
#include "sim/verify/rounding_cut.h"

namespace binade::verify {

using numerics::Rounding;

namespace {

constexpr const char* kDot = "dot";

struct Inputs {
  OperandCodes codes{};
  Rounding rounding{};
  std::uint32_t random = 0;
};
Inputs inputs_of(const OperationShape& shape, const Row& in) {
  Inputs inputs;
  for (std::size_t i = 0; i < shape.operands; ++i) inputs.codes[i] = static_cast<numerics::Code>(in[shape.operand_pins[i]]);
  const auto value = [&](std::size_t pin) { return pin == kNoPin ? 0 : in[pin]; };
  inputs.rounding = static_cast<Rounding>(value(shape.rounding));
  inputs.random = static_cast<std::uint32_t>(value(shape.random));
  return inputs;
}

class OperationModel final : public UnitModel {
 public:
  OperationModel(const OperationShape& shape, std::size_t classes) : UnitModel(classes), shape_(shape) {}

  void clock(const Row& in, Row& out, Row& care) override {
    const auto [codes, rounding, random] = inputs_of(shape_, in);
    const GoldenOperation result = golden(shape_, codes, rounding, random);
    out[shape_.result] = result.result;
    out[shape_.flags] = result.flags.bits;
    care[shape_.result] = care[shape_.flags] = ~std::uint64_t{0};
    if (shape_.events != kNoPin) put_events(out, care, shape_.events, result.events);
    events_ += result.events;
    for (const std::size_t index : classes_of(shape_, codes, rounding, result)) hit(index);
  }

 private:
  const OperationShape& shape_;
};

class OperationUnit final : public Unit {
 public:
  OperationUnit(std::string_view word, const datapath::CoreConfig& config, const OperationOptions& options) {
    shape_.row = numerics::find_arithmetic(word);
    shape_.from = config.format.common();
    shape_.to = options.to.value_or(shape_.from);
    shape_.tininess = options.tininess;
    shape_.operands = shape_.row != nullptr ? shape_.row->operands : 2;
    clocked_ = false;
    name_ = word;
    constexpr std::array<const char*, numerics::kMostOperands> kOperands{"a_i", "b_i", "c_i"};
    for (std::size_t i = 0; i < shape_.operands; ++i) {
      shape_.operand_pins[i] = inputs_.add(kOperands[i], shape_.from.bits);
      inputs_.last().format = shape_.from;
    }
    constexpr int kComparisonBits = 4, kRoundingBits = 3, kRandomBits = 32;
    if (shape_.row != nullptr) {
      shape_.rounding =
          inputs_.add_optional("rounding_i", kRoundingBits, false, static_cast<std::uint64_t>(config.accumulate.rounding));
      shape_.roundings = options.roundings;
      for (std::size_t mode = 0; mode < kRoundings; ++mode)
        if (options.roundings.empty()) shape_.roundings.push_back(static_cast<Rounding>(mode));
      for (std::size_t mode = 0; mode < kRoundings; ++mode)
        inputs_.last().names.emplace_back(to_string(static_cast<Rounding>(mode)));
      shape_.random = inputs_.add_optional("random_i", kRandomBits);
      shape_.result = outputs_.add("result_o", shape_.to.bits, true);
      outputs_.last().format = shape_.to;
      shape_.events = outputs_.add_optional("events_o", kEventBits, true);
    } else {
      shape_.result = outputs_.add("result_o", kComparisonBits, true);
    }
    shape_.flags = outputs_.add_optional("flags_o", numerics::kFlagBits, true);
    classes_ = operation_classes(shape_);
    if (shape_.row == nullptr) return;
    for (std::size_t mode = 0; mode < kRoundings; ++mode)
      for (std::size_t place = 0; place < kPlacesOfMode; ++place)
        needs_[class_of_place(static_cast<Rounding>(mode), place)] = {"rounding_i", mode};
  }

  rtl::ModuleSpec module(const rtl::ModuleCache& /*cache*/) const override {
    throw InputError(fmt::format("verify: {}: there is no module of it here; allowed: yours, with --rtl DIR --top NAME", name_));
  }
  std::string explain(const Row& in) const override {
    if (shape_.row == nullptr) return {};
    const auto [codes, rounding, random] = inputs_of(shape_, in);
    return cut_of(shape_.to, exact_result(shape_, codes, rounding), rounding, golden(shape_, codes, rounding, random).result);
  }
  std::uint64_t exhaustive_vectors() const override { return exhaustive_operations(shape_); }
  std::uint64_t corner_vectors() const override { return corner_operations(shape_); }
  std::unique_ptr<UnitModel> make_model() const override { return std::make_unique<OperationModel>(shape_, classes_.size()); }
  std::unique_ptr<Stimulus> make_stimulus(const Block& block) const override { return make_operation_stimulus(shape_, block); }

 private:
  OperationShape shape_;
};

}  // namespace

const std::vector<std::string>& operation_unit_names() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const auto& row : numerics::arithmetic_rows()) names.emplace_back(row.word);
    names.insert(names.end(), {"compare", kDot});
    return names;
  }();
  return kNames;
}

std::unique_ptr<Unit> make_operation_unit(std::string_view word, const datapath::CoreConfig& config,
                                          const OperationOptions& options) {
  const bool convert = word == "convert";
  if (convert != options.to.has_value())
    throw InputError(convert ? std::string("convert: to which format; allowed: with --to FORMAT")
                             : fmt::format("--to: the result of {} has the format of its operands; allowed: with convert", word));
  if (word == kDot) return make_dot_unit(config, options);
  if (!config.format.uniform())
    throw InputError(fmt::format("{} knows one format, not {}; allowed: without core.format_a, core.format_b and core.format_out",
                                 word, numerics::to_string(config.format)));
  const auto format = config.format.common();
  if (format.shared_exponent() && format.family != numerics::Family::Fixed && !convert)
    throw InputError(
        fmt::format("{}: the codes of {} share an exponent, which they do not state; allowed: posits, floats, "
                    "fixed<W>.<F>; convert and dot take integers",
                    word, numerics::to_string(format)));
  return std::make_unique<OperationUnit>(word, config, options);
}

}  // namespace binade::verify
