// SPDX-License-Identifier: Apache-2.0
#include "sim/report/columns.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>
#include <system_error>
#include <type_traits>
#include <utility>

#include "models/numerics/error.h"
#include "sim/report/configuration_text.h"
#include "sim/report/figures.h"

namespace binade::sim {
namespace {

template <typename T>
struct Held {
  using Type = T;
};
template <typename T>
struct Held<std::optional<T>> {
  using Type = T;
};

/// Of a field, which may be optional.
template <typename Field>
constexpr ColumnType type_of() {
  using T = typename Held<Field>::Type;
  if constexpr (std::is_same_v<T, std::string>) return ColumnType::Text;
  if constexpr (std::is_same_v<T, bool>) return ColumnType::Flag;
  if constexpr (std::is_integral_v<T>) return ColumnType::Integer;
  return ColumnType::Real;
}

/// JSON knows integers by their sign, not by the width of our fields.
template <typename T>
T value_of(const Cell& cell) {
  if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, bool>) {
    return std::get<T>(cell);
  } else if (const auto* real = std::get_if<double>(&cell)) {
    return static_cast<T>(*real);
  } else if (const auto* natural = std::get_if<std::uint64_t>(&cell)) {
    return static_cast<T>(*natural);
  } else {
    return static_cast<T>(std::get<std::int64_t>(cell));
  }
}

template <typename T>
Cell cell_of(const T& value) {
  if constexpr (std::is_same_v<T, int>)
    return static_cast<std::int64_t>(value);
  else
    return value;
}
template <typename T>
Cell cell_of(const std::optional<T>& value) {
  return value ? cell_of(*value) : Cell();
}

struct Name {
  std::string group, name, csv;
};
/// Of the layer itself, under one name in JSON and CSV.
Name own(const std::string& name) { return {{}, name, name}; }

struct Words {
  std::string unit, meaning, absent = {};
  Constraint allowed = {};
};

Constraint at_least(int minimum) { return {.minimum = minimum}; }

Constraint pass_words() {
  return {.words = {
#define PASS(name, word, meaning) word,
#include "models/spec/recipe.def"
          }};
}

Constraint bound_words() {
  Constraint constraint{.words = {kBoundWords.begin(), kBoundWords.end()}};
  constraint.words.emplace_back(kNoBound);
  return constraint;
}

/// Of SHA-256; empty where nothing was computed.
const char* const kDigestPattern = "^([0-9a-f]{64})?$";

template <typename T>
void take(T& field, const Cell& cell) {
  field = value_of<T>(cell);
}
template <typename T>
void take(std::optional<T>& field, const Cell& cell) {
  field = std::holds_alternative<std::monostate>(cell) ? std::nullopt : std::optional(value_of<T>(cell));
}

/// What follows from other columns.
LayerColumn derived(Name name, ColumnType type, Words words, std::function<Cell(const LayerReport&, const RunReport&)> get) {
  return {.group = name.group,
          .name = name.name,
          .csv = name.csv,
          .type = type,
          .unit = words.unit,
          .meaning = words.meaning,
          .absent = words.absent,
          .allowed = words.allowed,
          .get = std::move(get),
          .set = {}};
}

/// A field: always there, or where it is optional perhaps absent.
template <typename T>
LayerColumn field(Name name, T LayerReport::*member, Words words) {
  auto column = derived(std::move(name), type_of<T>(), std::move(words),
                        [member](const LayerReport& layer, const RunReport&) { return cell_of(layer.*member); });
  column.set = [member](LayerReport& layer, const Cell& cell) { take(layer.*member, cell); };
  return column;
}

/// An extent of a matrix product: absent, and `otherwise` in memory, for layers of the vector unit.
LayerColumn extent(const std::string& name, std::int64_t LayerReport::*member, std::int64_t otherwise, const std::string& meaning) {
  auto column = field(own(name), member, {{}, meaning, "layers of the vector unit", at_least(1)});
  column.get = [member](const LayerReport& layer, const RunReport&) { return layer.k == 0 ? Cell() : Cell(layer.*member); };
  column.set = [member, otherwise](LayerReport& layer, const Cell& cell) {
    layer.*member = std::holds_alternative<std::monostate>(cell) ? otherwise : value_of<std::int64_t>(cell);
  };
  return column;
}

/// Of a matrix product alone on the array, as SCALE-Sim counts (docs/timing.md, "Beside SCALE-Sim").
struct ScaleSimCycles {
  std::uint64_t formula = 0, drain = 0;
};
ScaleSimCycles scalesim_cycles(const LayerReport& layer, const RunReport& run) {
  const auto extent = [&](const char* key) {
    const std::string text = config_value(run, key);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value == 0)
      throw InvariantError(fmt::format("a report without {}", key));
    return value;
  };
  const std::uint64_t rows = extent("core.rows"), cols = extent("core.cols");
  const auto m = static_cast<std::uint64_t>(layer.m), n = static_cast<std::uint64_t>(layer.n),
             k = static_cast<std::uint64_t>(layer.k), groups = static_cast<std::uint64_t>(layer.groups);
  const auto folds = [](std::uint64_t whole, std::uint64_t part) { return (whole + part - 1) / part; };
  if (config_value(run, "core.dataflow") == "ws")
    return {.formula = groups * folds(k, rows) * folds(n, cols) * (m + 2 * rows + cols - 2), .drain = 0};
  return {.formula = groups * folds(m, rows) * folds(n, cols) * (k + rows + cols - 2), .drain = groups * rows};
}

