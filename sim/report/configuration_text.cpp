// SPDX-License-Identifier: Apache-2.0
#include "sim/report/configuration_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "sim/report/cost_standing.h"
#include "sim/report/figures.h"
#include "sim/report/passes.h"

namespace binade::sim {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

constexpr std::size_t kMostAdded = 60;  ///< characters of what differs, in the name of a run

/// "256/256/256 KiB": in the largest binary unit that leaves none of them a fraction.
std::string capacities_text(const std::vector<std::string>& texts) {
  static constexpr std::array<std::string_view, 4> kUnits{"bytes", "KiB", "MiB", "GiB"};
  constexpr std::int64_t kStep = 1024;
  std::vector<std::int64_t> values;
  for (const auto& text : texts) {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    values.push_back(value);
  }
  std::size_t unit = 0;
  const auto divisible = [](std::int64_t value) { return value > 0 && value % kStep == 0; };
  while (unit + 1 < kUnits.size() && std::all_of(values.begin(), values.end(), divisible)) {
    for (auto& value : values) value /= kStep;
    ++unit;
  }
  return fmt::format("{} {}", fmt::join(values, "/"), kUnits[unit]);
}

double number_of(const std::string& text) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// What a reader must know to call two runs the same experiment, in the order in which it is shown.
Pairs identity(const RunReport& report) {
  Pairs pairs{{"network", report.network},
              {"tensors", report.tensors},
              {"layers", report.layers_selected},
              {"pass", passes_text(report)},
              {"seed", std::to_string(report.seed)},
              {"samples", std::to_string(report.samples)},
              {"batch", std::to_string(report.batch)},
              {"core", report.core},
              {"energy table", report.energy_table}};
  pairs.insert(pairs.end(), report.config.begin(), report.config.end());
  return pairs;
}

std::string find(const Pairs& pairs, std::string_view key) {
  const auto found = std::find_if(pairs.begin(), pairs.end(), [&](const auto& pair) { return pair.first == key; });
  return found == pairs.end() ? "" : found->second;
}

}  // namespace

std::string config_value(const RunReport& report, std::string_view key) { return find(report.config, key); }

std::string machine_text(const RunReport& report) {
  const auto value = [&](std::string_view key) { return config_value(report, key); };
  std::string text = fmt::format("{}x{} {}; ", value("core.rows"), value("core.cols"), value("core.dataflow"));
  if (value("memory.ideal") == "true") return text + fmt::format("ideal memory; {} GHz", report.clock_ghz);
  text += fmt::format("scratchpads {}; ",
                      capacities_text({value("scratchpad.a_bytes"), value("scratchpad.b_bytes"), value("scratchpad.o_bytes")}));
  if (value("core.dataflow") == "ws") text += fmt::format("partial sums {}; ", capacities_text({value("core.psum_bytes")}));
  const auto& machine = report.machine;
  text += fmt::format("{}, {} channel{}, {:.4g} GB/s; ", value("dram.preset"), machine.dram_channels,
                      machine.dram_channels == 1 ? "" : "s", machine.dram_gb_per_s);
  return text +
         fmt::format("bus {:.4g} GB/s; {} GHz", number_of(value("bus.bytes_per_cycle")) * report.clock_ghz, report.clock_ghz);
}

std::string overrides_text(const RunReport& report) {
  std::vector<std::string> assignments;
  for (const auto& key : report.overrides) assignments.push_back(key + "=" + config_value(report, key));
  return assignments.empty() ? "none" : fmt::format("{}", fmt::join(assignments, ", "));
}

std::string recorded_text(const RunReport& report) {
  return fmt::format("{} tensors of the trace, every code equal", report.recorded_tensors.value_or(0));
}

std::string workload_text(const RunReport& report) {
  const auto passes = passes_text(report);
  const auto part = !has_passes(report) ? std::string() : passes == "step" ? ", a training step" : ", of a training step " + passes;
  return fmt::format("{} sample{}, batch {}{}{}", report.samples, report.samples == 1 ? "" : "s", report.batch, part,
                     report.layers_selected == "all" ? "" : ", layers " + report.layers_selected);
}

