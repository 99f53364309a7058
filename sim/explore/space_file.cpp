// SPDX-License-Identifier: Apache-2.0
// The YAML reader behind Space; every problem with its file and line.
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <limits>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "models/spec/limits.h"
#include "sim/config/keys.h"
#include "sim/config/values.h"
#include "sim/config/yaml_documents.h"
#include "sim/explore/space.h"

namespace binade::sim {
namespace {

using Words = std::vector<std::string>;

constexpr std::size_t kLongestRange = 1'000'000;
constexpr spec::Limit kSamples{"samples", 1, 10'000'000};

std::string scalar(const YAML::Node& node) {
  if (!node.IsScalar()) throw InputError("no value; allowed: a word or a number");
  return node.Scalar();
}

Words words_of(const YAML::Node& node) {
  if (!node.IsSequence()) return {scalar(node)};
  Words words;
  for (const auto& item : node) words.push_back(scalar(item));
  return words;
}

double number_of(const YAML::Node& node, const char* name) {
  if (!node) throw InputError(fmt::format("no {}; allowed: from, to and step or factor", name));
  constexpr double kMost = std::numeric_limits<double>::max();
  return parse_number(scalar(node), -kMost, kMost);
}

/// {from, to, step} or {from, to, factor}: numbers as they are written shortest.
Words range_of(const YAML::Node& node) {
  for (const auto& entry : node) static_cast<void>(parse_word(scalar(entry.first), Words{"from", "to", "step", "factor"}));
  const double from = number_of(node["from"], "from"), to = number_of(node["to"], "to");
  const bool by_factor = node["factor"].IsDefined();
  if (by_factor == node["step"].IsDefined()) throw InputError("from and to need one of step and factor; allowed: step or factor");
  const double by = by_factor ? number_of(node["factor"], "factor") : number_of(node["step"], "step");
  if (by_factor ? by <= 1 || from <= 0 : by <= 0)
    throw InputError(by_factor ? "a factor of at most 1, or from something not positive; allowed: factor > 1, from > 0"
                               : "a step that is not positive; allowed: step > 0");
  if (to < from) throw InputError(fmt::format("from {} to {}; allowed: to is no less than from", from, to));
  Words words;
  const double slack = by_factor ? to * 1e-12 : by * 1e-9;
  for (std::size_t i = 0;; ++i) {
    double value = by_factor ? from * std::pow(by, static_cast<double>(i)) : from + by * static_cast<double>(i);
    if (value > to + slack) return words;
    if (words.size() == kLongestRange) throw InputError(fmt::format("more than {} words; allowed: a larger step", kLongestRange));
    if (std::abs(value - std::round(value)) < slack) value = std::round(value);
    words.push_back(std::abs(value) < 1e15 && value == std::floor(value) ? fmt::format("{:.0f}", value)
                                                                         : fmt::format("{:.12g}", value));
  }
}

class SpaceReader {
 public:
  explicit SpaceReader(std::string file) : file_(std::move(file)) {}

  Space read(const std::string& text) {
    Space space;
    try {
      const auto root = YAML::Load(text);
      if (!root.IsMap()) {
        problem(root, "not a mapping; allowed: run, config, axes, derived, constraints, objectives, samples");
      } else if (has_more_documents(text)) {
        problems_.push_back(fmt::format("{}: more than one document; allowed: one", file_));
      } else {
        read(root, space);
      }
    } catch (const YAML::Exception& error) {
      problems_.push_back(fmt::format("{}:{}: {}; allowed: YAML", file_, error.mark.line + 1, error.msg));
    }
    if (problems_.empty()) return space;
    std::string all;
    for (const auto& one : problems_) all += (all.empty() ? "" : "\n") + one;
    throw InputError(all);
  }

 private:
  using Reader = std::function<void(const std::string&, const YAML::Node&)>;

  std::string place(const YAML::Node& node) const { return fmt::format("{}:{}", file_, node.Mark().line + 1); }
  void problem(const YAML::Node& node, const std::string& what) { problems_.push_back(fmt::format("{}: {}", place(node), what)); }

  void guarded(const YAML::Node& node, const std::string& what, const std::function<void()>& action) {
    try {
      action();
    } catch (const InputError& error) {
      problem(node, what.empty() ? error.what() : fmt::format("{}: {}", what, error.what()));
    }
  }

