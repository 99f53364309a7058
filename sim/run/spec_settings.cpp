// SPDX-License-Identifier: Apache-2.0
#include "sim/run/spec_settings.h"

#include <string>

#include "models/numerics/format_words.h"

namespace binade::sim {

void apply_settings(const Settings& resolved, RunSpec& spec) {
  const bool values = spec.platform.values;
  spec.format = resolved.formats.front();
  spec.platform = platform_of(resolved);
  spec.platform.values = values;
  spec.flex = resolved.flex;
  spec.sdfp = resolved.sdfp;
}

Settings settings_of(const RunSpec& spec) {
  const datapath::CoreConfig& core = spec.platform.core;
  const std::string own = spec.format.empty() ? numerics::to_string(core.format.out) : spec.format;
  Settings settings;
  settings.formats = {own};
  settings.format_a = numerics::to_string(core.format.a);
  settings.format_b = numerics::to_string(core.format.b);
  settings.format_out = numerics::to_string(core.format.out);
  settings.accumulate = to_string(core.accumulate.policy);
  settings.rounding = to_string(core.accumulate.rounding);
  settings.platform = spec.platform;
  settings.flex = spec.flex;
  settings.sdfp = spec.sdfp;
  return resolved_for(settings, own);
}

}  // namespace binade::sim
