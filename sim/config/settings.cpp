// SPDX-License-Identifier: Apache-2.0
#include "sim/config/settings.h"

#include <fmt/format.h>

#include <set>

#include "hw/memory/dram_preset.h"
#include "models/numerics/error.h"
#include "models/numerics/format_words.h"
#include "sim/config/keys.h"

namespace binade::sim {

void apply_assignment(Settings& settings, const std::string& assignment, std::vector<std::string>& problems) {
  const auto equals = assignment.find('=');
  if (equals == std::string::npos) {
    problems.push_back(fmt::format("--set {}: no '='; allowed: key=value", assignment));
    return;
  }
  try {
    find_key(assignment.substr(0, equals)).set(settings, assignment.substr(equals + 1));
  } catch (const InputError& error) {
    problems.push_back(fmt::format("--set {}: {}", assignment, error.what()));
  }
}

void set_formats(Settings& settings, std::vector<std::string> words) {
  settings.formats = std::move(words);
  settings.format_a = settings.format_b = settings.format_out = kAuto;
}

numerics::FormatSpec format_of(const Settings& settings, const std::string& word) {
  const auto format = numerics::parse_format(word);
  return settings.posit_underflow ? numerics::underflowing(format) : format;
}

namespace {

bool is_in(KeySet keys, const Key& key) {
  return keys == KeySet::All || (keys == KeySet::Step ? !key.of_the_loop() : !key.of_training());
}

/// Of settings for one run, whose format is `of_run`.
numerics::OperandFormats operand_formats(const Settings& settings, const numerics::FormatSpec& of_run) {
  const auto operand = [&](const std::string& word) { return word == kAuto ? of_run : format_of(settings, word); };
  return {operand(settings.format_a), operand(settings.format_b), operand(settings.format_out)};
}

}  // namespace

Settings resolved_for(const Settings& settings, const std::string& format) {
  const auto spec = format_of(settings, format);
  const auto operands = operand_formats(settings, spec);
  const auto operand = [&spec](const numerics::FormatSpec& own) {
    return own == spec ? std::string(kAuto) : numerics::to_string(own);
  };
  // Field by field: a copy of thousands of formats for each of them would take as long as their square.
  Settings resolved{.formats = {numerics::to_string(spec)},
                    .format_a = operand(operands.a),
                    .format_b = operand(operands.b),
                    .format_out = operand(operands.out),
                    .accumulate = settings.accumulate,
                    .rounding = settings.rounding,
                    .platform = settings.platform,
                    .flex = settings.flex,
                    .sdfp = settings.sdfp,
                    .clock_of_table = settings.clock_of_table,
                    .fold_batchnorm = settings.fold_batchnorm,
                    .tiling = settings.tiling,
                    .train = settings.train};
  if (resolved.accumulate == kAuto) resolved.accumulate = to_string(numerics::default_accumulate(operands));
  if (resolved.rounding == kAuto) resolved.rounding = to_string(operands.default_rounding());
  hw::DramConfig& dram = resolved.platform.dram;
  if (const hw::DramPreset* preset = hw::find_dram_preset(dram.preset)) dram.channels = hw::dram_channels(*preset, dram.channels);
  return resolved;
}

hw::PlatformConfig platform_of(const Settings& resolved) {
  auto platform = resolved.platform;
  platform.core.format = operand_formats(resolved, format_of(resolved, resolved.formats.front()));
  platform.core.accumulate.policy = numerics::parse_accumulate(resolved.accumulate);
  platform.core.accumulate.rounding = numerics::parse_rounding(resolved.rounding);
  platform.core.capacity_limited = !platform.memory_ideal;
  return platform;
}

std::vector<std::string> validate(const Settings& settings) {
  std::vector<std::string> problems;
  std::set<std::string> words, said;
  for (const auto& format : settings.formats) {
    const auto word = numerics::to_string(format_of(settings, format));
    if (!words.insert(word).second) return {fmt::format("format: {} twice; allowed: once", word)};
  }
  for (const auto& format : settings.formats)
    for (auto& problem : platform_of(resolved_for(settings, format)).validate())
      if (said.insert(problem).second) problems.push_back(std::move(problem));
  for (auto& problem : validate(settings.train)) problems.push_back(std::move(problem));
  return problems;
}

std::vector<std::pair<std::string, std::string>> key_values(const Settings& settings, KeySet keys) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& key : configuration_keys())
    if (is_in(keys, key)) pairs.emplace_back(key.name, key.get(settings));
  return pairs;
}

std::vector<std::string> overridden_keys(const Settings& resolved) {
  Settings untouched;
  // What `auto` words follow from where nobody sets them: policy and rounding from the operands, the channels from the preset.
  untouched.format_a = resolved.format_a;
  untouched.format_b = resolved.format_b;
  untouched.format_out = resolved.format_out;
  untouched.platform.dram.preset = resolved.platform.dram.preset;
  auto defaults = resolved_for(untouched, resolved.formats.front());
  defaults.format_a = defaults.format_b = defaults.format_out = kAuto;
  defaults.platform.dram.preset = Settings{}.platform.dram.preset;
  std::vector<std::string> names;
  const Settings unset;
  for (const auto& key : configuration_keys()) {
    const auto word = key.get(resolved);
    // To what a recipe says, or the preset.
    const bool left = word == key.get(unset) && (word == kAuto || key.name == "dram.channels");
    if (key.name != "format" && !left && word != key.get(defaults)) names.push_back(key.name);
  }
  return names;
}

std::string to_yaml(const Settings& settings, KeySet keys) {
  std::string yaml, group;
  for (const auto& key : configuration_keys()) {
    if (!is_in(keys, key)) continue;
    const auto dot = key.name.find('.');
    const auto prefix = dot == std::string::npos ? "" : key.name.substr(0, dot);
    if (prefix != group) {
      group = prefix;
      if (!group.empty()) yaml += group + ":\n";
    }
    const auto line =
        (group.empty() ? "" : "  ") + key.name.substr(dot == std::string::npos ? 0 : dot + 1) + ": " + key.get(settings);
    yaml += fmt::format("{:<32} # {}{}{}\n", line, key.unit, key.unit.empty() ? "" : ": ", key.meaning);
  }
  return yaml;
}

}  // namespace binade::sim
