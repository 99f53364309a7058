// SPDX-License-Identifier: Apache-2.0
#include "sim/config/recipe_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <functional>
#include <map>
#include <set>

#include "models/exponent/delayed_scale.h"
#include "models/numerics/error.h"
#include "models/numerics/nearest.h"
#include "models/numerics/text.h"
#include "models/spec/limits.h"
#include "models/spec/words.h"
#include "sim/config/keys.h"
#include "sim/config/values.h"

namespace binade::sim {
namespace {

using programs::RecipeRule;
using programs::TensorClass;
using Words = std::vector<std::string>;

/// What may be read in another format than it was written in; parameters and the loss have one for each pass.
constexpr std::array kReadOtherwise{TensorClass::Activation, TensorClass::Input, TensorClass::Delta, TensorClass::Gradient};

/// What a rule says of tensors, where a setting would win over the rules.
constexpr std::array kKeysOfRules{"format",     "core.format_a", "core.format_b",  "core.format_out",
                                  "accumulate", "rounding",      "core.acc_bits",  "core.block",
                                  "core.chain", "core.bias",     "posit.underflow"};

/// Whether tensors have a scale; ranges of what it follows from.
const Words kScaleWords{"none", "last-maximum"};
constexpr spec::Limit kScaleHistory{"scale_history", 1, exponent::kLongestScaleHistory};
constexpr spec::Limit kScaleMargin{"scale_margin", 0, exponent::kLargestScaleMargin};

class RecipeReader {
 public:
  RecipeReader(std::string file, const std::vector<std::pair<std::string, std::string>>& parameters) : file_(std::move(file)) {
    for (const auto& [key, word] : parameters)
      if (!given_.emplace(key, word).second) problem(0, fmt::format("parameter {} given twice; allowed: once", key));
  }

  RecipeFile read(const YAML::Node& root) {
    RecipeFile recipe;
    if (mapping(root, "the recipe")) {
      each(root, {{"name", [&](const YAML::Node& n) { recipe.name = printable(scalar(n)); }},
                  {"about", [&](const YAML::Node& n) { recipe.about = printable(scalar(n)); }},
                  {"source", [&](const YAML::Node& n) { recipe.source = printable(scalar(n)); }},
                  {"parameters", [&](const YAML::Node& n) { read_parameters(n); }},
                  {"underflow", [&](const YAML::Node&) {}},
                  {"settings", [&](const YAML::Node&) {}},
                  {"rules", [&](const YAML::Node&) {}}});
      check_given();
      recipe.parameters.assign(parameters_.begin(), parameters_.end());
      if (recipe.name.empty()) recipe.name = std::filesystem::path(file_).stem().string();
      for (const auto& [name, word] : given_) recipe.name += fmt::format(",{}={}", name, word);
      if (root["settings"]) read_settings(root["settings"], recipe);
      if (root["rules"] || !root["settings"]) read_rules(root["rules"], recipe);
      if (root["underflow"] && underflows(root["underflow"])) programs::underflow(recipe);
    }
    if (problems_.empty()) return recipe;
    std::string all;
    for (const auto& problem : problems_) all += (all.empty() ? "" : "\n") + problem;
    throw InputError(all);
  }

 private:
  using Fields = std::vector<std::pair<std::string, std::function<void(const YAML::Node&)>>>;

  static int line(const YAML::Node& node) { return node.Mark().line + 1; }
  void problem(int line, const std::string& what) {
    problems_.push_back(line == 0 ? fmt::format("{}: {}", file_, what) : fmt::format("{}:{}: {}", file_, line, what));
  }
  bool mapping(const YAML::Node& node, const std::string& what) {
    if (!node.IsMap()) problem(line(node), what + " is not a mapping; allowed: keys and values");
    return node.IsMap();
  }

  /// Calls the reader of each key of a mapping; an unknown or repeated one is a problem.
  void each(const YAML::Node& node, const Fields& fields) {
    Words names, seen;
    for (const auto& [name, ignored] : fields) names.push_back(name);
    for (const auto& entry : node) {
      try {
        const auto key = parse_word(scalar(entry.first), names);
        if (std::find(seen.begin(), seen.end(), key) != seen.end()) throw InputError(key + " set twice; allowed: once");
        seen.push_back(key);
        for (const auto& [name, reader] : fields)
          if (name == key) reader(entry.second);
      } catch (const InputError& error) {
        blame(entry.second, line(entry.first), error.what());
      }
    }
  }

  /// A problem of a value: of the parameter where that was given, which many lines may use, and else of the line.
  void blame(const YAML::Node& value, int line, const std::string& what) {
    const auto given = value.IsScalar() && value.Scalar().starts_with('$') ? given_.find(value.Scalar().substr(1)) : given_.end();
    if (given == given_.end() || !parameters_.contains(given->first)) return problem(line, what);
    const std::string text = fmt::format("{}={}: {}", given->first, given->second, what);
    if (blamed_.insert(text).second) problem(0, text);
  }

