// SPDX-License-Identifier: Apache-2.0
#include "rtl/cosim/module_manifest.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <sstream>

#include "rtl/cosim/content.h"

namespace binade::rtl {

namespace fs = std::filesystem;

namespace {

constexpr const char* kFirstLine = "binade module 1";
constexpr const char *kMember = "member", *kElement = "element";

/// "path size mtime", symbolic links resolved.
std::string identity_of_file(const fs::path& path) {
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  struct stat status {};
  if (error || ::stat(real.c_str(), &status) != 0) return path.string() + " missing";
  return fmt::format("{} {} {}.{}", real.string(), status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

/// `command` is a literal of this file.
std::string output_of(const char* command) {
  FILE* const pipe = ::popen(command, "re");
  if (pipe == nullptr) return {};
  std::string text;
  std::array<char, 512> part{};
  while (std::fgets(part.data(), part.size(), pipe) != nullptr) text += part.data();
  ::pclose(pipe);
  return text;
}

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// The program that Verilator's start script runs, found as the script finds it.
fs::path verilator_program(const fs::path& script) {
  std::string name = variable("VERILATOR_BIN");
  if (name.empty()) name = "verilator_bin";
  std::error_code error;
  std::vector<fs::path> places;
  if (const std::string root = variable("VERILATOR_ROOT"); !root.empty()) {
    places = {fs::path(root) / "bin" / name, fs::path(root) / name};
  } else {
    places = {fs::canonical(script, error).parent_path() / name};
  }
  for (const auto& place : places)
    if (::access(place.c_str(), X_OK) == 0) return place;
  return in_path(name);
}

std::string identity_of_tools() {
  const fs::path verilator = in_path("verilator"), compiler = in_path("g++");
  if (verilator.empty() || compiler.empty()) return {};
  return sha256(fmt::format("{}\n{}\n{}\n{}\n{}\n{}", identity_of_file(verilator), identity_of_file(verilator_program(verilator)),
                            variable("VERILATOR_ROOT"), output_of("verilator --version 2>/dev/null"), identity_of_file(compiler),
                            output_of("g++ --version 2>/dev/null")));
}

}  // namespace

fs::path in_path(const std::string& program) {
  std::string path = variable("PATH");
  if (path.empty()) path = "/bin:/usr/bin";
  std::istringstream directories(path);
  for (std::string directory; std::getline(directories, directory, ':');) {
    const fs::path candidate = fs::path(directory.empty() ? "." : directory) / program;
    std::error_code error;
    if (fs::is_regular_file(candidate, error) && ::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return {};
}

const std::string& tools_digest() {
  static const std::string digest = identity_of_tools();
  return digest;
}

std::string to_text(const ModuleManifest& manifest) {
  std::string text =
      fmt::format("{}\ntools {}\nmodule {} {}\n", kFirstLine, manifest.tools, manifest.module_bytes, manifest.module_sha256);
  for (const auto& [path, digest] : manifest.read) text += fmt::format("read {} {}\n", digest, path.string());
  for (const auto& path : manifest.absent) text += fmt::format("absent {}\n", path.string());
  for (const PortMember& member : manifest.members)
    text +=
        fmt::format("{} {} {} {} {}\n", member.element ? kElement : kMember, member.name, member.port, member.first, member.bits);
  if (!manifest.note.empty()) text += fmt::format("note {}\n", manifest.note);
  return text;
}

std::optional<ModuleManifest> parse_manifest(const std::string& text) {
  ModuleManifest manifest;
  std::istringstream lines(text);
  std::string line;
  if (!std::getline(lines, line) || line != kFirstLine) return std::nullopt;
  while (std::getline(lines, line)) {
    const std::size_t space = line.find(' ');
    if (space == std::string::npos) return std::nullopt;
    const std::string word = line.substr(0, space), rest = line.substr(space + 1);
    const std::size_t second = rest.find(' ');
    if (word == "tools") {
      manifest.tools = rest;
    } else if (word == "absent") {
      manifest.absent.emplace_back(rest);
    } else if (word == "note") {
      manifest.note = rest;
    } else if (word == kMember || word == kElement) {
      PortMember member{.element = word == kElement};
      std::istringstream parts(rest);
      if (!(parts >> member.name >> member.port >> member.first >> member.bits)) return std::nullopt;
      manifest.members.push_back(std::move(member));
    } else if (second == std::string::npos) {
      return std::nullopt;
    } else if (word == "read") {
      manifest.read.emplace_back(rest.substr(second + 1), rest.substr(0, second));
    } else if (word == "module") {
      manifest.module_bytes = std::strtoull(rest.c_str(), nullptr, 10);
      manifest.module_sha256 = rest.substr(second + 1);
    } else {
      return std::nullopt;
    }
  }
  if (manifest.module_sha256.empty()) return std::nullopt;
  return manifest;
}

bool is_current(const ModuleManifest& manifest) {
  if (!tools_digest().empty() && manifest.tools != tools_digest()) return false;
  std::error_code error;
  return std::all_of(manifest.read.begin(), manifest.read.end(),
                     [](const auto& file) { return sha256_of(file.first) == file.second; }) &&
         std::none_of(manifest.absent.begin(), manifest.absent.end(), [&](const auto& path) { return fs::exists(path, error); });
}

bool is_intact(const ModuleManifest& manifest, const fs::path& shared_object) {
  std::error_code error;
  return fs::file_size(shared_object, error) == manifest.module_bytes && !error &&
         sha256_of(shared_object) == manifest.module_sha256;
}

}  // namespace binade::rtl
