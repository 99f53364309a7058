// SPDX-License-Identifier: Apache-2.0
#include "sim/import/network_yaml.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <vector>

#include "models/numerics/error.h"
#include "models/numerics/nearest.h"
#include "models/numerics/text.h"
#include "models/operations/layer_error.h"
#include "sim/import/attributes.h"
#include "sim/import/limits.h"

namespace binade::sim {
namespace {

using networks::Layer;
using networks::Network;
using networks::Op;

constexpr std::size_t kProblemsShown = 20;
const std::vector<std::string> kTopKeys{"network", "source", "classes", "inputs", "layers"};
/// Of an operation with two operands, of which one is a parameter.
constexpr std::string_view kConstant = "constant";
const std::vector<std::string> kInputKeys{"name", "shape"};

std::optional<double> number_of(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  Network read(const YAML::Node& root) {
    if (root.IsMap()) {
      read_document(root);
    } else {
      say(root, "not a mapping; allowed: the keys " + joined(kTopKeys));
    }
    if (problems_.empty()) infer();
    if (problems_.empty()) return std::move(network_);
    std::string message;
    for (std::size_t i = 0; i < std::min(problems_.size(), kProblemsShown); ++i) message += (i > 0 ? "\n" : "") + problems_[i];
    if (problems_.size() > kProblemsShown) message += fmt::format("\nand {} more", problems_.size() - kProblemsShown);
    throw InputError(message);
  }

 private:
  using Entries = std::map<std::string, YAML::Node>;

  static std::string joined(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, " ")); }

  void say(const YAML::Node& node, const std::string& what) { say(node.Mark(), what); }
  void say(const YAML::Mark& mark, const std::string& what) {
    problems_.push_back(fmt::format("{}: line {}, column {}: {}", file_, mark.line + 1, mark.column + 1, what));
  }

  /// The entries of a mapping with these keys only, each once.
  Entries entries_of(const YAML::Node& node, const std::string& what, const std::vector<std::string>& keys) {
    Entries entries;
    if (!node.IsMap()) {
      say(node, fmt::format("{} is not a mapping; allowed: the keys {}", what, joined(keys)));
      return entries;
    }
    for (const auto& entry : node) {
      const auto key = entry.first.IsScalar() ? entry.first.Scalar() : std::string();
      if (std::find(keys.begin(), keys.end(), key) == keys.end())
        say(entry.first, fmt::format("{} has no key '{}', the nearest is '{}'; allowed: {}", what, printable(key),
                                     nearest_word(key, keys), joined(keys)));
      else if (!entries.emplace(key, entry.second).second)
        say(entry.first, fmt::format("{}: '{}' stands twice; allowed: once", what, key));
    }
    return entries;
  }

  std::optional<std::string> text_of(const YAML::Node& node, const std::string& what) {
    if (node.IsScalar() && !node.Scalar().empty() && node.Scalar().size() <= kLongestName &&
        printable(node.Scalar()) == node.Scalar())
      return node.Scalar();
    say(node, fmt::format("{}: not a word; allowed: 1 to {} printable characters", what, kLongestName));
    return std::nullopt;
  }

  void read_document(const YAML::Node& root) {
    const Entries entries = entries_of(root, "a network", kTopKeys);
    for (const char* key : {"network", "inputs", "layers"})
      if (!entries.contains(key)) say(root, fmt::format("'{}' is missing; allowed: the keys {}", key, joined(kTopKeys)));
    if (const auto it = entries.find("network"); it != entries.end()) network_.name = text_of(it->second, "network").value_or("");
    network_.source = printable(file_);
    if (const auto it = entries.find("source"); it != entries.end()) {
      if (it->second.IsScalar())
        network_.source = printable(it->second.Scalar());
      else
        say(it->second, "source: not a text; allowed: where the table comes from, in words");
    }
    if (const auto it = entries.find("classes"); it != entries.end())
      if (const auto value = whole(it->second, "classes", 0, static_cast<double>(kLargestExtent)))
        network_.classes = static_cast<int>(*value);
    if (const auto it = entries.find("layers"); it != entries.end()) announce(it->second);
    if (const auto it = entries.find("inputs"); it != entries.end())
      for_each(it->second, "inputs", [this](const YAML::Node& node) { read_input(node); });
    if (const auto it = entries.find("layers"); it != entries.end())
      for_each(it->second, "layers", [this](const YAML::Node& node) { read_layer(node); });
  }