std::vector<Difference> differences_of(std::span<const Pairs> reports) {
  std::vector<std::string> keys;
  for (const auto& report : reports)
    for (const auto& [key, value] : report)
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  std::vector<Difference> all;
  for (const auto& key : keys) {
    Difference difference{key, {}};
    for (const auto& report : reports) difference.values.push_back(find(report, key));
    const auto& first = difference.values.front();
    if (std::any_of(difference.values.begin(), difference.values.end(), [&](const auto& value) { return value != first; }))
      all.push_back(std::move(difference));
  }
  return all;
}

std::vector<Difference> differences(std::span<const RunReport> reports) {
  std::vector<Pairs> runs;
  for (const auto& report : reports) runs.push_back(identity(report));
  return differences_of(runs);
}

std::vector<std::string> labels_of(std::vector<std::string> names, std::string_view key, const std::vector<Difference>& different) {
  const auto all_differ = [&] { return std::set<std::string>(names.begin(), names.end()).size() == names.size(); };
  if (all_differ()) return names;
  const auto plain = names;
  for (const auto& difference : different) {
    if (difference.key == key || difference.values == plain) continue;  // the names say it
    auto longer = names;
    bool fits = true;
    for (std::size_t i = 0; i < names.size(); ++i) {
      bool tells_apart = false;
      for (std::size_t other = 0; other < names.size(); ++other)
        tells_apart = tells_apart || (plain[other] == plain[i] && difference.values[other] != difference.values[i]);
      if (tells_apart) longer[i] += fmt::format(" {}={}", difference.key, difference.values[i]);
      fits = fits && longer[i].size() <= plain[i].size() + kMostAdded;
    }
    if (fits) names = std::move(longer);
  }
  if (all_differ()) return names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] += fmt::format(" #{}", i + 1);
  return names;
}

std::vector<std::string> run_labels(std::span<const RunReport> reports) {
  std::vector<std::string> formats;
  for (const auto& report : reports) formats.push_back(report.format);
  return labels_of(std::move(formats), "format", differences(reports));
}

std::string values_text(const Difference& difference, std::span<const std::string> labels) {
  std::vector<std::pair<std::string, std::vector<std::string>>> groups;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto& value = difference.values[i];
    auto group = std::find_if(groups.begin(), groups.end(), [&](const auto& each) { return each.first == value; });
    if (group == groups.end()) group = groups.insert(groups.end(), {value, {}});
    group->second.push_back(labels[i]);
  }
  std::vector<std::string> texts;
  for (const auto& [value, runs] : groups)
    texts.push_back(fmt::format("{} ({})", value.empty() ? "-" : value, fmt::join(runs, ", ")));
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string shared_text(std::span<const RunReport> reports, std::string (*text)(const RunReport&)) {
  Difference texts;
  for (const auto& report : reports) texts.values.push_back(text(report));
  const auto& first = texts.values.front();
  if (std::all_of(texts.values.begin(), texts.values.end(), [&](const auto& value) { return value == first; })) return first;
  return values_text(texts, run_labels(reports));
}