  /// Each entry of a mapping, once.
  void each(const YAML::Node& node, const std::string& what, const Reader& reader) {
    if (!node.IsMap()) return problem(node, fmt::format("{}: not a mapping; allowed: names and values", what));
    Words seen;
    for (const auto& entry : node)
      guarded(entry.first, what, [&] {
        const auto name = scalar(entry.first);
        if (std::find(seen.begin(), seen.end(), name) != seen.end())
          throw InputError(fmt::format("{} set twice; allowed: once", printable(name)));
        seen.push_back(name);
        reader(name, entry.second);
      });
  }

  void read(const YAML::Node& root, Space& space) {
    const std::vector<std::pair<std::string, std::function<void(const YAML::Node&)>>> parts{
        {"run",
         [&](const YAML::Node& node) {
           each(node, "run", [&](const std::string& name, const YAML::Node& value) {
             space.run.push_back({name, words_of(value), fmt::format("{}: run: {}", place(value), printable(name))});
           });
         }},
        {"config", [&](const YAML::Node& node) { read_keys(node, "", space); }},
        {"axes",
         [&](const YAML::Node& node) {
           each(node, "axes", [&](const std::string& name, const YAML::Node& value) { read_axis(name, value, space); });
         }},
        {"derived",
         [&](const YAML::Node& node) {
           each(node, "derived", [&](const std::string& name, const YAML::Node& value) {
             space.derived.push_back({name, Formula(scalar(value)), fmt::format("{}: derived: {}", place(value), printable(name))});
           });
         }},
        {"constraints",
         [&](const YAML::Node& node) {
           for (const auto& item : sequence(node))
             guarded(item, "constraints", [&] {
               space.constraints.push_back({Formula(scalar(item)), place(item) + ": constraints"});
             });
         }},
        {"objectives",
         [&](const YAML::Node& node) {
           for (const auto& item : sequence(node))
             guarded(item, "", [&] { space.objectives.push_back(parse_objective(scalar(item), place(item) + ": objectives")); });
         }},
        {"samples", [&](const YAML::Node& node) { space.samples = parse_integer(scalar(node), kSamples); }}};
    Words names;
    for (const auto& [name, ignored] : parts) names.push_back(name);
    each(root, "", [&](const std::string& name, const YAML::Node& value) {
      const auto known = parse_word(name, names);
      for (const auto& [part, reader] : parts)
        if (part == known) reader(value);
    });
  }

  static std::vector<YAML::Node> sequence(const YAML::Node& node) {
    if (!node.IsSequence()) throw InputError("not a list; allowed: a list of expressions or words");
    return {node.begin(), node.end()};
  }

  void read_axis(const std::string& name, const YAML::Node& value, Space& space) {
    if (value.IsNull()) throw InputError(fmt::format("{}: no words; allowed: at least one", printable(name)));
    Axis axis{.name = name, .values = {}, .where = fmt::format("{}: axes: {}", place(value), printable(name))};
    guarded(value, fmt::format("axes: {}", printable(name)), [&] {
      axis.values = value.IsMap() ? range_of(value) : words_of(value);
      try {
        check_axis(axis);
      } catch (const InputError& error) {
        problems_.emplace_back(error.what());
        return;
      }
      space.axes.push_back(std::move(axis));
    });
  }

  /// Nested or dotted keys, as a configuration file has them.
  void read_keys(const YAML::Node& node, const std::string& path, Space& space) {
    each(node, "config", [&](const std::string& name, const YAML::Node& value) {
      const auto key = path.empty() ? name : path + "." + name;
      if (value.IsMap()) return read_keys(value, key, space);
      Settings scratch;
      const auto word = scalar(value);
      try {
        find_key(key).set(scratch, word);
      } catch (const InputError& error) {
        throw InputError(fmt::format("{}: {}", printable(key), error.what()));
      }
      for (const auto& [known, ignored] : space.config)
        if (known == key) throw InputError(fmt::format("{} set twice; allowed: once", key));
      space.config.emplace_back(key, word);
    });
  }

  std::string file_;
  std::vector<std::string> problems_;
};

}  // namespace

Space space_from_yaml(const std::string& text, const std::string& name) { return SpaceReader(name).read(text); }

Space read_space(const std::filesystem::path& file) {
  const auto name = printable(file.string());
  std::ifstream stream(file, std::ios::binary);
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored) || !stream)
    throw InputError(fmt::format("{}: cannot read the file; allowed: a space in YAML (docs/explore.md)", name));
  return space_from_yaml(read_text(stream, name), name);
}

}  // namespace binade::sim
