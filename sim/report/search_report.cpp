// SPDX-License-Identifier: Apache-2.0
#include "sim/report/search_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "sim/report/column_documents.h"
#include "sim/report/text_report.h"
#include "sim/report/version.h"

namespace binade::sim {

using namespace column_parts;

namespace {

constexpr const char* kNoCost = "formats that the table does not know";
constexpr std::size_t kNextBest = 5;  ///< rows of the text beside those of the search

std::string shown(const std::optional<double>& value, const char* form) {
  return value ? fmt::format(fmt::runtime(form), *value) : std::string("-");
}
std::string percent(const std::optional<double>& share) { return share ? fmt::format("{:.2f} %", 100 * *share) : std::string("-"); }

std::optional<double> merit(const SearchReport& report, const SearchRow& row) {
  if (report.objective == "speed") return row.iso_area_speedup;
  return row.energy_pj_per_mac ? std::optional(-*row.energy_pj_per_mac) : std::nullopt;
}

std::string role_of(const SearchRow& row) {
  std::string role;
  const auto add = [&](const std::string& word) { role += (role.empty() ? "" : ", ") + word; };
  if (row.chosen) add("chosen");
  if (row.evaluation) add(fmt::format("evaluation {}", *row.evaluation));
  if (row.exhaustive_best) add("best of all");
  return role;
}

/// Those of the search, then the best others that are predicted to suffice.
std::vector<const SearchRow*> told(const SearchReport& report) {
  std::vector<const SearchRow*> rows, others;
  for (const auto& row : report.rows) {
    if (!role_of(row).empty())
      rows.push_back(&row);
    else if (merit(report, row) && row.predicted.value_or(0) >= 1 - report.loss)
      others.push_back(&row);
  }
  const auto better = [&](const SearchRow* a, const SearchRow* b) { return *merit(report, *a) > *merit(report, *b); };
  std::stable_sort(others.begin(), others.end(), better);
  others.resize(std::min(others.size(), kNextBest));
  rows.insert(rows.end(), others.begin(), others.end());
  return rows;
}

std::string outcome(const SearchReport& report) {
  const auto chosen = std::find_if(report.rows.begin(), report.rows.end(), [](const SearchRow& row) { return row.chosen; });
  if (chosen == report.rows.end())
    return fmt::format(
        "no format {} to lose at most {:.3g} %\n",
        std::any_of(report.rows.begin(), report.rows.end(), [](const SearchRow& row) { return row.evaluation.has_value(); })
            ? "among those evaluated was measured"
            : "is predicted",
        100 * report.loss);
  return fmt::format("chosen: {}, {} to keep {} of the accuracy in binary64, {} x the throughput of fp32 on the same area\n",
                     chosen->format, report.status, percent(report.status == "measured" ? chosen->measured : chosen->predicted),
                     shown(chosen->iso_area_speedup, "{:.3g}"));
}

/// How many formats have cost figures that were not measured between samples, or none.
std::string standings(const SearchReport& report) {
  std::vector<std::string> parts;
  const auto add = [&](const char* word) {
    const auto has = [&](const SearchRow& row) { return row.cost_flags.find(word) != std::string::npos; };
    if (const auto count = std::ranges::count_if(report.rows, has); count > 0)
      parts.push_back(fmt::format("{} of {} formats {}", count, report.rows.size(), word));
  };
  for (const char* word : {"extrapolated", "not modelled", "energy not measured"}) add(word);
  return parts.empty() ? std::string() : fmt::format("cost of the elements: {}\n", fmt::join(parts, ", "));
}

std::string times(const SearchReport& report) {
  std::string text = fmt::format("processor time: search {:.3g} s", report.search_seconds);
  if (!report.exhaustive_seconds) return text + "\n";
  text += fmt::format("; {} formats evaluated {:.3g} s ({})", report.rows.size(), *report.exhaustive_seconds,
                      report.exhaustive ? "measured" : "estimated from those evaluated");
  if (report.search_seconds > 0) text += fmt::format(", {:.3g} times as long", *report.exhaustive_seconds / report.search_seconds);
  return text + "\n";
}

}  // namespace

const std::vector<PlainColumn<SearchRow>>& search_columns() {
  static const std::vector<PlainColumn<SearchRow>> columns{
      plain("format", &SearchRow::format, {{}, "of inputs, weights and outputs of all layers"}),
      plain("family", &SearchRow::family, {{}, "float, ieee, posit, fixed, dfp, sdfp or flex"}),
      plain("accumulate", &SearchRow::accumulate, {{}, "accumulate policy"}),
      plain("bits", &SearchRow::bits, {"bits", "of an element", {}, at_least(1)}),
      plain("range", &SearchRow::range, {"bits", "of the exponent; posits es, `fixed` integer bits", {}, at_least(0)}),
      plain("precision", &SearchRow::precision, {"bits", "of the fraction; posits and integers the width", {}, at_least(0)}),
      plain("iso_area_speedup", &SearchRow::iso_area_speedup, {{}, "as in `binade cost`", kNoCost, at_least(0)}),
      plain("energy_pj_per_mac", &SearchRow::energy_pj_per_mac,
            {"pJ", "as in `binade cost`", "elements whose energy was not measured"}),
      plain("cost_flags", &SearchRow::cost_flags, {{}, "what to know of the cost figures: interpolated, extrapolated, ..."}),
      plain("r2", &SearchRow::r2,
            {{},
             "square of the correlation of the last layer's outputs with those in binary64",
             "formats that cannot run",
             at_least(0)}),
      plain("predicted", &SearchRow::predicted,
            {{}, "accuracy over that in binary64, by the model", "formats that cannot run", at_least(0)}),
      plain("measured", &SearchRow::measured, {{}, "the same measured", "formats that were not evaluated", at_least(0)}),
      plain("correct", &SearchRow::correct,
            {{}, "samples classified as their labels say", "formats that were not evaluated", at_least(0)}),
      plain("model_seconds", &SearchRow::model_seconds,
            {"s", "of processor time: the few inputs", "formats that cannot run", at_least(0)}),
      plain("measure_seconds", &SearchRow::measure_seconds,
            {"s", "of processor time: the evaluation", "formats that were not evaluated", at_least(0)}),
      plain("evaluation", &SearchRow::evaluation,
            {{}, "which of the search, from 1", "formats that the search did not evaluate", at_least(1)}),
      plain("chosen", &SearchRow::chosen, {{}, "the search's result"}),
      plain("exhaustive_best", &SearchRow::exhaustive_best,
            {{}, "the best of all that were measured to suffice, with --exhaustive"}),
      plain("refused", &SearchRow::refused, {{}, "why it cannot run; else empty"}),
  };
  return columns;
}

std::string to_text(const SearchReport& report) {
  std::string text =
      fmt::format("{}, {} samples, {} formats; {}\ntensors: {}\n", report.network, report.samples, report.rows.size(),
                  fmt::format("loss up to {:.3g} %, by {} ({})", 100 * report.loss,
                              report.objective == "speed" ? "iso-area speed-up" : "energy", report.table),
                  report.tensors);
  text += fmt::format("model: accuracy = {:.3f} R2 {} {:.3f} through {} points of {}, correlation {:.3f}; R2 of {} inputs\n\n",
                      report.slope, report.intercept < 0 ? "-" : "+", std::abs(report.intercept), report.model_points,
                      fmt::join(report.model_networks, ", "), report.correlation, report.inputs);
  std::vector<std::vector<std::string>> rows;
  for (const SearchRow* row : told(report))
    rows.push_back({row->format, role_of(*row), row->accumulate, std::to_string(row->bits), shown(row->r2, "{:.4f}"),
                    percent(row->predicted), percent(row->measured), shown(row->iso_area_speedup, "{:.3g}"),
                    shown(row->energy_pj_per_mac, "{:.3g}"), row->cost_flags});
  text +=
      table({"format", "", "accumulate", "bits", "R2", "predicted", "measured", "iso-area", "pJ/MAC", "cost"}, rows, "lllrrrrrrl");
  return text + standings(report) + "\n" + outcome(report) + times(report);
}

std::string to_csv(const SearchReport& report) { return rows_to_csv(search_columns(), std::span<const SearchRow>(report.rows)); }

nlohmann::ordered_json to_json(const SearchReport& report) {
  using Json = nlohmann::ordered_json;
  const auto named = [&](auto wanted) {
    const auto found = std::find_if(report.rows.begin(), report.rows.end(), wanted);
    return found == report.rows.end() ? Json() : Json(found->format);
  };
  const auto optional = [](const auto& value) { return value ? Json(*value) : Json(); };
  return {{"schema", kSearchSchema},
          {"schema_version", kSearchSchemaVersion},
          {"tool", {{"name", "binade"}, {"version", tool_version()}, {"revision", tool_revision()}}},
          {"network", report.network},
          {"tensors", report.tensors},
          {"samples", report.samples},
          {"inputs", report.inputs},
          {"loss", report.loss},
          {"evaluations", report.evaluations},
          {"objective", report.objective},
          {"table", report.table},
          {"model",
           {{"slope", report.slope},
            {"intercept", report.intercept},
            {"correlation", report.correlation},
            {"points", report.model_points},
            {"networks", report.model_networks}}},
          {"reference_correct", optional(report.reference_correct)},
          {"status", report.status},
          {"chosen", named([](const SearchRow& row) { return row.chosen; })},
          {"exhaustive", report.exhaustive},
          {"exhaustive_best", named([](const SearchRow& row) { return row.exhaustive_best; })},
          {"search_seconds", report.search_seconds},
          {"exhaustive_seconds", optional(report.exhaustive_seconds)},
          {"formats", rows_to_json(search_columns(), std::span<const SearchRow>(report.rows))}};
}

nlohmann::ordered_json search_schema() {
  using Json = nlohmann::ordered_json;
  const auto object = [] {
    return Json{{"type", "object"}, {"additionalProperties", false}, {"required", Json::array()}, {"properties", Json::object()}};
  };
  Json format = object();
  for (const auto& column : search_columns()) {
    format["required"].push_back(column.name);
    format["properties"][column.name] = schema_of(column);
  }
  Json schema = object();
  const auto add = [](Json& to, const char* name, Json property, const char* meaning) {
    if (*meaning != 0) property["description"] = meaning;
    to["required"].push_back(name);
    to["properties"][name] = std::move(property);
  };
  const Json text{{"type", "string"}}, number{{"type", "number"}}, count{{"type", "integer"}, {"minimum", 0}};
  const Json some_count{{"type", {"integer", "null"}}, {"minimum", 0}}, some_text{{"type", {"string", "null"}}};
  Json model = object();
  add(model, "slope", number, "accuracy by R2");
  add(model, "intercept", number, "accuracy where R2 is 0");
  add(model, "correlation", number, "of R2 and accuracy over the points");
  add(model, "points", count, "formats of the networks below");
  add(model, "networks", {{"type", "array"}, {"items", text}}, "whose points it was fitted to: never the one searched for");
  add(schema, "schema", {{"const", kSearchSchema}}, "what the document is");
  add(schema, "schema_version", {{"const", kSearchSchemaVersion}}, "of this schema");
  add(schema, "tool", {{"type", "object"}, {"required", {"name", "version", "revision"}}}, "what wrote it");
  add(schema, "network", text, "whose format is searched");
  add(schema, "tensors", text, "where they come from");
  add(schema, "samples", count, "of an evaluation");
  add(schema, "inputs", count, "that outputs are correlated on");
  add(schema, "loss", number, "of the accuracy in binary64, that is allowed");
  add(schema, "evaluations", count, "that are allowed");
  add(schema, "objective", {{"enum", {"speed", "energy"}}}, "iso-area speed-up, or least energy");
  add(schema, "table", text, "the cost table");
  add(schema, "model", model, "accuracy = slope R2 + intercept, held within 0 and 1");
  add(schema, "reference_correct", some_count, "samples right in binary64; null where none was evaluated");
  add(schema, "status", {{"enum", {"measured", "predicted", "none"}}}, "how the chosen format is known to suffice");
  add(schema, "chosen", some_text, "null: none");
  add(schema, "exhaustive", {{"type", "boolean"}}, "every format was evaluated too");
  add(schema, "exhaustive_best", some_text, "the best that was measured to suffice; null: none, or not exhaustive");
  add(schema, "search_seconds", number, "of processor time: the few inputs in all formats, and the evaluations");
  add(schema, "exhaustive_seconds", {{"type", {"number", "null"}}},
      "of all formats; where they were not measured, estimated from those evaluated");
  add(schema, "formats", {{"type", "array"}, {"minItems", 1}, {"items", format}}, "all that were chosen from");
  Json head{{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", "Report of `binade search`"}};
  head.update(schema);
  head["$defs"] = {{"real", {{"oneOf", {{{"type", "number"}}, {{"enum", {"inf", "-inf", "nan"}}}}}}}};
  return head;
}

}  // namespace binade::sim
