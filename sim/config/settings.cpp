// SPDX-License-Identifier: Apache-2.0
#include "sim/config/settings.h"

#include <fmt/format.h>

#include <set>

#include "hw/memory/dram_preset.h"
#include "models/numerics/error.h"
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

Settings resolved_for(const Settings& settings, const std::string& format) {
  // Field by field: a copy of thousands of formats for each of them would take as long as their square.
  Settings resolved{.formats = {},
                    .accumulate = settings.accumulate,
                    .rounding = settings.rounding,
                    .platform = settings.platform,
                    .flex = settings.flex,
                    .sdfp = settings.sdfp};
  const auto spec = numerics::parse_format(format);
  resolved.formats = {numerics::to_string(spec)};
  if (resolved.accumulate == "auto") resolved.accumulate = to_string(numerics::default_accumulate(spec));
  if (resolved.rounding == "auto") resolved.rounding = to_string(spec.default_rounding());
  hw::DramConfig& dram = resolved.platform.dram;
  if (const hw::DramPreset* preset = hw::find_dram_preset(dram.preset)) dram.channels = hw::dram_channels(*preset, dram.channels);
  return resolved;
}

hw::PlatformConfig platform_of(const Settings& resolved) {
  auto platform = resolved.platform;
  platform.core.format = numerics::parse_format(resolved.formats.front());
  platform.core.accumulate.policy = numerics::parse_accumulate(resolved.accumulate);
  platform.core.accumulate.rounding = numerics::parse_rounding(resolved.rounding);
  platform.core.capacity_limited = !platform.memory_ideal;
  return platform;
}

std::vector<std::string> validate(const Settings& settings) {
  std::vector<std::string> problems;
  std::set<std::string> words, said;
  for (const auto& format : settings.formats) {
    const auto word = numerics::to_string(numerics::parse_format(format));
    if (!words.insert(word).second) return {fmt::format("format: {} twice; allowed: once", word)};
  }
  for (const auto& format : settings.formats)
    for (auto& problem : platform_of(resolved_for(settings, format)).validate())
      if (said.insert(problem).second) problems.push_back(std::move(problem));
  return problems;
}

std::vector<std::pair<std::string, std::string>> key_values(const Settings& settings) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& key : configuration_keys()) pairs.emplace_back(key.name, key.get(settings));
  return pairs;
}

std::vector<std::string> overridden_keys(const Settings& resolved) {
  Settings untouched;
  untouched.platform.dram.preset = resolved.platform.dram.preset;  // the channels are the preset's where nobody sets them
  auto defaults = resolved_for(untouched, resolved.formats.front());
  defaults.platform.dram.preset = Settings{}.platform.dram.preset;
  std::vector<std::string> names;
  for (const auto& key : configuration_keys())
    if (key.name != "format" && key.get(resolved) != key.get(defaults)) names.push_back(key.name);
  return names;
}

std::string to_yaml(const Settings& settings) {
  std::string yaml, group;
  for (const auto& key : configuration_keys()) {
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