namespace {

bool is_memory(std::string_view block) { return block.starts_with("scratchpad") || block == "partial sums"; }

bool clock_is_too_fast(const RunReport& report) {
  return report.calibrated && sim::clock_is_too_fast(report.clock_ghz, report.calibrated->critical_path_ps);
}

/// Two calibrated runs whose energies differ by no more than their error bars together.
bool overlap(const RunReport& one, const RunReport& two) {
  if (!one.calibrated || !two.calibrated) return false;
  const double apart = std::abs(total_picojoule(one.energy) - total_picojoule(two.energy));
  return apart <= one.calibrated->energy_error_pj + two.calibrated->energy_error_pj;
}

void add_indistinguishable(std::span<const RunReport> reports, std::span<const std::string> labels,
                           std::vector<std::string>& notes) {
  std::vector<std::string> pairs;
  for (std::size_t i = 0; i < reports.size(); ++i)
    for (std::size_t j = i + 1; j < reports.size(); ++j)
      if (overlap(reports[i], reports[j])) pairs.push_back(fmt::format("{} and {}", labels[i], labels[j]));
  if (!pairs.empty())
    notes.push_back(
        fmt::format("energies that are not distinguishable, since their error bars overlap: {}", fmt::join(pairs, ", ")));
}

/// Blocks of cores that were not measured themselves, and what is in no figure.
void add_standings(std::span<const RunReport> reports, std::span<const std::string> labels, std::vector<std::string>& notes) {
  std::map<std::string, std::vector<std::string>> found;
  for (std::size_t i = 0; i < reports.size(); ++i) {
    if (!reports[i].calibrated) continue;
    for (const AreaRow& row : reports[i].calibrated->area)
      for (const std::string_view standing : {"interpolated", "extrapolated"})
        if (!is_memory(row.block) && row.rule.find(fmt::format("({}", standing)) != std::string::npos)
          found[fmt::format("{} {}", row.block, standing)].push_back(labels[i]);
  }
  std::vector<std::string> texts;
  for (const auto& [what, whose] : found)
    texts.push_back(whose.size() == reports.size() ? what : fmt::format("{} ({})", what, fmt::join(whose, ", ")));
  if (!texts.empty())
    notes.push_back(fmt::format("figures of the cores that were not measured themselves: {}", fmt::join(texts, "; ")));
  if (std::ranges::any_of(reports, [](const RunReport& report) { return report.calibrated.has_value(); }))
    notes.push_back("not modelled: " + shared_text(reports, [](const RunReport& report) {
                      return report.calibrated ? report.calibrated->not_modelled : std::string("-");
                    }));
}

}  // namespace

std::string energy_note(const RunReport& report) {
  if (report.calibrated)
    return "the core's energy is of gate netlists of our RTL in one cell library, the memories' of published figures of other "
           "technologies, and what is not modelled is in no sum: cores compare, totals with memories less so";
  return "energies of different formats or datapaths do not compare, those of one format on different machines do: a MAC is priced "
         "as a multiply and an add, without decoding, shifters, registers and clock, so posits and narrow floats come out too "
         "cheap";
}

std::vector<std::string> comparison_notes(std::span<const RunReport> reports) {
  std::vector<std::string> notes;
  for (const auto& report : reports)
    if (const auto note = energy_note(report); std::find(notes.begin(), notes.end(), note) == notes.end()) notes.push_back(note);
  const auto& policy = reports.front().accumulate;
  if (std::any_of(reports.begin(), reports.end(), [&](const auto& report) { return report.accumulate != policy; }))
    notes.emplace_back(
        "accumulate is not the same in all rows: their errors differ by format and policy together; --set accumulate=WORD gives "
        "all rows one policy");
  const auto labels = run_labels(reports);
  std::vector<std::string> too_fast;
  for (std::size_t i = 0; i < reports.size(); ++i)
    if (clock_is_too_fast(reports[i]))
      too_fast.push_back(fmt::format("{} {:.4g} ps", labels[i], reports[i].calibrated->critical_path_ps));
  if (!too_fast.empty())
    notes.push_back(
        fmt::format("the clock is faster than the critical path of the core allows ({}); --set clock_ghz=auto takes the "
                    "fastest that it does",
                    fmt::join(too_fast, ", ")));
  add_standings(reports, labels, notes);
  add_indistinguishable(reports, labels, notes);
  std::vector<std::string> shares;
  for (std::size_t i = 0; i < reports.size(); ++i)
    if (const double share = second_pass_share(reports[i]); share > 0)
      shares.push_back(fmt::format("{} {}", labels[i], percent_text(share)));
  if (!shares.empty())
    notes.push_back(
        fmt::format("cycles include second passes, in which dfp and sdfp round raw integers to codes once the "
                    "exponent is known: {}",
                    fmt::join(shares, ", ")));
  return notes;
}

}  // namespace binade::sim
