// SPDX-License-Identifier: Apache-2.0
#include "sim/report/columns.h"

#include <fmt/format.h>

#include <charconv>
#include <system_error>
#include <utility>

#include "models/numerics/error.h"
#include "sim/report/column_parts.h"
#include "sim/report/configuration_text.h"
#include "sim/report/energy_standing.h"

namespace binade::sim {

using namespace column_parts;

namespace {

/// An extent of a matrix product: absent, and `otherwise` in memory, for layers of the vector unit.
LayerColumn extent(const std::string& name, std::int64_t LayerReport::*member, std::int64_t otherwise, const std::string& meaning) {
  auto column = field(own(name), member, Words{{}, meaning, "layers of the vector unit", at_least(1)});
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
  return derived<LayerReport>(own(name), ColumnType::Integer, {"cycles", meaning, "layers of the vector unit"},
                              [part](const LayerReport& layer, const RunReport& run) {
                                return layer.k == 0 ? Cell() : Cell(scalesim_cycles(layer, run).*part);
                              });
}

}  // namespace

std::vector<LayerColumn> layer_columns(const RunReport& run) {
  std::vector<LayerColumn> columns{
      field({{}, "name", "layer"}, &LayerReport::name, {{}, "the layer's name"}),
      field(own("op"), &LayerReport::op, {{}, "conv, conv+relu, maxpool, ..."}),
      field(own("pass"), &LayerReport::pass, {{}, "what of training it is", {}, row_pass_words()}),
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
      field(
          own("default_tile"), &LayerReport::default_tile,
          {{}, "tile and loop order that a run without --tiling search takes", "runs without a search, layers of the vector unit"}),
      field(own("default_tile_cycles"), &LayerReport::default_tile_cycles,
            {"cycles", "total_cycles in a run that takes those of all layers", "runs without a search, layers of the vector unit",
             at_least(0)}),
      field(own("format_a"), &LayerReport::format_a, {{}, "of a product's activations; of other layers' first input"}),
      field(own("format_b"), &LayerReport::format_b,
            {{}, "of a product's weights or second input; of what else is learned; empty where there is neither"}),
      field(own("format_out"), &LayerReport::format_out, {{}, "of the output, and of a product's bias"}),
      field(own("accumulate"), &LayerReport::accumulate, {{}, "policy of a product; empty for layers of the vector unit"}),
      field(own("rounding"), &LayerReport::rounding, {{}, "of the output"}),
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
  add_energy(run, "layers", columns);
  columns.push_back(derived<LayerReport>(
      own("energy_standing"), ColumnType::Text,
      {{},
       "how the run's energies came about: published, or the standing of the core's figures, with the units that are "
       "extrapolated or not modelled"},
      [](const LayerReport&, const RunReport& of) -> Cell { return energy_standing(of); }));
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
    case ColumnType::Structure:
      return "object or list";
  }
  throw InvariantError("type_text: no such type");
}

}  // namespace binade::sim
