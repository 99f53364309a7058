// SPDX-License-Identifier: Apache-2.0
#include "sim/data/step_product_json.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "models/numerics/accumulator.h"
#include "models/numerics/error.h"
#include "sim/data/json_whole.h"

namespace binade::sim {
namespace {

using operations::Axis;
using operations::Extent;
using operations::GemmForm;
using operations::GemmPart;
using operations::GemmTarget;
using operations::Source;
using operations::Walk;
using Json = nlohmann::ordered_json;

constexpr std::array kRows{&Walk::x0, &Walk::x1, &Walk::x2}, kDepths{&Walk::k0, &Walk::k1, &Walk::k2};

Json to_json(const Axis& axis) { return {axis.size, axis.plane, axis.h, axis.w}; }
Axis axis_from(const Json& json) { return {json.at(0), json.at(1), json.at(2), json.at(3)}; }
Json to_json(const Extent& side) { return {side.size, side.offset, side.divisor}; }
Extent side_from(const Json& json) { return {json.at(0), json.at(1), json.at(2)}; }

Json to_json(const Source& source) {
  Json rows = Json::array(), depths = Json::array();
  for (const auto axis : kRows) rows.push_back(to_json(source.walk.*axis));
  for (const auto axis : kDepths) depths.push_back(to_json(source.walk.*axis));
  return {{"first", source.at.element},
          {"rows", rows},
          {"k", depths},
          {"height", to_json(source.walk.height)},
          {"width", to_json(source.walk.width)}};
}
Source source_from(const Json& json) {
  Source source;
  json.at("first").get_to(source.at.element);
  for (std::size_t i = 0; i < kRows.size(); ++i) source.walk.*kRows[i] = axis_from(json.at("rows").at(i));
  for (std::size_t i = 0; i < kDepths.size(); ++i) source.walk.*kDepths[i] = axis_from(json.at("k").at(i));
  source.walk.height = side_from(json.at("height"));
  source.walk.width = side_from(json.at("width"));
  return source;
}

Json to_json(const GemmPart& part, bool bias) {
  const GemmTarget& out = part.out;
  Json json{{"a", to_json(part.a)},
            {"b", to_json(part.b)},
            {"out", {out.first, out.plane, out.outer_step, out.inner_step, out.col_step}},
            {"base", {part.m_base, part.n_base}}};
  if (bias) json["bias"] = part.bias.element;
  return json;
}
GemmPart part_from(const Json& json, bool bias) {
  const Json &out = json.at("out"), &base = json.at("base");
  GemmPart part{.a = source_from(json.at("a")),
                .b = source_from(json.at("b")),
                .bias = {},
                .out = {out.at(0), out.at(1), out.at(2), out.at(3), out.at(4)},
                .m_base = base.at(0),
                .n_base = base.at(1)};
  if (bias) json.at("bias").get_to(part.bias.element);
  return part;
}

Json to_json(const datapath::CoreMode& mode) {
  const numerics::AccumulateSpec& accumulate = mode.accumulate;
  return {{"a", numerics::to_string(mode.format.a)},
          {"b", numerics::to_string(mode.format.b)},
          {"out", numerics::to_string(mode.format.out)},
          {"accumulate", numerics::to_string(accumulate.policy)},
          {"acc_bits", accumulate.acc_bits},
          {"block", accumulate.block},
          {"chain", accumulate.chain},
          {"rounding", numerics::to_string(accumulate.rounding)},
          {"bias", numerics::to_string(accumulate.bias)}};
}
datapath::CoreMode mode_from(const Json& json) {
  const auto word = [&](const char* key) { return json.at(key).get<std::string>(); };
  const datapath::CoreMode mode{
      .format = {numerics::parse_format(word("a")), numerics::parse_format(word("b")), numerics::parse_format(word("out"))},
      .accumulate = {.policy = numerics::parse_accumulate(word("accumulate")),
                     .acc_bits = whole<int>(json, "acc_bits"),
                     .block = whole<int>(json, "block"),
                     .rounding = numerics::parse_rounding(word("rounding")),
                     .chain = whole<int>(json, "chain"),
                     .bias = numerics::parse_bias_position(word("bias"))}};
  numerics::make_accumulator(mode.format, mode.accumulate);  // throws where there is none
  return mode;
}

}  // namespace

Json to_json(const programs::StepProduct& product) {
  const GemmForm& form = product.form;
  Json parts = Json::array();
  for (const GemmPart& part : form.parts) parts.push_back(to_json(part, form.shape.bias));
  return {{"name", product.name},
          {"layer", product.layer},
          {"pass", operations::to_string(product.pass)},
          {"mode", to_json(product.mode)},
          {"m", form.shape.m},
          {"n", form.shape.n},
          {"k", form.shape.k},
          {"a", product.a},
          {"b", product.b},
          {"bias", product.bias},
          {"product_shift", product.shifts.product},
          {"bias_shift", product.shifts.bias},
          {"seed", product.seed},
          {"tensor", product.tensor},
          {"logical_cols", form.logical_cols},
          {"scale_exponent", form.scale_exponent},
          {"parts", parts}};
}

programs::StepProduct step_product_from_json(const Json& json) {
  programs::StepProduct product{.name = json.at("name"),
                                .layer = json.at("layer"),
                                .pass = operations::parse_pass(json.at("pass").get<std::string>()),
                                .mode = mode_from(json.at("mode")),
                                .form = {},
                                .shifts = {.product = whole<int>(json, "product_shift"), .bias = whole<int>(json, "bias_shift")},
                                .seed = whole<std::uint32_t>(json, "seed"),
                                .tensor = whole<std::uint32_t>(json, "tensor"),
                                .a = json.at("a"),
                                .b = json.at("b"),
                                .bias = json.at("bias")};
  GemmForm& form = product.form;
  form.shape.m = json.at("m");
  form.shape.n = json.at("n");
  form.shape.k = json.at("k");
  form.shape.bias = !product.bias.empty();
  form.logical_cols = json.at("logical_cols");
  form.scale_exponent = json.at("scale_exponent");
  for (const Json& part : json.at("parts")) form.parts.push_back(part_from(part, form.shape.bias));
  form.shape.count = static_cast<std::int64_t>(form.parts.size());
  return product;
}

}  // namespace binade::sim
