// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/rtl_cache.h"

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

#include "models/numerics/error.h"
#include "sim/cli/share.h"
#include "sim/jobs/interrupt.h"

namespace binade::sim {
namespace {

namespace fs = std::filesystem;

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

fs::path cache_directory() {
  if (const auto given = variable("BINADE_RTL_CACHE"); !given.empty()) return given;
  if (const auto cache = variable("XDG_CACHE_HOME"); !cache.empty()) return fs::path(cache) / "binade/rtl";
  if (const auto home = variable("HOME"); !home.empty()) return fs::path(home) / ".cache/binade/rtl";
  throw InputError("HOME: not set, so there is no place for built RTL; allowed: BINADE_RTL_CACHE=DIRECTORY");
}

fs::path prebuilt_directory() {
  std::error_code error;
  const auto program = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const char* place : {"rtl_sets", "../lib/binade/rtl_sets"})
    if (fs::is_directory(program / place)) return (program / place).lexically_normal();
  return {};
}

}  // namespace

rtl::ModuleCache rtl_cache() {
  rtl::ModuleCache cache(shared_file("rtl/sources.f").parent_path(), cache_directory(), prebuilt_directory());
  catch_interrupts();
  cache.stop = &interrupted();
  cache.on_note = [](const std::string& what) { std::cerr << "binade: warning: " << what << std::endl; };
  cache.on_build = [](const std::string& what) { std::cerr << "binade: building the RTL of " << what << std::endl; };
  return cache;
}

}  // namespace binade::sim
