// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/units.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "models/datapath/module_parameters.h"
#include "models/numerics/error.h"
#include "models/numerics/nearest.h"
#include "rtl/cosim/parameters.h"
#include "sim/verify/operand_stream.h"
#include "sim/verify/operation_units.h"

namespace binade::verify {

using datapath::CoreConfig;

namespace {

struct Maker {
  std::string name;
  std::vector<datapath::Datapath> datapaths;  ///< empty: all
  std::unique_ptr<Unit> (*make)(const CoreConfig& config, const OperationOptions& options);
  bool one_format = false;  ///< it knows one format, not those of factors and results
};

/// Of units that have no options.
template <std::unique_ptr<Unit> (*Make)(const CoreConfig&)>
std::unique_ptr<Unit> plain(const CoreConfig& config, const OperationOptions& /*options*/) {
  return Make(config);
}

const std::vector<Maker>& makers() {
  using enum datapath::Datapath;
  static const std::vector<Maker> kMakers{
      {"flex_pe", {FlexPe}, plain<make_pe_unit>},
      {"posit_pe", {PositPe}, plain<make_pe_unit>},
      {"float_pe", {FloatPe}, plain<make_pe_unit>},
      {"dfp_pe", {DfpPe}, plain<make_pe_unit>},
      {"flex_lane", {FlexPe}, make_lane_unit},
      {"posit_lane", {PositPe}, make_lane_unit},
      {"float_lane", {FloatPe}, make_lane_unit},
      {"dfp_lane", {DfpPe}, make_lane_unit},
      {"dfp_float_lane", {DfpPe}, make_lane_unit},
      {"posit_decoder", {PositPe}, plain<make_decoder_unit>, true},
      {"posit_encoder", {PositPe}, make_encoder_unit, true},
      {"float_decoder", {FloatPe}, plain<make_decoder_unit>, true},
      {"float_encoder", {FloatPe}, make_encoder_unit, true},
      {"systolic_array", {}, plain<make_array_unit>},
      {"exponent_unit", {FlexPe, DfpPe}, plain<make_exponent_unit>, true},
      {"core", {}, plain<make_core_unit>},
  };
  return kMakers;
}

}  // namespace

void Unit::need(std::string_view name, std::string pin, std::uint64_t value) {
  const auto found = std::find(classes_.begin(), classes_.end(), name);
  if (found != classes_.end()) needs_[static_cast<std::size_t>(found - classes_.begin())] = {std::move(pin), value};
}

OperandItems Unit::items_of(const programs::ProductOperands& /*operands*/) const { return {}; }
std::unique_ptr<Stimulus> Unit::make_operand_stimulus(const OperandBlock& /*block*/) const {
  throw InvariantError("verify: " + name_ + " takes no operands of products");
}

const std::vector<std::string>& unit_names() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const Maker& maker : makers()) names.push_back(maker.name);
    names.insert(names.end(), {"mac", "ws_mac"});
    names.insert(names.end(), operation_unit_names().begin(), operation_unit_names().end());
    return names;
  }();
  return kNames;
}

namespace {

/// mac and ws_mac, which serve every state that an accumulator can show.
std::unique_ptr<Unit> make_element(std::string_view name, const CoreConfig& config, const OperationOptions& options) {
  using enum numerics::Accumulate;
  const auto policy = config.accumulate.policy;
  const bool floats = !config.format.integers() && config.format.a.family != numerics::Family::Posit;
  if (policy == Blocked || policy == Chained || (policy == Exact && floats))
    throw InputError(fmt::format("verify: {} has no accumulate {} of {}; allowed: --set accumulate={}", name, to_string(policy),
                                 numerics::to_string(config.format), floats ? "serial, --set accumulate=fp32" : "exact"));
  return name == "mac" ? make_mac_unit(config, options) : make_weight_unit(config, options);
}

}  // namespace

std::vector<std::string> operand_unit_names() {
  std::vector<std::string> names;
  for (const Maker& maker : makers())
    if (maker.make == plain<make_pe_unit> || maker.make == make_lane_unit || maker.make == plain<make_core_unit>)
      names.push_back(maker.name);
  return names;
}

bool adds_products(std::string_view name) {
  if (is_operation_unit(name)) return name == "dot";
  const auto maker = std::find_if(makers().begin(), makers().end(), [&](const Maker& m) { return m.name == name; });
  return maker == makers().end() || !maker->one_format;
}

std::string lane_of(const numerics::OperandFormats& formats) { return datapath::lane_name(formats, {}); }

std::unique_ptr<Unit> make_unit(std::string_view name, const CoreConfig& config) { return make_unit(name, config, {}); }

std::unique_ptr<Unit> make_unit(std::string_view name, const CoreConfig& config, const OperationOptions& options) {
  const bool element = name == "mac" || name == "ws_mac";
  if (options.overflow && !((element || name == "dot") && config.format.integers()))
    throw InputError(fmt::format("--overflow: sums of {} in {} have no choice; allowed: mac, ws_mac and dot of integers", name,
                                 numerics::to_string(config.format)));
  if (is_operation_unit(name)) return make_operation_unit(name, config, options);
  if (options.to) throw InputError(fmt::format("--to: {} has one format; allowed: with convert", name));
  if (element) return make_element(name, config, options);
  const auto maker = std::find_if(makers().begin(), makers().end(), [&](const Maker& m) { return m.name == name; });
  if (maker == makers().end())
    throw InputError(fmt::format("verify: unknown unit '{}', the nearest is '{}'; allowed: {}", name,
                                 nearest_word(std::string(name), unit_names()), fmt::join(unit_names(), " ")));
  const auto datapath = datapath::datapath_of(config.format);
  const auto& allowed = maker->datapaths;
  if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), datapath) == allowed.end())
    throw InputError(fmt::format("verify: {} does not serve {}, whose datapath is {}; allowed: the units of {}", name,
                                 numerics::to_string(config.format), to_string(datapath), to_string(datapath)));
  if (name.ends_with("_lane") && name != lane_of(config.format))
    throw InputError(
        fmt::format("verify: {} does not serve {}; allowed: {}", name, numerics::to_string(config.format), lane_of(config.format)));
  const bool chained = config.accumulate.policy == numerics::Accumulate::Chained;
  if (chained && (name.ends_with("_pe") || name.ends_with("_lane") || name == "systolic_array"))
    throw InputError(fmt::format("verify: {} by itself has no accumulate chained; allowed: the unit core", name));
  if (name == "systolic_array" && numerics::bias_starts_sums(config.accumulate))
    throw InputError("verify: systolic_array by itself starts sums from zero; allowed: core.bias=last, or the unit core");
  if (maker->one_format && !config.format.uniform())
    throw InputError(
        fmt::format("verify: {} knows one format, not {}; allowed: without core.format_a, core.format_b and "
                    "core.format_out",
                    name, numerics::to_string(config.format)));
  if (const auto problems = rtl::uncovered(config.format, config.accumulate); !problems.empty())
    throw InputError(fmt::format("{}", fmt::join(problems, "\n")));
  return maker->make(config, options);
}

}  // namespace binade::verify
