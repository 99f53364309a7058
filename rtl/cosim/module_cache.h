// SPDX-License-Identifier: Apache-2.0
// Builds SystemVerilog into shared objects, on demand, and keeps them: Verilator, then the C++ compiler, each once per content of
// everything that went into a module. Safe with several processes at once.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rtl/cosim/module.h"
#include "rtl/cosim/module_spec.h"
#include "rtl/cosim/tool_process.h"

namespace binade::rtl {

class ModuleCache {
 public:
  /// Entries are looked for in `prebuilt` (may be empty, is never written), then in `directory`, which is made when first needed.
  /// `rtl` is the directory of our SystemVerilog (it holds cosim/module_wrapper.cpp).
  ModuleCache(std::filesystem::path rtl, std::filesystem::path directory, std::filesystem::path prebuilt);

  const std::filesystem::path& rtl() const { return rtl_; }
  /// Our sources, in the order of rtl/sources.f, after the waivers.
  std::vector<std::filesystem::path> own_sources() const;
  /// Loads the entry, building it where it is missing, damaged or out of date (seconds to minutes; `on_build` is told first).
  /// Throws InputError with one clear message where a tool is missing or fails, the disk is full, or others could have written the
  /// cache; BuildInterrupted where `stop` is set meanwhile. Neither leaves anything behind.
  std::shared_ptr<const ModuleImage> load(const ModuleSpec& spec);

  /// Called before a build with the spec's description; default: nothing.
  std::function<void(const std::string&)> on_build;
  /// Called with what the user should know of the module that is loaded; default: nothing.
  std::function<void(const std::string&)> on_note;
  StopFlag stop = nullptr;

 private:
  struct Found;
  std::string key(const ModuleSpec& spec) const;
  std::optional<Found> find(const std::filesystem::path& place, const std::string& key) const;
  void build(const ModuleSpec& spec, const std::string& key);
  void note(const std::string& text) const {
    if (on_note && !text.empty()) on_note(text);
  }

  std::filesystem::path rtl_, directory_, prebuilt_;
};

}  // namespace binade::rtl
