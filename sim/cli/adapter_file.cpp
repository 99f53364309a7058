// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/adapter_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <iterator>
#include <variant>

#include "models/numerics/error.h"
#include "models/numerics/nearest.h"
#include "rtl/cosim/module_spec.h"
#include "sim/config/yaml_documents.h"
#include "sim/verify/unit.h"

namespace binade::sim {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using Texts = std::vector<std::string>;

constexpr const char* kVersion = "1";

enum class Kind { Version, Unit, Word, Number, Words, Paths, Assignments, Values };

/// A key of the file and the option that it is.
struct Key {
  const char* name;
  Kind kind;
  std::variant<std::monostate, std::string VerifyOptions::*, Texts VerifyOptions::*, std::optional<int> VerifyOptions::*> field;
  const char* about;
  int least = 0, most = 0;  ///< of a number
};

const std::vector<Key>& keys() {
  static const std::vector<Key> kKeys{
      {"schema_version", Kind::Version, {}, "of this schema"},
      {"unit", Kind::Unit, &VerifyOptions::unit, "what the module is to be"},
      {"format", Kind::Word, &VerifyOptions::format, "number format (`binade formats`)"},
      {"set", Kind::Assignments, &VerifyOptions::sets, "configuration keys (`binade keys`)"},
      {"to", Kind::Word, &VerifyOptions::to, "convert: the format of results"},
      {"tininess", Kind::Word, &VerifyOptions::tininess, "when floats underflow: before or after rounding"},
      {"overflow", Kind::Word, &VerifyOptions::overflow, "what integer sums do that leave their register: saturate or wrap"},
      {"rtl", Kind::Paths, &VerifyOptions::rtl, "source files, or folders of them, which are include paths too"},
      {"lists", Kind::Paths, &VerifyOptions::lists, "file lists (-f)"},
      {"incdirs", Kind::Paths, &VerifyOptions::incdirs, "include paths"},
      {"defines", Kind::Assignments, &VerifyOptions::defines, "macros; of an empty value those without one"},
      {"top", Kind::Word, &VerifyOptions::top, "the module"},
      {"parameters", Kind::Assignments, &VerifyOptions::parameters, "of the module"},
      {"verilator_args", Kind::Words, &VerifyOptions::verilator_args, "further options of Verilator"},
      {"map", Kind::Assignments, &VerifyOptions::maps, "the module's port for one of the unit's"},
      {"map_values", Kind::Values, &VerifyOptions::values, "the module's numbers for the values of an input"},
      {"ignore", Kind::Words, &VerifyOptions::ignores, "ports that play no part"},
      {"drive", Kind::Assignments, &VerifyOptions::drives, "further inputs of the module, held constant"},
      {"rounding", Kind::Words, &VerifyOptions::roundings, "rounding modes that the module has"},
      {"latency", Kind::Number, &VerifyOptions::latency, "rising edges from inputs to outputs", 0, kMostLatency},
      {"timeout", Kind::Number, &VerifyOptions::timeout, "clocks within which valid_o follows", 1, kMostTimeout},
  };
  return kKeys;
}

class Reader {
 public:
  Reader(const std::string& file, VerifyOptions& options) : file_(file), options_(options) {}

  void read() {
    const std::string text = rtl::source_text(file_);
    YAML::Node root;
    try {
      root = YAML::Load(text);
    } catch (const YAML::Exception& error) {
      throw InputError(fmt::format("{}:{}: {}; allowed: YAML", file_, error.mark.line + 1, error.msg));
    }
    if (!root.IsMap()) throw InputError(fmt::format("{}: not a mapping; allowed: {}", file_, names()));
    if (has_more_documents(text)) throw InputError(fmt::format("{}: more than one document; allowed: one", file_));
    bool version = false;
    std::set<std::string> seen;
    for (const auto& entry : root) {
      const std::string name = entry.first.IsScalar() ? entry.first.Scalar() : "";
      const auto key = std::find_if(keys().begin(), keys().end(), [&](const Key& k) { return k.name == name; });
      if (key == keys().end()) {
        problem(entry.first, fmt::format("unknown key '{}'; allowed: {}", name, names()));
      } else if (!seen.insert(name).second) {
        problem(entry.first, fmt::format("{} twice; allowed: once", name));
      } else {
        version = version || key->kind == Kind::Version;
        take(*key, entry.second);
      }
    }
    if (!version) problems_.push_back(fmt::format("{}: no schema_version; allowed: {}", file_, kVersion));
    if (!problems_.empty()) throw InputError(fmt::format("{}", fmt::join(problems_, "\n")));
  }

 private:
  static std::string names() {
    Texts words;
    for (const Key& key : keys()) words.emplace_back(key.name);
    return fmt::format("{}", fmt::join(words, " "));
  }

  void problem(const YAML::Node& node, const std::string& what) {
    problems_.push_back(fmt::format("{}:{}: {}", file_, node.Mark().line + 1, what));
  }