LayerColumn scalesim_column(const std::string& name, const std::string& meaning, std::uint64_t ScaleSimCycles::*part) {
  return derived(own(name), ColumnType::Integer, {"cycles", meaning, "layers of the vector unit"},
                 [part](const LayerReport& layer, const RunReport& run) {
                   return layer.k == 0 ? Cell() : Cell(scalesim_cycles(layer, run).*part);
                 });
}

void add_counters(std::vector<LayerColumn>& columns) {
  for (std::size_t i = 0; i < spec::kCounterCount; ++i) {
    const auto& counter = spec::kCounters[i];
    const std::string name(counter.name);
    columns.push_back(
        {.group = "counters",
         .name = name,
         .csv = name,
         .type = ColumnType::Integer,
         .unit = std::string(counter.unit),
         .meaning = std::string(counter.meaning),
         .absent = {},
         .allowed = at_least(0),
         .get = [i](const LayerReport& layer, const RunReport&) -> Cell {
           return std::uint64_t{layer.counters[static_cast<spec::Counter>(i)]};
         },
         .set = [i](LayerReport& layer,
                    const Cell& cell) { layer.counters[static_cast<spec::Counter>(i)] = value_of<std::uint64_t>(cell); }});
  }
}

void add_energy(const RunReport& run, std::vector<LayerColumn>& columns) {
  for (const auto& row : run.energy) {
    const std::string component = row.component;
    columns.push_back({.group = "energy/components_pj",
                       .name = component,
                       .csv = "energy_pj." + component,
                       .type = ColumnType::Real,
                       .unit = "pJ",
                       .meaning = "energy of the component",
                       .absent = {},
                       .get = [component](const LayerReport& layer, const RunReport&) -> Cell {
                         return component_picojoule(layer.energy, component);
                       },
                       .set =
                           [component](LayerReport& layer, const Cell& cell) {
                             layer.energy.push_back({component, value_of<double>(cell), {}});
                           }});
  }
  columns.push_back(derived({"energy", "total_pj", "energy_pj"}, ColumnType::Real, {"pJ", "sum of the components"},
                            [](const LayerReport& layer, const RunReport&) -> Cell { return total_picojoule(layer.energy); }));
  columns.push_back(derived(
      own("pj_per_mac"), ColumnType::Real, {"pJ", "total energy over multiply-accumulates", "layers without multiply-accumulates"},
      [](const LayerReport& layer, const RunReport&) { return cell_of(picojoule_per_mac(layer.energy, layer.macs)); }));
}