  template <typename F>
  void for_each(const YAML::Node& node, const std::string& what, const F& read) {
    if (!node.IsSequence() || node.size() == 0 || node.size() > kMostLayers) {
      say(node, fmt::format("{}: not a list; allowed: 1 to {} entries", what, kMostLayers));
      return;
    }
    for (const auto& item : node) read(item);
  }

  /// Names of all layers with their lines, so that a reader of a later one can be told so.
  void announce(const YAML::Node& node) {
    if (!node.IsSequence()) return;
    for (const auto& item : node)
      if (item.IsMap() && item["name"] && item["name"].IsScalar()) lines_.emplace(item["name"].Scalar(), item.Mark().line + 1);
  }

  std::optional<double> whole(const YAML::Node& node, const std::string& what, double least, double most) {
    const auto value = node.IsScalar() ? number_of(node.Scalar()) : std::nullopt;
    if (value && *value == std::floor(*value) && *value >= least && *value <= most) return value;
    say(node, fmt::format("{}: {}; allowed: a whole number from {} to {}", what, shown(node), least, most));
    return std::nullopt;
  }

  static std::string shown(const YAML::Node& node) {
    return node.IsScalar() ? fmt::format("'{}'", printable(node.Scalar().substr(0, kLongestName))) : "no number";
  }

  void append(Layer layer, const YAML::Node& node) {
    if (!indices_.emplace(layer.name, static_cast<int>(network_.layers.size())).second)
      say(node, fmt::format("the name '{}' is used twice; allowed: once", layer.name));
    network_.layers.push_back(std::move(layer));
    places_.push_back(node.Mark());
  }

  void read_input(const YAML::Node& node) {
    const Entries entries = entries_of(node, "an input", kInputKeys);
    Layer layer;
    if (!entries.contains("name") || !entries.contains("shape")) {
      if (node.IsMap()) say(node, "an input needs name and shape");
      return;
    }
    const auto name = text_of(entries.at("name"), "name");
    const auto& shape = entries.at("shape");
    std::vector<std::int64_t> extents;
    if (shape.IsSequence() && shape.size() >= 1 && shape.size() <= 3) {
      for (const auto& extent : shape)
        extents.push_back(static_cast<std::int64_t>(whole(extent, "shape", 1, static_cast<double>(kLargestExtent)).value_or(1)));
    } else {
      say(shape, "shape: allowed: [features], [tokens, features] or [channels, height, width]");
      return;
    }
    layer.name = name.value_or("");
    if (extents.size() == 1) layer.out = {extents[0], 1, 1};
    if (extents.size() == 2) layer.out = networks::Shape::tokens(extents[0], extents[1]);
    if (extents.size() == 3) layer.out = {extents[0], extents[1], extents[2]};
    append(std::move(layer), node);
  }

  std::optional<Op> operation_of(const YAML::Node& node) {
    const auto words = operation_words();
    const auto word = node.IsScalar() ? node.Scalar() : std::string();
    if (const auto op = operation_called(word)) return op;
    say(node,
        fmt::format("op: there is no operation '{}', the nearest is '{}'; allowed: {}", printable(word.substr(0, kLongestName)),
                    nearest_word(word.substr(0, kLongestName), words), joined(words)));
    return std::nullopt;
  }

