// SPDX-License-Identifier: Apache-2.0
#include "sim/run/rtl_cache.h"

#include <cstdlib>
#include <filesystem>
#include <string>

#include "models/numerics/error.h"
#include "sim/run/share.h"

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

rtl::ModuleCache rtl_cache() { return {shared_file(kRtlSources).parent_path(), cache_directory(), prebuilt_directory()}; }

}  // namespace binade::sim