void add_traffic(std::vector<LayerColumn>& columns) {
  const auto add = [&](const std::string& name, ColumnType type, Words words, auto member) {
    columns.push_back(derived(
        {"dram", name, "dram." + name}, type, std::move(words),
        [member](const LayerReport& layer, const RunReport& run) -> Cell { return dram_traffic(layer.counters, run).*member; }));
  };
  add("requested_bytes", ColumnType::Integer, {"bytes", "what the engines and the descriptor fetch asked for", {}, at_least(0)},
      &DramTraffic::requested_bytes);
  add("burst_bytes", ColumnType::Integer,
      {"bytes",
       "in whole device bursts: what the device moves and its energy pays; as requested where memory is ideal",
       {},
       at_least(0)},
      &DramTraffic::burst_bytes);
  add("gb_per_s", ColumnType::Real, {"GB/s", "burst bytes over the time, 1e9 bytes a second"}, &DramTraffic::gb_per_s);
}

void add_bounds(std::vector<LayerColumn>& columns) {
  columns.push_back(derived(own("bound_by"), ColumnType::Text,
                            {{}, "what most clocks go to, the first of equals; - where there are none", {}, bound_words()},
                            [](const LayerReport& layer, const RunReport& run) -> Cell {
                              return std::string(bound_by(bound_cycles(layer.counters, run)));
                            }));
  for (std::size_t i = 0; i < kBoundWords.size(); ++i) {
    const std::string word(kBoundWords[i]);
    columns.push_back(derived(
        {"bound_cycles", word, "bound_cycles." + word}, ColumnType::Integer, {"cycles", "clocks that go to it", {}, at_least(0)},
        [i](const LayerReport& layer, const RunReport& run) -> Cell { return bound_cycles(layer.counters, run)[i]; }));
  }
}

void add_errors(const std::string& group, ErrorFigures LayerReport::*member, std::vector<LayerColumn>& columns) {
  const auto name = [&](const char* figure) { return Name{group, figure, group + "." + figure}; };
  const std::string absent = "runs without a reference";
  columns.push_back(
      {.group = group,
       .name = "sqnr_db",
       .csv = group + ".sqnr_db",
       .type = ColumnType::Real,
       .unit = "dB",
       .meaning = "signal to quantisation noise ratio; inf where the tensors are equal, -inf where the result has a NaN, NaR or "
                  "infinity",
       .absent = "references of zero; " + absent,
       .get = [member](const LayerReport& layer, const RunReport&) { return cell_of((layer.*member).sqnr_db); },
       .set =
           [member](LayerReport& layer, const Cell& cell) {
             if (!std::holds_alternative<std::monostate>(cell)) (layer.*member).sqnr_db = value_of<double>(cell);
           }});
  columns.push_back(derived({group, "exact", {}}, ColumnType::Flag, {{}, "the tensors are equal: an infinite SQNR"},
                            [member](const LayerReport& layer, const RunReport&) -> Cell {
                              const auto& sqnr = (layer.*member).sqnr_db;
                              return sqnr && std::isinf(*sqnr) && *sqnr > 0;
                            }));
  const auto add = [&](const char* figure, const char* unit, const char* meaning, double ErrorFigures::*value) {
    columns.push_back(
        {.group = group,
         .name = figure,
         .csv = name(figure).csv,
         .type = ColumnType::Real,
         .unit = unit,
         .meaning = meaning,
         .absent = absent,
         .get = [member, value](const LayerReport& layer,
                                const RunReport&) { return (layer.*member).computed ? cell_of((layer.*member).*value) : Cell(); },
         .set =
             [member, value](LayerReport& layer, const Cell& cell) {
               (layer.*member).computed = !std::holds_alternative<std::monostate>(cell);
               if ((layer.*member).computed) (layer.*member).*value = value_of<double>(cell);
             }});
  };
  add("max_relative", "", "largest relative error, over elements with a non-zero reference", &ErrorFigures::max_relative);
  add("mean_relative", "", "mean relative error, over the same", &ErrorFigures::mean_relative);
  add("max_ulp", "ULP", "largest error in units of the format's spacing at the reference", &ErrorFigures::max_ulp);
}

}  // namespace