  void read_layer(const YAML::Node& node) {
    if (!node.IsMap() || !node["name"] || !node["op"]) {
      say(node, "a layer needs name and op");
      return;
    }
    const auto name = text_of(node["name"], "name");
    const auto op = operation_of(node["op"]);
    if (!name) return;
    Layer layer = op ? default_layer(*op) : Layer{};
    layer.name = *name;
    if (op) {
      std::vector<std::string> keys{"name", "op", "inputs"};
      const auto own = attributes_of(*op);
      for (const auto* attribute : own) keys.emplace_back(attribute->key);
      const Entries entries = entries_of(node, fmt::format("layer '{}' ({})", *name, to_string(*op)), keys);
      if (const auto it = entries.find("inputs"); it != entries.end())
        read_inputs(it->second, layer);
      else
        layer.inputs = {static_cast<int>(network_.layers.size()) - 1};
      for (const auto* attribute : own) {
        const auto it = entries.find(std::string(attribute->key));
        if (it != entries.end())
          read_attribute(it->second, *attribute, layer);
        else if (attribute->required || (attribute->key == kConstant && layer.inputs.size() == 1))
          say(node, fmt::format("layer '{}' ({}) needs '{}': {}", *name, to_string(*op), attribute->key, attribute->meaning));
      }
    }
    append(std::move(layer), node);
  }

  void read_inputs(const YAML::Node& node, Layer& layer) {
    std::vector<YAML::Node> items;
    if (node.IsScalar()) items.push_back(node);
    if (node.IsSequence() && node.size() <= kMostLayers)
      for (const auto& item : node) items.push_back(item);
    if (items.empty()) say(node, "inputs: allowed: a name of an input or an earlier layer, or a list of them");
    for (const auto& item : items) {
      const auto name = item.IsScalar() ? item.Scalar() : std::string();
      const auto known = indices_.find(name);
      if (known != indices_.end()) {
        layer.inputs.push_back(known->second);
      } else if (const auto later = lines_.find(name); later != lines_.end()) {
        say(item,
            fmt::format("inputs: '{}' is layer '{}' itself or comes after it (line {}); allowed: earlier layers, so that there "
                        "is no cycle",
                        printable(name), layer.name, later->second));
      } else {
        std::vector<std::string> names;
        for (const auto& [n, index] : indices_) names.push_back(n);
        say(item, fmt::format("inputs: there is no '{}', the nearest is '{}'; allowed: names of inputs and earlier layers",
                              printable(name.substr(0, kLongestName)), nearest_word(name.substr(0, kLongestName), names)));
      }
    }
  }

  void read_attribute(const YAML::Node& node, const Attribute& attribute, Layer& layer) {
    const auto refuse = [&] {
      say(node, fmt::format("{}: {}; allowed: {}", attribute.key, shown(node), allowed_values(attribute)));
    };
    std::vector<YAML::Node> items;
    if (node.IsSequence() && node.size() <= 4) {
      for (const auto& item : node) items.push_back(item);
    } else {
      items.push_back(node);
    }
    if (!takes(attribute, node.IsSequence(), items.size())) return refuse();
    std::vector<double> values;
    for (const auto& item : items) {
      std::optional<double> value;
      if (item.IsScalar() && attribute.kind == AttributeKind::Flag) {
        if (item.Scalar() == "true") value = 1;
        if (item.Scalar() == "false") value = 0;
      } else if (item.IsScalar()) {
        value = number_of(item.Scalar());
        const bool whole = attribute.kind != AttributeKind::Real;
        if (value && ((whole && *value != std::floor(*value)) || *value < attribute.least || *value > attribute.most))
          value.reset();
      }
      if (!value) return refuse();
      values.push_back(*value);
    }
    if (attribute.kind == AttributeKind::Pair && values.size() == 1) values.push_back(values[0]);
    if (attribute.kind == AttributeKind::Sides && values.size() == 1) values.assign(4, values[0]);
    if (attribute.kind == AttributeKind::Sides && values.size() == 2) values = {values[0], values[1], values[0], values[1]};
    attribute.set(layer, values);
  }

  /// How many numbers an attribute has, in brackets or alone.
  static bool takes(const Attribute& attribute, bool list, std::size_t count) {
    switch (attribute.kind) {
      case AttributeKind::Pair:
        return list ? count == 2 : count == 1;
      case AttributeKind::Sides:
        return list ? count == 2 || count == 4 : count == 1;
      case AttributeKind::Extents:
        return list && count >= 1 && count <= 3;
      default:
        return !list;
    }
  }

  void infer() {
    try {
      infer_shapes(network_);
    } catch (const operations::LayerError& error) {
      say(places_.at(static_cast<std::size_t>(indices_.at(error.layer()))),
          fmt::format("layer '{}': {}", error.layer(), error.why()));
    }
  }