  static std::string scalar(const YAML::Node& node) {
    if (!node.IsScalar()) throw InputError("no value; allowed: a word or a number");
    return node.Scalar();
  }

  /// A word, or `$NAME`: what the parameter of that name is.
  std::string word(const YAML::Node& node) const {
    auto text = scalar(node);
    if (!text.starts_with('$')) return text;
    const auto known = parameters_.find(text.substr(1));
    if (known != parameters_.end()) {
      const auto meanings = meanings_.find(known->first);
      return meanings == meanings_.end() ? known->second : meanings->second.at(known->second);
    }
    Words names;
    for (const auto& [name, value] : parameters_) names.push_back("$" + name);
    std::string allowed;
    for (const auto& name : names) allowed += (allowed.empty() ? "" : ", ") + name;
    throw InputError(fmt::format("{} is no parameter; allowed: {}", text, allowed.empty() ? "none are declared" : allowed));
  }

  Words words(const YAML::Node& node) const {
    if (!node.IsSequence()) return {word(node)};
    Words all;
    for (const auto& item : node) all.push_back(word(item));
    if (all.empty()) throw InputError("an empty list; allowed: a word or a list of words");
    return all;
  }

  /// NAME: the default word; or NAME: {default: WORD, WORD: what it stands for, ...}, which allows those words alone.
  void read_parameters(const YAML::Node& node) {
    if (!mapping(node, "parameters")) return;
    for (const auto& entry : node) {
      try {
        const auto name = scalar(entry.first);
        if (parameters_.contains(name)) throw InputError(name + " set twice; allowed: once");
        parameters_[name] = entry.second.IsMap() ? read_meanings(name, entry.second) : scalar(entry.second);
      } catch (const InputError& error) {
        problem(line(entry.first), error.what());
      }
    }
  }

  /// The default.
  std::string read_meanings(const std::string& name, const YAML::Node& node) {
    auto& meanings = meanings_[name];
    std::string word;
    for (const auto& entry : node) {
      if (scalar(entry.first) == "default")
        word = scalar(entry.second);
      else
        meanings[scalar(entry.first)] = scalar(entry.second);
    }
    if (!meanings.contains(word)) throw InputError(fmt::format("{}: default '{}'; allowed: {}", name, word, words_of(meanings)));
    return word;
  }
  static std::string words_of(const std::map<std::string, std::string>& meanings) {
    std::string all;
    for (const auto& [word, meaning] : meanings) all += (all.empty() ? "" : ", ") + word;
    return all;
  }

  void check_given() {
    std::string allowed;
    for (const auto& [name, value] : parameters_) allowed += (allowed.empty() ? "" : ", ") + name;
    for (const auto& [name, value] : given_) {
      const auto known = parameters_.find(name);
      if (known == parameters_.end())
        problem(0, fmt::format("no parameter '{}'; allowed: {}", name,
                               allowed.empty() ? "none, the recipe has no parameters" : allowed));
      else if (const auto meanings = meanings_.find(name); meanings != meanings_.end() && !meanings->second.contains(value))
        problem(0, fmt::format("{}={}; allowed: {}", name, value, words_of(meanings->second)));
      else
        known->second = value;
    }
  }

  bool underflows(const YAML::Node& node) {
    try {
      return parse_word(word(node), Words(spec::kUnderflowWords.begin(), spec::kUnderflowWords.end())) == spec::kUnderflowWords[1];
    } catch (const InputError& error) {
      blame(node, line(node), fmt::format("underflow: {}", error.what()));
      return false;
    }
  }

  /// Dotted keys; each is tried on settings of its own.
  void read_settings(const YAML::Node& node, RecipeFile& recipe) {
    if (!mapping(node, "settings")) return;
    Words seen;
    for (const auto& entry : node) {
      try {
        const Key& key = find_key(scalar(entry.first));
        if (std::find(kKeysOfRules.begin(), kKeysOfRules.end(), key.name) != kKeysOfRules.end())
          throw InputError(key.name + " is what rules say; allowed: a rule");
        if (std::find(seen.begin(), seen.end(), key.name) != seen.end()) throw InputError(key.name + " set twice; allowed: once");
        seen.push_back(key.name);
        try {
          Settings tried;
          key.set(tried, word(entry.second));
          recipe.settings.emplace_back(key.name, key.get(tried));
        } catch (const InputError& error) {
          throw InputError(fmt::format("{}: {}", key.name, error.what()));
        }
      } catch (const InputError& error) {
        blame(entry.second, line(entry.first), error.what());
      }
    }
  }

