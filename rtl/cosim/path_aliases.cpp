// SPDX-License-Identifier: Apache-2.0
#include "rtl/cosim/path_aliases.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <string_view>

#include "models/numerics/error.h"

namespace binade::rtl {

namespace fs = std::filesystem;

namespace {

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_-./+@,=:~").find(c) != std::string_view::npos;
}
bool is_plain(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return is_plain(c); });
}

std::string absolute_text(const fs::path& path) {
  std::string text = fs::absolute(path).string();
  if (text.find('\n') != std::string::npos)
    throw InputError(fmt::format("{}: a line break in a path of SystemVerilog; allowed: any other character", path.string()));
  return text;
}

fs::path new_directory() {
  std::error_code error;
  for (const fs::path& parent : {fs::temp_directory_path(error), fs::path("/tmp"), fs::path("/var/tmp")}) {
    if (parent.empty() || !is_plain(parent.string())) continue;
    std::string name = (parent / "binade-rtl-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) return name;
  }
  throw InputError("TMPDIR: no place for links to sources with spaces or quotes in their paths; allowed: a writable directory");
}

}  // namespace

PathAliases::~PathAliases() {
  std::error_code ignored;
  if (!directory_.empty()) fs::remove_all(directory_, ignored);
}

std::string PathAliases::link(const fs::path& target, const std::string& name) {
  const auto known = aliases_.find(target.string());
  if (known != aliases_.end()) return known->second;
  if (directory_.empty()) directory_ = new_directory();
  const fs::path place = directory_ / fmt::format("{}", aliases_.size());
  const fs::path alias = name.empty() ? place : place / name;
  std::error_code error;
  if (!name.empty()) fs::create_directory(place, error);
  if (!error) fs::create_symlink(target, alias, error);
  if (error) throw InputError(fmt::format("{}: {}; allowed: a writable TMPDIR", alias.string(), error.message()));
  return aliases_[target.string()] = alias.string();
}

std::string PathAliases::of_directory(const fs::path& directory) {
  const std::string path = absolute_text(directory);
  return is_plain(path) ? path : link(path, {});
}

std::string PathAliases::of_file(const fs::path& file) {
  const std::string path = absolute_text(file);
  if (is_plain(path)) return path;
  std::string name = file.filename().string();
  if (is_plain(name)) return (fs::path(of_directory(fs::path(path).parent_path())) / name).string();
  std::replace_if(
      name.begin(), name.end(), [](char c) { return !is_plain(c); }, '_');
  return link(path, name);
}

std::string PathAliases::real(std::string text, const std::function<std::string(const std::string&)>& as) const {
  // Longest first: "/tmp/x/1" begins "/tmp/x/10".
  std::map<std::string, std::string, std::greater<>> targets;
  for (const auto& [target, alias] : aliases_) targets[alias] = as(target);
  for (const auto& [alias, target] : targets)
    for (std::size_t at = text.find(alias); at != std::string::npos; at = text.find(alias, at + target.size()))
      text.replace(at, alias.size(), target);
  return text;
}

}  // namespace binade::rtl
