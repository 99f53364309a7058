// SPDX-License-Identifier: Apache-2.0
// The YAML reader behind Settings: nested mappings of scalars; every problem with its file and line.
#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "sim/config/keys.h"
#include "sim/config/settings.h"
#include "sim/config/yaml_documents.h"

namespace binade::sim {
namespace {

class Reader {
 public:
  Reader(Settings& settings, std::string name, std::vector<std::string>& problems)
      : settings_(settings), name_(std::move(name)), problems_(problems) {}

  void read(const YAML::Node& node, const std::string& path) {
    if (!node.IsMap()) {
      problem(node, path, "not a mapping; allowed: keys and values");
      return;
    }
    // `format` sets the operands' formats too, so it comes before them wherever it stands.
    for (const auto& entry : node)
      if (path.empty() && is_format(entry)) assign(entry.first, "format", entry.second);
    for (const auto& entry : node) {
      if (path.empty() && is_format(entry)) continue;
      if (!entry.first.IsScalar()) {
        problem(entry.first, path, "a key that is not a word; allowed: the keys that `binade keys` lists");
        continue;
      }
      const auto key = path.empty() ? entry.first.Scalar() : path + "." + entry.first.Scalar();
      if (entry.second.IsMap() && is_group(key)) {
        read(entry.second, key);
      } else {
        assign(entry.first, key, entry.second);
      }
    }
  }

 private:
  template <class Entry>
  static bool is_format(const Entry& entry) {
    return entry.first.IsScalar() && entry.first.Scalar() == "format";
  }

  static bool is_group(const std::string& name) {
    for (const auto& key : configuration_keys())
      if (key.name.starts_with(name + ".")) return true;
    return false;
  }

  void assign(const YAML::Node& where, const std::string& name, const YAML::Node& value) {
    try {
      const auto& key = find_key(name);
      const auto [first, fresh] = lines_.emplace(name, line(where));
      if (!fresh) throw InputError(fmt::format("set twice, first in line {}; allowed: once", first->second));
      key.set(settings_, text_of(value));
    } catch (const InputError& error) {
      problem(where, name, error.what());
    }
  }

  /// A scalar's text; a sequence of scalars joined by commas.
  static std::string text_of(const YAML::Node& value) {
    if (value.IsScalar()) return value.Scalar();
    if (!value.IsSequence()) throw InputError("no value; allowed: a word or a number");
    std::string text;
    for (const auto& item : value) {
      if (!item.IsScalar()) throw InputError("a list of something else than words; allowed: a word or a number");
      text += (text.empty() ? "" : ",") + item.Scalar();
    }
    return text;
  }

  static int line(const YAML::Node& node) { return node.Mark().line + 1; }

  void problem(const YAML::Node& node, const std::string& key, const std::string& what) {
    problems_.push_back(fmt::format("{}:{}: {}{}{}", name_, line(node), key, key.empty() ? "" : ": ", what));
  }

  Settings& settings_;
  std::string name_;
  std::vector<std::string>& problems_;
  std::map<std::string, int> lines_;
};

/// Takes notice of nothing.
class NoEvents : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

/// The first line that holds more than space, a comment or the marks of a document's ends; 0: none.
int first_content_line(std::string_view text) {
  for (int line = 1; !text.empty(); ++line) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto whole = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto first = whole.find_first_not_of(" \t\r");
    if (first == std::string_view::npos || whole[first] == '#') continue;
    const auto content = whole.substr(0, whole.find_last_not_of(" \t\r") + 1);
    if (content != "---" && content != "...") return line;
  }
  return 0;
}

}  // namespace

bool has_more_documents(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  NoEvents ignored;
  return parser.HandleNextDocument(ignored) && parser.HandleNextDocument(ignored);
}

void apply_yaml_text(Settings& settings, const std::string& text, const std::string& name, std::vector<std::string>& problems) {
  try {
    const auto root = YAML::Load(text);
    if (has_more_documents(text)) {
      problems.push_back(fmt::format("{}: more than one document; allowed: one", name));
    } else if (root.IsNull()) {
      // A null document is empty, or else something that only happens to read as one: an anchor, a directive, a stray comma.
      if (const int line = first_content_line(text); line != 0)
        problems.push_back(fmt::format("{}:{}: not a mapping; allowed: keys and values", name, line));
    } else {
      Reader(settings, name, problems).read(root, "");
    }
  } catch (const YAML::Exception& error) {
    problems.push_back(fmt::format("{}:{}: {}; allowed: YAML", name, error.mark.line + 1, error.msg));
  }
}

void apply_yaml_file(Settings& settings, const std::filesystem::path& file, std::vector<std::string>& problems) {
  std::ifstream stream(file, std::ios::binary);
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored) || !stream) {
    problems.push_back(fmt::format("{}: cannot read the file; allowed: a YAML file", file.string()));
    return;
  }
  try {
    apply_yaml_text(settings, read_text(stream, file.string()), file.string(), problems);
  } catch (const InputError& error) {
    problems.emplace_back(error.what());
  }
}

}  // namespace binade::sim