  void take(const Key& key, const YAML::Node& node) {
    const auto wrong = [&](const std::string& allowed) { problem(node, fmt::format("{}: allowed: {}", key.name, allowed)); };
    switch (key.kind) {
      case Kind::Version:
        if (!node.IsScalar() || node.Scalar() != kVersion) wrong(kVersion);
        return;
      case Kind::Unit:
      case Kind::Word:
        if (!node.IsScalar() || node.Scalar().empty()) return wrong("a word");
        if (auto& field = options_.*std::get<std::string VerifyOptions::*>(key.field); field.empty()) field = node.Scalar();
        return;
      case Kind::Number: {
        constexpr std::size_t kDigits = 10;
        const bool number = node.IsScalar() && !node.Scalar().empty() && node.Scalar().size() <= kDigits &&
                            node.Scalar().find_first_not_of("0123456789") == std::string::npos;
        const std::int64_t value = number ? std::stoll(node.Scalar()) : -1;
        if (value < key.least || value > key.most) return wrong(fmt::format("a whole number, {}..{}", key.least, key.most));
        if (auto& field = options_.*std::get<std::optional<int> VerifyOptions::*>(key.field); !field)
          field = static_cast<int>(value);
        return;
      }
      case Kind::Words:
      case Kind::Paths:
        return take_words(key, node, wrong);
      case Kind::Assignments:
      case Kind::Values:
        return take_assignments(key, node, wrong);
    }
  }

  template <class Wrong>
  void take_words(const Key& key, const YAML::Node& node, const Wrong& wrong) {
    Texts words;
    if (node.IsScalar()) words.push_back(node.Scalar());
    for (const auto& item : node.IsSequence() ? node : YAML::Node(YAML::NodeType::Sequence)) {
      if (!item.IsScalar()) return wrong("a word or a list of words");
      words.push_back(item.Scalar());
    }
    if (words.empty() || std::find(words.begin(), words.end(), "") != words.end()) return wrong("a word or a list of words");
    if (key.kind == Kind::Paths)
      for (auto& word : words) word = (fs::path(file_).parent_path() / word).lexically_normal().string();
    prepend(key, words);
  }

  template <class Wrong>
  void take_assignments(const Key& key, const YAML::Node& node, const Wrong& wrong) {
    if (!node.IsMap()) return wrong(key.kind == Kind::Values ? "a mapping of ports to mappings of words to numbers" : "a mapping");
    Texts words;
    for (const auto& entry : node) {
      if (key.kind == Kind::Assignments) {
        if (!entry.second.IsScalar() && !entry.second.IsNull()) return wrong("a mapping of names to words");
        const std::string value = entry.second.IsNull() ? "" : entry.second.Scalar();
        const bool bare = value.empty() && std::string_view(key.name) == "defines";
        words.push_back(bare ? entry.first.Scalar() : fmt::format("{}={}", entry.first.Scalar(), value));
        continue;
      }
      if (!entry.second.IsMap()) return wrong("a mapping of ports to mappings of words to numbers");
      for (const auto& value : entry.second) {
        if (!value.second.IsScalar()) return wrong("a mapping of ports to mappings of words to numbers");
        words.push_back(fmt::format("{}:{}={}", entry.first.Scalar(), value.first.Scalar(), value.second.Scalar()));
      }
    }
    prepend(key, words);
  }

  void prepend(const Key& key, const Texts& words) {
    auto& field = options_.*std::get<Texts VerifyOptions::*>(key.field);
    // What the module has is one list, not a sum of two.
    if (std::string_view(key.name) == "rounding" && !field.empty()) return;
    const auto name_of = [](const std::string& assignment) { return assignment.substr(0, assignment.find('=')); };
    const auto taken = [&](const std::string& word) {
      return std::string_view(key.name) == "drive" &&
             std::any_of(field.begin(), field.end(), [&](const std::string& said) { return name_of(said) == name_of(word); });
    };
    Texts mine;
    std::remove_copy_if(words.begin(), words.end(), std::back_inserter(mine), taken);
    field.insert(field.begin(), mine.begin(), mine.end());
  }

  const std::string file_;
  VerifyOptions& options_;
  Texts problems_;
};

}  // namespace

void read_adapter(const std::string& file, VerifyOptions& options) { Reader(file, options).read(); }

Json adapter_schema() {
  const Json word{{"type", "string"}, {"minLength", 1}}, scalar{{"type", {"string", "number", "boolean", "null"}}};
  const Json words{{"anyOf", {word, {{"type", "array"}, {"items", word}, {"minItems", 1}}}}};
  const Json numbers{{"type", "object"}, {"additionalProperties", {{"type", "integer"}, {"minimum", 0}}}};
  Json schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
              {"title", "An adapter that `binade verify --adapter` reads (docs/verify.md)"},
              {"type", "object"},
              {"additionalProperties", false},
              {"required", {"schema_version"}},
              {"properties", Json::object()}};
  for (const Key& key : keys()) {
    Json says;
    switch (key.kind) {
      case Kind::Version:
        says = {{"const", std::stoi(kVersion)}};
        break;
      case Kind::Unit:
        says = {{"enum", verify::unit_names()}};
        break;
      case Kind::Word:
        says = word;
        break;
      case Kind::Number:
        says = {{"type", "integer"}, {"minimum", key.least}, {"maximum", key.most}};
        break;
      case Kind::Words:
      case Kind::Paths:
        says = words;
        break;
      case Kind::Assignments:
        says = {{"type", "object"}, {"additionalProperties", scalar}};
        break;
      case Kind::Values:
        says = {{"type", "object"}, {"additionalProperties", numbers}};
        break;
    }
    says["description"] = key.about;
    schema["properties"][key.name] = std::move(says);
  }
  return schema;
}

}  // namespace binade::sim
