// SPDX-License-Identifier: Apache-2.0
// What columns of a layer, of a pass and of a run are made of; for the files that declare them.
#pragma once

#include <cmath>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "sim/report/columns.h"
#include "sim/report/figures.h"
#include "sim/report/passes.h"

namespace binade::sim::column_parts {

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

template <typename T>
void take(T& field, const Cell& cell) {
  field = value_of<T>(cell);
}
template <typename T>
void take(std::optional<T>& field, const Cell& cell) {
  field = std::holds_alternative<std::monostate>(cell) ? std::nullopt : std::optional(value_of<T>(cell));
}

struct Name {
  std::string group, name, csv;
};
/// Of the layer or run itself, under one name in JSON and CSV.
inline Name own(const std::string& name) { return {{}, name, name}; }

struct Words {
  std::string unit, meaning, absent = {};
  Constraint allowed = {};
};

inline Constraint at_least(int minimum) { return {.minimum = minimum}; }
/// Of a tensor's writing.
inline Constraint pass_words() {
  return {.words = {
#define PASS(name, word, meaning) word,
#include "models/spec/recipe.def"
          }};
}

/// Of a row of a run.
inline Constraint row_pass_words() { return {.words = {row_passes().begin(), row_passes().end()}}; }

inline ColumnFacts facts(Name name, ColumnType type, Words words) {
  return {.group = std::move(name.group),
          .name = std::move(name.name),
          .csv = std::move(name.csv),
          .type = type,
          .unit = std::move(words.unit),
          .meaning = std::move(words.meaning),
          .absent = std::move(words.absent),
          .allowed = std::move(words.allowed)};
}

/// What follows from other columns.
template <typename Owner, typename Get>
Column<Owner> derived(Name name, ColumnType type, Words words, Get get) {
  return {facts(std::move(name), type, std::move(words)), std::move(get), {}};
}

/// A field: always there, or where it is optional perhaps absent. `at` maps the owner, const or not, to it.
template <typename Owner, typename At>
Column<Owner> field_at(Name name, At at, Words words) {
  using T = std::remove_cvref_t<decltype(at(std::declval<Owner&>()))>;
  return {facts(std::move(name), type_of<T>(), std::move(words)),
          [at](const Owner& owner, const RunReport&) { return cell_of(at(owner)); },
          [at](Owner& owner, const Cell& cell) { take(at(owner), cell); }};
}
template <typename Owner, typename T>
Column<Owner> field(Name name, T Owner::*member, Words words) {
  return field_at<Owner>(
      std::move(name), [member](auto& owner) -> auto& { return owner.*member; }, std::move(words));
}

// What layers have and their run has too.

template <typename Owner>
void add_counters(std::vector<Column<Owner>>& columns) {
  for (std::size_t i = 0; i < spec::kCounterCount; ++i) {
    const auto& counter = spec::kCounters[i];
    const std::string name(counter.name);
    columns.push_back(
        {facts({"counters", name, name}, ColumnType::Integer,
               {std::string(counter.unit), std::string(counter.meaning), {}, at_least(0)}),
         [i](const Owner& owner, const RunReport&) -> Cell { return std::uint64_t{owner.counters[static_cast<spec::Counter>(i)]}; },
         [i](Owner& owner, const Cell& cell) { owner.counters[static_cast<spec::Counter>(i)] = value_of<std::uint64_t>(cell); }});
  }
}

template <typename Owner>
void add_traffic(std::vector<Column<Owner>>& columns) {
  const auto add = [&](const std::string& name, ColumnType type, Words words, auto member) {
    columns.push_back(derived<Owner>(
        {"dram", name, "dram." + name}, type, std::move(words),
        [member](const Owner& owner, const RunReport& run) -> Cell { return dram_traffic(owner.counters, run).*member; }));
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

/// A column for each component of the run. `owners`: what the rows are, in words.
template <typename Owner>
void add_energy(const RunReport& run, const std::string& owners, std::vector<Column<Owner>>& columns) {
  for (const auto& row : run.energy) {
    const std::string component = row.component;
    columns.push_back(
        {facts({"energy/components_pj", component, "energy_pj." + component}, ColumnType::Real, {"pJ", "energy of the component"}),
         [component](const Owner& owner, const RunReport&) -> Cell { return component_picojoule(owner.energy, component); },
         [component](Owner& owner, const Cell& cell) {
           owner.energy.push_back({component, value_of<double>(cell), {}});
         }});
  }
  columns.push_back(derived<Owner>({"energy", "total_pj", "energy_pj"}, ColumnType::Real, {"pJ", "sum of the components"},
                                   [](const Owner& owner, const RunReport&) -> Cell { return total_picojoule(owner.energy); }));
  columns.push_back(
      derived<Owner>(own("pj_per_mac"), ColumnType::Real,
                     {"pJ", "total energy over multiply-accumulates", owners + " without multiply-accumulates"},
                     [](const Owner& owner, const RunReport&) { return cell_of(picojoule_per_mac(owner.energy, owner.macs)); }));
}

/// Every clock by what bounds it.
inline BoundCycles bounds_of(const LayerReport& layer, const RunReport& run) { return bound_cycles(layer.counters, run); }
inline BoundCycles bounds_of(const RunReport& run, const RunReport&) { return bound_cycles(run); }
inline BoundCycles bounds_of(const PassTotals& pass, const RunReport&) { return pass.bounds; }

inline Constraint bound_words() {
  Constraint constraint{.words = {kBoundWords.begin(), kBoundWords.end()}};
  constraint.words.emplace_back(kNoBound);
  return constraint;
}

template <typename Owner>
void add_bounds(std::vector<Column<Owner>>& columns) {
  columns.push_back(derived<Owner>(
      own("bound_by"), ColumnType::Text,
      {{}, "what most clocks go to, the first of equals; - where there are none", {}, bound_words()},
      [](const Owner& owner, const RunReport& run) -> Cell { return std::string(bound_by(bounds_of(owner, run))); }));
  for (std::size_t i = 0; i < kBoundWords.size(); ++i) {
    const std::string word(kBoundWords[i]);
    columns.push_back(derived<Owner>({"bound_cycles", word, "bound_cycles." + word}, ColumnType::Integer,
                                     {"cycles", "clocks that go to it", {}, at_least(0)},
                                     [i](const Owner& owner, const RunReport& run) -> Cell { return bounds_of(owner, run)[i]; }));
  }
}

/// The figures of one tensor against its reference, `member` of the owner.
template <typename Owner>
void add_errors(const std::string& group, ErrorFigures Owner::*member, std::vector<Column<Owner>>& columns) {
  const auto name = [&](const char* figure) { return Name{group, figure, group + "." + figure}; };
  const std::string absent = "runs without a reference";
  columns.push_back(
      {facts(name("sqnr_db"), ColumnType::Real,
             {"dB",
              "signal to quantisation noise ratio; inf where the tensors are equal, -inf where the result has a NaN, NaR or "
              "infinity",
              "references of zero; " + absent}),
       [member](const Owner& owner, const RunReport&) { return cell_of((owner.*member).sqnr_db); },
       [member](Owner& owner, const Cell& cell) { take((owner.*member).sqnr_db, cell); }});
  columns.push_back(derived<Owner>({group, "exact", {}}, ColumnType::Flag, {{}, "the tensors are equal: an infinite SQNR"},
                                   [member](const Owner& owner, const RunReport&) -> Cell {
                                     const auto& sqnr = (owner.*member).sqnr_db;
                                     return sqnr && std::isinf(*sqnr) && *sqnr > 0;
                                   }));
  const auto add = [&](const char* figure, const char* unit, const char* meaning, double ErrorFigures::*value) {
    columns.push_back({facts(name(figure), ColumnType::Real, {unit, meaning, absent}),
                       [member, value](const Owner& owner, const RunReport&) {
                         return (owner.*member).computed ? cell_of((owner.*member).*value) : Cell();
                       },
                       [member, value](Owner& owner, const Cell& cell) {
                         (owner.*member).computed = !std::holds_alternative<std::monostate>(cell);
                         if ((owner.*member).computed) (owner.*member).*value = value_of<double>(cell);
                       }});
  };
  add("max_relative", "", "largest relative error, over elements with a non-zero reference", &ErrorFigures::max_relative);
  add("mean_relative", "", "mean relative error, over the same", &ErrorFigures::mean_relative);
  add("max_ulp", "ULP", "largest error in units of the format's spacing at the reference", &ErrorFigures::max_ulp);
}

/// Of SHA-256; empty where nothing was computed.
inline constexpr const char* kDigestPattern = "^([0-9a-f]{64})?$";

}  // namespace binade::sim::column_parts
