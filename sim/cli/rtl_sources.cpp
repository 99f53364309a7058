// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/rtl_sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>

#include "models/numerics/error.h"
#include "rtl/cosim/module_spec.h"
#include "sim/cli/file_list.h"

namespace binade::sim {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 6> kDefiners{"module", "macromodule", "interface", "package", "program", "primitive"};

struct Source {
  fs::path file;
  bool listed = false;                   ///< its place says when it is read
  bool always = false;                   ///< given by itself
  std::set<std::string> defines, names;  ///< modules, interfaces and packages; every word
  std::set<std::string> packages, modules;
  std::vector<std::string> data;  ///< files of $readmemh and $readmemb that it names itself
};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_inner(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '$'; }

/// The text of a string that follows an opening parenthesis at `i`; empty: none does.
std::string string_argument(const std::string& text, std::size_t i) {
  constexpr const char* kBlanks = " \t\r\n";
  i = text.find_first_not_of(kBlanks, i);
  if (i == std::string::npos || text[i] != '(') return {};
  i = text.find_first_not_of(kBlanks, i + 1);
  if (i == std::string::npos || text[i] != '"') return {};
  const auto end = text.find('"', i + 1);
  return end == std::string::npos ? std::string() : text.substr(i + 1, end - i - 1);
}

/// Reads words; comments and strings are none.
void scan(Source& source) {
  const std::string text = rtl::source_text(source.file);
  std::string before;
  for (std::size_t i = 0; i < text.size();) {
    if (text.compare(i, 2, "//") == 0) {
      i = std::min(text.find('\n', i), text.size());
    } else if (text.compare(i, 2, "/*") == 0) {
      i = std::min(text.find("*/", i + 2), text.size() - 2) + 2;
    } else if (text[i] == '"') {
      for (++i; i < text.size() && text[i] != '"'; ++i)
        if (text[i] == '\\') ++i;
      ++i;
    } else if (is_letter(text[i])) {
      const std::size_t first = i;
      while (i < text.size() && is_inner(text[i])) ++i;
      std::string word = text.substr(first, i - first);
      if (word == "readmemh" || word == "readmemb")
        if (const auto file = string_argument(text, i); !file.empty()) source.data.push_back(file);
      if (word == "automatic" || word == "static") continue;  // of "module automatic x"
      if (std::find(kDefiners.begin(), kDefiners.end(), before) != kDefiners.end()) {
        source.defines.insert(word);
        if (before == "package") source.packages.insert(word);
        if (before == "module" || before == "macromodule") source.modules.insert(word);
      }
      source.names.insert(word);
      before = std::move(word);
    } else {
      if (text[i] != ' ' && text[i] != '\t' && text[i] != '\n' && text[i] != '\r') before.clear();
      ++i;
    }
  }
}

class Gatherer {
 public:
  explicit Gatherer(const RtlPlaces& places) : places_(places) {}

  RtlSources gather(const std::string& top) {
    for (const auto& folder : places_.incdirs) {
      if (!fs::is_directory(folder)) throw InputError(fmt::format("--incdir {}: no directory; allowed: one that is there", folder));
      include(folder);
    }
    for (const auto& list : places_.lists) add_list(list);
    for (const auto& place : places_.rtl) add(place);
    // Of a macro that is said twice Verilator takes the last.
    for (const auto& macro : places_.defines) made_.arguments.push_back("-D" + macro);
    for (Source& source : sources_) {
      scan(source);
      made_.read.push_back(source.file.string());
      made_.read.insert(made_.read.end(), source.data.begin(), source.data.end());
    }
    choose(top);
    return std::move(made_);
  }

 private:
  void include(const fs::path& folder) {
    if (folder.string().find('\n') != std::string::npos)
      throw InputError(fmt::format("{}: a line break in a path of SystemVerilog; allowed: any other character", folder.string()));
    made_.arguments.push_back("-I" + folder.string());
  }

  void add(const fs::path& place) {
    if (fs::is_regular_file(place)) return add_file(place, true, true);
    if (!fs::is_directory(place))
      throw InputError(fmt::format("--rtl {}: {}; allowed: a directory with *.sv or *.v files, or such a file", place.string(),
                                   fs::exists(place) ? "neither a file nor a directory" : "no such file or directory"));
    include(place);
    if (fs::exists(place / "sources.f")) return add_list(place / "sources.f");
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(place))
      if (const auto extension = entry.path().extension(); !entry.is_directory() && (extension == ".sv" || extension == ".v"))
        files.push_back(entry.path());
    if (files.empty()) throw InputError(fmt::format("--rtl {}: no sources; allowed: *.sv and *.v files", place.string()));
    std::sort(files.begin(), files.end());
    for (const auto& file : files) add_file(file, false, false);
  }

  void add_list(const fs::path& list) {
    FileList read = read_file_list(list);
    for (const auto& file : read.lists) made_.read.push_back(file.string());
    for (std::size_t i = 1; i < read.arguments.size(); ++i)
      if (read.arguments[i - 1] == "-v") made_.read.push_back(read.arguments[i]);
    for (const auto& file : read.files) add_file(file, true, false);
    made_.arguments.insert(made_.arguments.end(), read.arguments.begin(), read.arguments.end());
  }

  void add_file(const fs::path& file, bool listed, bool always) {
    std::error_code error;
    const fs::path real = fs::weakly_canonical(file, error);
    if (!seen_.insert(error ? file : real).second) return;
    sources_.push_back({file, listed, always, {}, {}, {}, {}});
  }

  void choose(const std::string& top) {
    for (std::size_t i = 0; i < sources_.size(); ++i)
      for (const auto& name : sources_[i].defines) homes_.emplace(name, i);
    const bool found = homes_.contains(top);
    for (const Source& source : sources_)
      if (!found) made_.others.insert(made_.others.end(), source.modules.begin(), source.modules.end());
    std::vector<bool> needed(sources_.size());
    std::vector<std::size_t> open;
    const auto need = [&](std::size_t i) {
      if (!needed[i]) open.push_back(i);
      needed[i] = true;
    };
    // Where no file defines it, a library or a macro may.
    for (std::size_t i = 0; i < sources_.size(); ++i)
      if (!found || sources_[i].always || sources_[i].defines.empty()) need(i);
    if (found) need(homes_.at(top));
    while (!open.empty()) {
      const Source& source = sources_[open.back()];
      open.pop_back();
      for (const auto& name : source.names)
        if (const auto home = homes_.find(name); home != homes_.end()) need(home->second);
    }
    read_.assign(sources_.size(), false);
    for (std::size_t i = 0; i < sources_.size(); ++i)
      if (needed[i] && !sources_[i].listed && sources_[i].defines.empty()) put(i);
    for (std::size_t i = 0; i < sources_.size(); ++i)
      if (needed[i]) put(i);
  }

  /// A file of a folder, after the packages that it uses.
  void put(std::size_t i) {
    if (read_[i]) return;
    read_[i] = true;
    if (!sources_[i].listed)
      for (const auto& name : sources_[i].names)
        if (const auto home = homes_.find(name); home != homes_.end() && sources_[home->second].packages.contains(name))
          put(home->second);
    made_.files.push_back(sources_[i].file);
  }

  const RtlPlaces& places_;
  RtlSources made_;
  std::vector<Source> sources_;
  std::set<fs::path> seen_;
  std::map<std::string, std::size_t> homes_;  ///< the first file that defines a name
  std::vector<bool> read_;
};

}  // namespace

RtlSources rtl_sources(const RtlPlaces& places, const std::string& top) { return Gatherer(places).gather(top); }

}  // namespace binade::sim
