// SPDX-License-Identifier: Apache-2.0
// What a configuration says: the formats to run, the platform, and the exponent managers' options. Read from YAML and
// `--set`, checked at once, printed back as YAML.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "hw/config.h"
#include "sim/config/train_settings.h"
#include "sim/host/run_spec.h"

namespace binade::sim {

/// The word of what follows from other settings.
inline constexpr const char* kAuto = "auto";

struct Settings {
  std::vector<std::string> formats{"flex16+5"};  ///< canonical or not, each accepted by parse_format
  /// Of the factors A and B of products, and of their results: `auto` is the format of the run.
  std::string format_a = "auto", format_b = "auto", format_out = "auto";
  bool posit_underflow = false;     ///< words of posits without u mean those with it
  std::string accumulate = "auto";  ///< auto: the format's default policy
  std::string rounding = "auto";    ///< auto: the format's default rounding
  hw::PlatformConfig platform;      ///< format, policy and rounding of its core are filled by platform_for
  FlexOptions flex;
  SdfpOptions sdfp;
  bool clock_of_table = false;  ///< platform.clock_ghz follows from the cost table
  bool fold_batchnorm = false;  ///< into the products before them (models/networks/fold_batchnorm.h)
  TilingChoice tiling;          ///< without layers of its own
  TrainSettings train;
};

/// Which keys: those that a forward pass follows from, those that a training step does, or all.
enum class KeySet { Run, Step, All };

/// Applies a YAML file (nested or dotted keys). Adds every problem to `problems`, one line each: "FILE:LINE: key: what; what is
/// allowed".
void apply_yaml_file(Settings& settings, const std::filesystem::path& file, std::vector<std::string>& problems);
/// The same for a text; `name` stands for the file in messages.
void apply_yaml_text(Settings& settings, const std::string& text, const std::string& name, std::vector<std::string>& problems);
/// Applies one `key=value` of the command line.
void apply_assignment(Settings& settings, const std::string& assignment, std::vector<std::string>& problems);

/// The formats of all runs, and of all their operands: what the key `format` sets.
void set_formats(Settings& settings, std::vector<std::string> words);

/// The format that a word means under these settings.
numerics::FormatSpec format_of(const Settings& settings, const std::string& word);
/// `settings` for one of its formats: `formats` holds that format alone (canonical), `auto` words and the preset's own channels are
/// resolved, and words of posits say by themselves how they underflow. An operand's format that is the run's own is `auto` still.
Settings resolved_for(const Settings& settings, const std::string& format);
/// The platform of resolved settings.
hw::PlatformConfig platform_of(const Settings& resolved);
/// Every problem of the settings as a whole, for each format; empty when valid.
std::vector<std::string> validate(const Settings& settings);

/// Keys and values in table order.
std::vector<std::pair<std::string, std::string>> key_values(const Settings& settings, KeySet keys);
/// Keys but `format` whose value is not that of the defaults, resolved for the same format. Of resolved settings.
std::vector<std::string> overridden_keys(const Settings& resolved);
/// YAML that reads back to the same settings, each line with its unit and meaning as a comment.
std::string to_yaml(const Settings& settings, KeySet keys);

}  // namespace binade::sim