  void read_rules(const YAML::Node& rules, RecipeFile& recipe) {
    if (!rules || !rules.IsSequence() || rules.size() == 0) {
      problem(rules ? line(rules) : 0, "no rules; allowed: `rules`, a list of mappings");
      return;
    }
    for (const auto& node : rules) {
      if (!mapping(node, "a rule")) continue;
      RecipeRule rule;
      rule.where = fmt::format("{}:{}", file_, line(node));
      auto& says = rule.says;
      const auto integer = [this](std::optional<int>& field, const spec::Limit& limit) {
        return [this, &field, &limit](const YAML::Node& n) { field = static_cast<int>(parse_integer(word(n), limit)); };
      };
      each(node, {{"layer", [&](const YAML::Node& n) { rule.layers = words(n); }},
                  {"class",
                   [&](const YAML::Node& n) {
                     for (const auto& w : words(n)) rule.classes.insert(programs::parse_tensor_class(w));
                   }},
                  {"pass",
                   [&](const YAML::Node& n) {
                     for (const auto& w : words(n)) rule.passes.insert(programs::parse_pass(w));
                   }},
                  {"format", [&](const YAML::Node& n) { says.format = numerics::parse_format(word(n)); }},
                  {"read", [&](const YAML::Node& n) { says.read = numerics::parse_format(word(n)); }},
                  {"sums", [&](const YAML::Node& n) { says.sums = numerics::parse_format(word(n)); }},
                  {"accumulate", [&](const YAML::Node& n) { says.accumulate = numerics::parse_accumulate(word(n)); }},
                  {"rounding", [&](const YAML::Node& n) { says.rounding = numerics::parse_rounding(word(n)); }},
                  {"acc_bits", integer(says.acc_bits, spec::limit_of("core.acc_bits"))},
                  {"block", integer(says.block, spec::limit_of("core.block"))},
                  {"chain", integer(says.chain, spec::limit_of("core.chain"))},
                  {"bias", [&](const YAML::Node& n) { says.bias = numerics::parse_bias_position(word(n)); }},
                  {"add_shift", integer(says.add_shift, spec::limit_of("dfp.add_shift"))},
                  {"scale", [&](const YAML::Node& n) { says.scaled = parse_word(word(n), kScaleWords) == kScaleWords[1]; }},
                  {"scale_history", integer(says.scale_history, kScaleHistory)},
                  {"scale_margin", integer(says.scale_margin, kScaleMargin)}});
      constexpr std::array kSaid{"format", "read", "sums",      "accumulate", "rounding",      "acc_bits",    "block",
                                 "chain",  "bias", "add_shift", "scale",      "scale_history", "scale_margin"};
      if (std::none_of(kSaid.begin(), kSaid.end(), [&](const char* key) { return static_cast<bool>(node[key]); }))
        problem(line(node), fmt::format("a rule that says nothing; allowed: {}", fmt::join(kSaid, ", ")));
      const auto matches = [&rule](TensorClass read) { return rule.classes.contains(read); };
      if (says.read && std::none_of(kReadOtherwise.begin(), kReadOtherwise.end(), matches))
        problem(line(node["read"]), "read: what the rule's classes are is read as it was written; allowed: class A, I, D or G");
      recipe.rules.push_back(std::move(rule));
    }
  }

  const std::string file_;
  std::map<std::string, std::string> given_, parameters_;
  std::map<std::string, std::map<std::string, std::string>> meanings_;  ///< of a parameter's words, where it has some alone
  std::set<std::string> blamed_;
  Words problems_;
};

}  // namespace

void apply_settings_of(const RecipeFile& recipe, Settings& settings) {
  for (const auto& [key, value] : recipe.settings) find_key(key).set(settings, value);
}

RecipeChoice parse_recipe_choice(const std::string& text) {
  RecipeChoice choice;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(',', begin), text.size());
    const auto part = text.substr(begin, end - begin);
    const auto equals = part.find('=');
    if (begin == 0) {
      choice.name = part;
    } else if (equals == std::string::npos || equals == 0) {
      throw InputError(fmt::format("'{}' is no assignment; allowed: NAME[,KEY=WORD...]", part));
    } else {
      choice.parameters.emplace_back(part.substr(0, equals), part.substr(equals + 1));
    }
    begin = end + 1;
  }
  return choice;
}

RecipeFile recipe_from_yaml(const std::string& text, const std::string& name,
                            const std::vector<std::pair<std::string, std::string>>& parameters) {
  try {
    return RecipeReader(name, parameters).read(YAML::Load(text));
  } catch (const YAML::Exception& error) {
    throw InputError(fmt::format("{}:{}: {}; allowed: YAML", name, error.mark.line + 1, error.msg));
  }
}

RecipeFile read_recipe(const std::filesystem::path& file, const std::vector<std::pair<std::string, std::string>>& parameters) {
  std::ifstream stream(file, std::ios::binary);
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored) || !stream)
    throw InputError(fmt::format("{}: cannot read the file; allowed: a recipe, YAML", file.string()));
  return recipe_from_yaml(read_text(stream, file.string()), file.string(), parameters);
}

}  // namespace binade::sim
