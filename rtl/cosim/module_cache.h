// SPDX-License-Identifier: Apache-2.0
// Builds SystemVerilog into shared objects, on demand, and keeps them: Verilator, then the C++ compiler, each once per content of
// the sources and value of the parameters. Safe with several processes at once.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "rtl/cosim/module.h"

namespace binade::rtl {

/// What to build. Two specs with equal sources (by content), parameters and options are one cache entry.
struct ModuleSpec {
  std::string top;
  std::vector<std::filesystem::path> sources;                   ///< in reading order, packages and waivers first
  std::vector<std::pair<std::string, std::string>> parameters;  ///< name, SystemVerilog literal
  bool lint = true;                                             ///< -Wall, fatal; false for sources that are not ours
  bool waves = false;                                           ///< can write FST
  bool line_coverage = false, toggle_coverage = false;
};
/// "posit_pe N=8 Es=2": for messages.
std::string describe(const ModuleSpec& spec);
/// The files that a list names, one a line, relative to it.
std::vector<std::filesystem::path> listed_sources(const std::filesystem::path& list);

class ModuleCache {
 public:
  /// Entries are looked for in `prebuilt` (may be empty, is never written), then in `directory`, which is made when first needed.
  /// `rtl` is the directory of our SystemVerilog (it holds cosim/module_wrapper.cpp).
  ModuleCache(std::filesystem::path rtl, std::filesystem::path directory, std::filesystem::path prebuilt);

  const std::filesystem::path& rtl() const { return rtl_; }
  /// Our sources, in the order of rtl/sources.f, after the waivers.
  std::vector<std::filesystem::path> own_sources() const;
  /// Loads the entry, building it where it is missing (seconds to minutes; `on_build` is told first). Throws InputError with one
  /// clear message where a tool is missing or fails; the tools' full output stays in a log file that the message names.
  std::shared_ptr<const ModuleImage> load(const ModuleSpec& spec);

  /// Called before a build with the spec's description; default: nothing.
  std::function<void(const std::string&)> on_build;

 private:
  std::filesystem::path rtl_, directory_, prebuilt_;
};

}  // namespace binade::rtl
