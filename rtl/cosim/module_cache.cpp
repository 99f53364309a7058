// SPDX-License-Identifier: Apache-2.0
// DIRECTORY/TOP-KEY/VARIANT/{module.so, manifest}: KEY is of the listed sources and options, VARIANT of the manifest, so that one
// list of sources with several versions of an include is several variants, and a manifest that was damaged does not bear its name.
#include "rtl/cosim/module_cache.h"

#include <fmt/format.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "models/numerics/error.h"
#include "rtl/cosim/content.h"
#include "rtl/cosim/module_build.h"
#include "rtl/cosim/module_manifest.h"

namespace binade::rtl {

namespace fs = std::filesystem;

namespace {

constexpr const char* kManifest = "manifest";
constexpr const char* kModule = "module.so";
/// Versions of the includes of one list of sources that are kept.
constexpr std::size_t kVariants = 8;

/// Loading a module runs it: why it may not be loaded, "" where it may. Trusted are the user, root, and who owns this program.
std::string distrust(const fs::path& path) {
  struct stat status {
  }, program{};
  if (::stat(path.c_str(), &status) != 0) return fmt::format("{}: {}", path.string(), std::strerror(errno));
  const bool known = ::stat("/proc/self/exe", &program) == 0;
  if (status.st_uid != ::geteuid() && status.st_uid != 0 && !(known && status.st_uid == program.st_uid))
    return fmt::format("{}: belongs to another user (uid {})", path.string(), status.st_uid);
  const bool shared_group = status.st_gid != ::getegid() && status.st_gid != 0;
  if ((status.st_mode & S_IWOTH) != 0 || ((status.st_mode & S_IWGRP) != 0 && shared_group))
    return fmt::format("{}: other users may write it", path.string());
  return {};
}

void require_trust(const fs::path& path) {
  if (const std::string why = distrust(path); !why.empty())
    throw InputError(
        fmt::format("{}, and built RTL is run from there; allowed: BINADE_RTL_CACHE=DIRECTORY that is yours alone to write", why));
}

void only_owner_writes(const fs::path& path) {
  fs::permissions(path, fs::perms::group_write | fs::perms::others_write, fs::perm_options::remove);
}

/// Absent where it is damaged: a variant bears the name of its manifest.
std::optional<ModuleManifest> manifest_of(const fs::path& variant) {
  const auto text = content_of(variant / kManifest);
  if (!text || !sha256(*text).starts_with(variant.filename().string())) return std::nullopt;
  return parse_manifest(*text);
}

std::string distrust_of_variant(const fs::path& variant) {
  std::string why = distrust(variant);
  return why.empty() ? distrust(variant / kModule) : why;
}

/// A directory of one build, gone with this object.
class WorkDirectory {
 public:
  explicit WorkDirectory(const fs::path& prefix) {
    std::string name = prefix.string() + "XXXXXX";
    if (::mkdtemp(name.data()) == nullptr)
      throw InputError(fmt::format("{}: cannot create it: {}; allowed: a cache directory that can be written (BINADE_RTL_CACHE)",
                                   name, std::strerror(errno)));
    path_ = name;
  }
  ~WorkDirectory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  WorkDirectory(const WorkDirectory&) = delete;
  WorkDirectory& operator=(const WorkDirectory&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// What was behind a failure, where it was the disk: "" or a line. Compilers write in TMPDIR too.
std::string full_disk(const fs::path& directory, const std::string& message) {
  constexpr std::uintmax_t kLittle = 256 * 1024;
  std::error_code error;
  for (const fs::path& place : {directory, fs::temp_directory_path(error)}) {
    const fs::space_info space = fs::space(place, error);
    if (!error && space.available < kLittle)
      return fmt::format("{}: the disk is full ({} bytes free); allowed: room for a build, or BINADE_RTL_CACHE=DIRECTORY elsewhere",
                         place.string(), space.available);
  }
  for (const int reason : {ENOSPC, EDQUOT})
    if (message.find(std::strerror(reason)) != std::string::npos)
      return fmt::format("{}: {}; allowed: room for a build, there and in TMPDIR", directory.string(), std::strerror(reason));
  return {};
}

/// Leaves the newest variants that can be used; `made` among them.
void prune(const fs::path& family, const fs::path& made) {
  std::vector<fs::directory_entry> variants;
  for (const auto& entry : fs::directory_iterator(family)) {
    const fs::path& path = entry.path();
    const auto manifest = manifest_of(path);
    if (manifest && distrust_of_variant(path).empty() && is_intact(*manifest, path / kModule)) {
      if (path != made) variants.push_back(entry);
    } else {
      fs::remove_all(path);
    }
  }
  std::sort(variants.begin(), variants.end(),
            [](const auto& a, const auto& b) { return a.last_write_time() > b.last_write_time(); });
  for (std::size_t i = kVariants - 1; i < variants.size(); ++i) fs::remove_all(variants[i].path());
}

}  // namespace

struct ModuleCache::Found {
  fs::path shared_object;
  std::vector<PortMember> members;
  std::vector<fs::path> read;
  std::string note;
};

ModuleCache::ModuleCache(fs::path rtl, fs::path directory, fs::path prebuilt)
    : rtl_(std::move(rtl)), directory_(std::move(directory)), prebuilt_(std::move(prebuilt)) {}

std::vector<fs::path> ModuleCache::own_sources() const {
  std::vector<fs::path> sources = listed_sources(rtl_ / "sources.f");
  sources.insert(sources.begin(), rtl_ / "waivers.vlt");
  return sources;
}

std::string ModuleCache::key(const ModuleSpec& spec) const {
  std::string content = BINADE_MODULE_ABI "\n" BINADE_MODULE_BUILDER;
  for (const auto& option : verilator_options(spec)) content += "\n" + option;
  for (const char* adapter : {"cosim/module_abi.h", "cosim/module_wrapper.cpp", "cosim/module_runtime.cpp"})
    content += "\n" + source_text(rtl_ / adapter);
  if (!spec.lint) content += "\n" BINADE_PORT_MEMBERS;
  const bool named = spec.line_coverage || spec.toggle_coverage;  // coverage data names the sources' places
  for (const auto& source : spec.sources)
    content += fmt::format("\n{}\n{}", named ? fs::absolute(source).string() : source.filename().string(), source_text(source));
  return spec.top + "-" + sha256(content).substr(0, 32);
}

std::optional<ModuleCache::Found> ModuleCache::find(const fs::path& place, const std::string& key) const {
  std::error_code error;
  if (place.empty() || !fs::is_directory(place / key, error)) return std::nullopt;
  for (const fs::path& directory : {place, place / key}) {
    if (const std::string why = distrust(directory); !why.empty()) {
      note("built RTL is not taken from " + why);
      return std::nullopt;
    }
  }
  for (const auto& entry : fs::directory_iterator(place / key, error)) {
    const fs::path variant = entry.path();
    const auto manifest = manifest_of(variant);
    if (!manifest || !is_current(*manifest)) continue;
    if (const std::string why = distrust_of_variant(variant); !why.empty()) {
      note("built RTL is not taken from " + why);
    } else if (is_intact(*manifest, variant / kModule)) {
      Found found{variant / kModule, manifest->members, {}, manifest->note};
      for (const auto& [file, digest] : manifest->read) found.read.push_back(file);
      return found;
    }
  }
  return std::nullopt;
}

void ModuleCache::build(const ModuleSpec& spec, const std::string& key) {
  for (const auto& entry : fs::directory_iterator(directory_))  // of processes that were killed: the lock is ours
    if (entry.path().filename().string().starts_with(key + ".tmp")) fs::remove_all(entry.path());
  const WorkDirectory work(directory_ / (key + ".tmp"));
  try {
    const fs::path building = work.path() / "build", finished = work.path() / "finished", family = directory_ / key;
    fs::create_directory(building);
    fs::create_directory(finished);
    const ModuleManifest manifest = build_module(spec, {rtl_, building, directory_}, stop);
    if (this->key(spec) != key)
      throw InputError(fmt::format("{}: its sources changed while it was built; allowed: the same command again", describe(spec)));
    const std::string text = to_text(manifest);
    fs::rename(building / kModule, finished / kModule);
    write_text(finished / kManifest, text);
    write_text(finished / "spec.txt", describe(spec) + "\n");
    for (const fs::path& path : {finished, finished / kModule, finished / kManifest}) only_owner_writes(path);
    if (fs::create_directory(family)) only_owner_writes(family);
    constexpr std::size_t kDigits = 32;
    const fs::path variant = family / sha256(text).substr(0, kDigits);
    fs::remove_all(variant);  // damaged
    fs::rename(finished, variant);

    prune(family, variant);
  } catch (const BuildInterrupted&) {
    throw;
  } catch (const std::exception& error) {
    if (const std::string why = full_disk(directory_, error.what()); !why.empty())
      throw InputError(fmt::format("{}\n{}", why, error.what()));
    if (dynamic_cast<const fs::filesystem_error*>(&error) != nullptr)
      throw InputError(fmt::format("{}; allowed: a cache directory that can be written (BINADE_RTL_CACHE)", error.what()));
    throw;
  }
}

std::shared_ptr<const ModuleImage> ModuleCache::load(const ModuleSpec& spec) {
  check(spec);
  const std::string key = this->key(spec);
  const auto open = [&](const Found& found) {
    auto image = std::make_shared<ModuleImage>(found.shared_object, found.members, found.read);
    note(found.note);
    return image;
  };
  if (const auto found = find(prebuilt_, key)) return open(*found);
  std::error_code error;
  if (fs::create_directories(directory_, error)) only_owner_writes(directory_);
  for (const fs::path& place : {directory_, directory_ / key})
    if (fs::is_directory(place, error)) require_trust(place);
  if (const auto found = find(directory_, key)) {
    try {
      return open(*found);
    } catch (const InputError&) {  // another process may have replaced it meanwhile: under the lock it cannot
    }
  }
  const FileLock lock(directory_ / (key + ".lock"), stop);
  if (const auto found = find(directory_, key)) return open(*found);
  if (on_build) on_build(describe(spec));
  build(spec, key);
  if (const auto found = find(directory_, key)) return open(*found);
  throw InputError(fmt::format("{}: what it reads changed while it was built; allowed: the same command again", describe(spec)));
}

}  // namespace binade::rtl
