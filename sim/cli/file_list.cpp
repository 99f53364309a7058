// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/file_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <sstream>
#include <string_view>
#include <utility>

#include "models/numerics/error.h"
#include "rtl/cosim/module_spec.h"

namespace binade::sim {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAllowed =
    "paths, +incdir+DIR, +define+NAME=TEXT, +libext+EXT, -y DIR, -v FILE, -I DIR, -D NAME=TEXT, -f LIST, -F LIST";
/// What other simulators want to be told and Verilator knows.
constexpr std::array<std::string_view, 8> kNoMatter{"-sv", "-sverilog", "-64", "-64bit", "-full64", "+v2k", "-sv12", "-sv09"};

struct Word {
  std::string text;
  int line = 0;
};

class Reader {
 public:
  explicit Reader(FileList& made) : made_(made) {}

  void read(const fs::path& list, int depth) {
    constexpr int kDeepest = 16;
    if (depth > kDeepest)
      throw InputError(
          fmt::format("-f {}: lists in lists, deeper than {}; allowed: none that holds itself", list.string(), kDeepest));
    if (!fs::is_regular_file(list)) throw InputError(fmt::format("-f {}: no such file; allowed: a file list", list.string()));
    made_.lists.push_back(list);
    const std::vector<Word> words = words_of(list);
    for (std::size_t i = 0; i < words.size(); ++i) {
      const auto& [text, line] = words[i];
      const Place place{list, line};
      const auto value = [&](std::size_t option) {
        if (text.size() > option) return text.substr(option);
        if (i + 1 == words.size()) fail(place, text + " without a value", kAllowed);
        return words[++i].text;
      };
      if (text.starts_with("+incdir+")) {
        for (const auto& folder : parts(text.substr(8))) made_.arguments.push_back("-I" + folder_of(place, folder));
      } else if (text.starts_with("+define+")) {
        for (const auto& macro : parts(text.substr(8))) made_.arguments.push_back("-D" + macro);
      } else if (text.starts_with("+libext+")) {
        made_.arguments.push_back(text);
      } else if (text.starts_with("-I")) {
        made_.arguments.push_back("-I" + folder_of(place, value(2)));
      } else if (text.starts_with("-D")) {
        made_.arguments.push_back("-D" + value(2));
      } else if (text == "-y") {
        made_.arguments.insert(made_.arguments.end(), {"-y", folder_of(place, value(2))});
      } else if (text == "-v") {
        made_.arguments.insert(made_.arguments.end(), {"-v", path_of(place, value(2), &is_file, "file").string()});
      } else if (text == "-f" || text == "-F") {
        read(path_of(place, value(2), &is_file, "file"), depth + 1);
      } else if (std::find(kNoMatter.begin(), kNoMatter.end(), text) != kNoMatter.end()) {
        continue;
      } else if (text.starts_with('-') || text.starts_with('+')) {
        fail(place, fmt::format("option {}", text), kAllowed);
      } else {
        made_.files.push_back(path_of(place, text, &is_file, "file"));
      }
    }
  }

 private:
  struct Place {
    fs::path list;
    int line;
  };
  [[noreturn]] static void fail(const Place& place, const std::string& what, const std::string& allowed) {
    throw InputError(fmt::format("{}:{}: {}; allowed: {}", place.list.string(), place.line, what, allowed));
  }

  static bool is_file(const fs::path& path) { return fs::is_regular_file(path); }
  static bool is_folder(const fs::path& path) { return fs::is_directory(path); }

  static fs::path path_of(const Place& place, const std::string& text, bool (*there)(const fs::path&), const char* what) {
    const fs::path beside = place.list.parent_path() / text;
    if (there(beside)) return beside.lexically_normal();
    if (there(text)) return text;
    fail(place, fmt::format("no {} {}", what, text),
         fmt::format("one relative to {} or to the working directory",
                     place.list.has_parent_path() ? place.list.parent_path().string() : "it"));
  }
  static std::string folder_of(const Place& place, const std::string& text) {
    return path_of(place, text, &is_folder, "folder").string();
  }

  static std::vector<std::string> parts(const std::string& text) {
    std::vector<std::string> parts;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, '+');)
      if (!part.empty()) parts.push_back(part);
    return parts;
  }

  /// Comments gone, variables replaced; "..." holds blanks.
  static std::vector<Word> words_of(const fs::path& list) {
    const std::string text = rtl::source_text(list);
    std::vector<Word> words;
    Word word{{}, 1};
    int line = 1;
    bool quoted = false, some = false;
    const auto end = [&] {
      if (some) words.push_back(std::exchange(word, {}));
      some = false;
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      const auto skip_to = [&](std::string_view what) {
        const std::size_t at = std::min(text.find(what, i + 2), text.size());
        line += static_cast<int>(
            std::count(text.begin() + static_cast<std::ptrdiff_t>(i), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
        i = at;
      };
      const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
      if (!quoted && !some && (text.compare(i, 2, "//") == 0 || c == '#')) {
        skip_to("\n");
        ++line;
      } else if (!quoted && !some && text.compare(i, 2, "/*") == 0) {
        skip_to("*/");
        ++i;
      } else if (c == '"') {
        quoted = !quoted;
        some = true;
        word.line = line;
      } else if (blank && !quoted) {
        end();
        if (c == '\n') ++line;
      } else {
        if (!some) word.line = line;
        some = true;
        if (c == '$') {
          word.text += variable(text, i, {list, line});
        } else {
          word.text += c;
        }
      }
    }
    end();
    return words;
  }

  /// $NAME, ${NAME} or $(NAME) at `i`, which is left at its end.
  static std::string variable(const std::string& text, std::size_t& i, const Place& place) {
    std::size_t first = i + 1;
    const char open = first < text.size() ? text[first] : ' ', close = open == '{' ? '}' : open == '(' ? ')' : ' ';
    if (close != ' ') ++first;
    std::size_t last = first;
    while (last < text.size() && (std::isalnum(static_cast<unsigned char>(text[last])) != 0 || text[last] == '_')) ++last;
    const std::string name = text.substr(first, last - first);
    if (name.empty() || (close != ' ' && (last == text.size() || text[last] != close)))
      fail(place, "$ without a name", "$NAME, ${NAME} or $(NAME)");
    i = close == ' ' ? last - 1 : last;
    const char* const value = std::getenv(name.c_str());
    if (value == nullptr) fail(place, fmt::format("${} is not set", name), "variables of the environment");
    return value;
  }

  FileList& made_;
};

}  // namespace

FileList read_file_list(const fs::path& list) {
  FileList made;
  Reader(made).read(list, 0);
  return made;
}

}  // namespace binade::sim