  std::string file_;
  Network network_;
  std::map<std::string, int> indices_, lines_;
  std::vector<YAML::Mark> places_;  ///< of the network's layers
  std::vector<std::string> problems_;
};

/// A word as YAML reads it back.
std::string quoted(const std::string& text) {
  const bool plain = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-' ||
           c == '/';
  });
  const bool letter = plain && ((text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z'));
  const bool null = text == "null" || text == "Null" || text == "NULL";
  return letter && !null ? text : nlohmann::json(text).dump();
}

std::string values_text(const Attribute& attribute, const Layer& layer) {
  const auto values = attribute.get(layer);
  if (attribute.kind == AttributeKind::Flag) return values[0] != 0 ? "true" : "false";
  if (attribute.kind == AttributeKind::Extents) return fmt::format("[{}]", fmt::join(values, ", "));
  if (attribute.kind == AttributeKind::Pair && values[0] != values[1]) return fmt::format("[{}, {}]", values[0], values[1]);
  if (attribute.kind == AttributeKind::Sides && (values[0] != values[2] || values[1] != values[3]))
    return fmt::format("[{}]", fmt::join(values, ", "));
  if (attribute.kind == AttributeKind::Sides && values[0] != values[1]) return fmt::format("[{}, {}]", values[0], values[1]);
  auto text = fmt::format("{}", values[0]);
  const auto exponent = text.find('e');  // YAML 1.1 takes 1e-05 for a word
  if (exponent != std::string::npos && text.find('.') == std::string::npos) text.insert(exponent, ".0");
  return text;
}

std::string shape_text(const networks::Shape& shape) {
  if (shape.sequence) return fmt::format("[{}, {}]", shape.channels, shape.width);
  if (shape.height == 1 && shape.width == 1) return fmt::format("[{}]", shape.channels);
  return fmt::format("[{}, {}, {}]", shape.channels, shape.height, shape.width);
}

}  // namespace

networks::Network network_from_yaml(const std::string& text, const std::string& file) {
  try {
    return Reader(file).read(YAML::Load(text));
  } catch (const YAML::Exception& error) {
    throw InputError(
        fmt::format("{}: line {}, column {}: {}; allowed: YAML", file, error.mark.line + 1, error.mark.column + 1, error.msg));
  }
}

std::string network_to_yaml(const networks::Network& network) {
  std::string text = fmt::format("network: {}\nsource: {}\n", quoted(network.name), nlohmann::json(network.source).dump());
  if (network.classes > 0) text += fmt::format("classes: {}\n", network.classes);
  text += "inputs:\n";
  for (const auto& layer : network.layers)
    if (layer.op == Op::Input) text += fmt::format("  - {{name: {}, shape: {}}}\n", quoted(layer.name), shape_text(layer.out));
  text += "layers:\n";
  int previous = static_cast<int>(input_layers(network).size()) - 1;
  for (int i = 0; i < static_cast<int>(network.layers.size()); ++i) {
    const Layer& layer = network.layers[static_cast<std::size_t>(i)];
    if (layer.op == Op::Input) continue;
    text += fmt::format("  - {{name: {}, op: {}", quoted(layer.name), to_string(layer.op));
    if (layer.inputs != std::vector{previous} || previous < 0) {
      std::vector<std::string> names;
      for (const int input : layer.inputs) names.push_back(quoted(network.layers[static_cast<std::size_t>(input)].name));
      text += fmt::format(", inputs: [{}]", fmt::join(names, ", "));
    }
    Layer written = default_layer(layer.op);
    for (const auto* attribute : attributes_of(layer.op)) {
      const bool needed = attribute->required || (attribute->key == kConstant && layer.inputs.size() == 1);
      if (!needed && attribute->get(layer) == attribute->get(written)) continue;
      attribute->set(written, attribute->get(layer));
      text += fmt::format(", {}: {}", attribute->key, values_text(*attribute, layer));
    }
    text += "}\n";
    previous = i;
  }
  return text;
}

}  // namespace binade::sim