std::vector<LayerColumn> layer_columns(const RunReport& run) {
  std::vector<LayerColumn> columns{
      field({{}, "name", "layer"}, &LayerReport::name, {{}, "the layer's name"}),
      field(own("op"), &LayerReport::op, {{}, "conv, conv+relu, maxpool, ..."}),
      field(own("pass"), &LayerReport::pass, {{}, "what of training it is", {}, pass_words()}),
      extent("m", &LayerReport::m, 0, "rows of the matrix product of one group, batch included"),
      extent("n", &LayerReport::n, 0, "its columns"),
      extent("k", &LayerReport::k, 0, "its inner extent"),
      field(own("cycles"), &LayerReport::cycles,
            {"cycles", "core cycles (beats of the array); vector layers: cycles of the vector unit", {}, at_least(0)}),
      field(own("total_cycles"), &LayerReport::total_cycles,
            {"cycles", "doorbell to interrupt, all runs of the layer", {}, at_least(0)}),
      field(own("overhead_cycles"), &LayerReport::overhead_cycles,
            {"cycles", "port registers, bias load and lane latency, once per command", {}, at_least(0)}),
      field(own("utilisation"), &LayerReport::utilisation,
            {{}, "macs / (rows * cols * total_cycles)", {}, {.minimum = 0, .maximum = 1}}),
      scalesim_column("drain_cycles", "the last fold's drain, which SCALE-Sim does not count: os rows a group, ws 0",
                      &ScaleSimCycles::drain),
      scalesim_column("scalesim_cycles", "SCALE-Sim's formula for m, n, k and groups (timing.md)", &ScaleSimCycles::formula),
      extent("groups", &LayerReport::groups, 1, "its groups"),
      field(own("macs"), &LayerReport::macs, {{}, "multiply-accumulates of all groups", {}, at_least(0)}),
      field(own("tile"), &LayerReport::tile, {{}, "m x n x k of one tile; elements of a vector layer's"}),
      field(own("loop_order"), &LayerReport::loop_order,
            {{}, "of the tiles, outermost first; empty for vector layers", {}, {.words = {"m n k", "n m k", ""}}}),
      field(own("exponent"), &LayerReport::exponent,
            {{}, "LSB exponent of the output tensor", "formats without a shared exponent"}),
      field(own("device_tries"), &LayerReport::device_tries,
            {{}, "flex: runs that the exponent initialisation cost on the device", "initialisation elsewhere, other formats"}),
      field(own("unique_bytes"), &LayerReport::unique_bytes,
            {"bytes", "distinct DRAM bytes that the layer touches", {}, at_least(0)}),
      field(own("second_pass_cycles"), &LayerReport::second_pass_cycles,
            {"cycles", "what of total_cycles is the pass of dfp and sdfp that rounds raw integers to codes", {}, at_least(0)}),
      field(own("second_pass_bytes"), &LayerReport::second_pass_bytes,
            {"bytes", "what of bus.bytes is that pass", {}, at_least(0)}),
      field(own("elements"), &LayerReport::elements, {{}, "of the output, all samples", {}, at_least(0)}),
  };
  add_counters(columns);
  add_energy(run, columns);
  add_traffic(columns);
  add_bounds(columns);
  add_errors("end_to_end", &LayerReport::end_to_end, columns);
  add_errors("datapath", &LayerReport::datapath, columns);
  columns.push_back(
      field(own("digest"), &LayerReport::digest,
            {{}, "SHA-256 of the output codes, row-major NCHW, little-endian storage bytes", {}, {.pattern = kDigestPattern}}));
  return columns;
}

std::string type_text(ColumnType type) {
  switch (type) {
    case ColumnType::Text:
      return "text";
    case ColumnType::Flag:
      return "true or false";
    case ColumnType::Integer:
      return "integer";
    case ColumnType::Real:
      return "number";
  }
  throw InvariantError("type_text: no such type");
}

}  // namespace binade::sim
