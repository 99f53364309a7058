// SPDX-License-Identifier: Apache-2.0
#include "rtl/cosim/port_members.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "rtl/cosim/content.h"
#include "rtl/cosim/module_build.h"
#include "rtl/cosim/path_aliases.h"

namespace binade::rtl {

namespace fs = std::filesystem;

namespace {

/// A row of Verilator's table of types. Types refer to each other by their keys in it.
struct Type {
  enum class Kind { Vector, Same, Structure, Union, PackedArray, UnpackedArray } kind = Kind::Vector;
  int left = 0, right = 0;                                        ///< of vectors and arrays
  std::string of;                                                 ///< what it is another name for, or an array of
  std::vector<std::pair<std::string, std::string>> members = {};  ///< names and types, the highest bits first

  int size() const { return std::abs(left - right) + 1; }
};

struct PortOfType {
  std::string name, type;
  bool output = false;
};

struct Design {
  std::map<std::string, Type> types;
  std::vector<PortOfType> ports;
};

class Namer {
 public:
  explicit Namer(const Design& design) : design_(design) {}

  PortDescription description() {
    for (const PortOfType& whole : design_.ports) port(whole, whole.name, resolved(whole.type));
    return std::move(description_);
  }

 private:
  const Type& resolved(const std::string& key) const {
    const Type* type = &design_.types.at(key);
    while (type->kind == Type::Kind::Same) type = &design_.types.at(type->of);
    return *type;
  }

  int bits(const Type& type) const {
    int sum = 0;
    switch (type.kind) {
      case Type::Kind::PackedArray:
      case Type::Kind::UnpackedArray:
        return type.size() * bits(resolved(type.of));
      case Type::Kind::Union:
        return bits(resolved(type.members.front().second));
      case Type::Kind::Structure:
        for (const auto& [name, member] : type.members) sum += bits(resolved(member));
        return sum;
      default:
        return type.size();
    }
  }

  /// An unpacked array is a port for each element.
  void port(const PortOfType& whole, const std::string& name, const Type& type) {
    if (type.kind == Type::Kind::UnpackedArray) {
      for (int i = 0; i < type.size(); ++i) port(whole, fmt::format("{}[{}]", name, i), resolved(type.of));
      return;
    }
    if (name != whole.name) description_.elements.push_back({whole.name, name, bits(type), whole.output});
    within(name, type, name, 0);
  }

  /// What `type` holds, where it begins at bit `first` of the port.
  void within(const std::string& name, const Type& type, const std::string& port, int first) {
    if (type.kind == Type::Kind::PackedArray) {
      const Type& element = resolved(type.of);
      const bool plain = element.kind == Type::Kind::Vector || element.kind == Type::Kind::PackedArray;
      for (int i = 0; i < type.size(); ++i) {
        const int place = type.left < type.right ? type.size() - 1 - i : i;
        add(fmt::format("{}[{}]", name, i), element, port, first + place * bits(element), plain);
      }
    }
    int end = first + bits(type);
    for (const auto& [member, key] : type.members) {
      const Type& held = resolved(key);
      const bool all = type.kind == Type::Kind::Union;
      if (!all) end -= bits(held);
      add(fmt::format("{}.{}", name, member), held, port, all ? first : end, false);
    }
  }

  void add(const std::string& name, const Type& type, const std::string& port, int first, bool element) {
    description_.members.push_back({name, port, first, bits(type), element});
    within(name, type, port, first);
  }

  const Design& design_;
  PortDescription description_;
};

/// "32'shfffffffe": -2.
int number(const std::string& literal) {
  constexpr int kHexadecimal = 16;
  const auto digits = literal.find('h');
  return static_cast<int>(
      std::strtoul(literal.substr(digits == std::string::npos ? 0 : digits + 1).c_str(), nullptr, kHexadecimal));
}

using Tree = boost::property_tree::ptree;

std::string attribute(const Tree& node, const char* name) { return node.get("<xmlattr>." + std::string(name), ""); }

Type xml_type(const std::string& tag, const Tree& node) {
  using Kind = Type::Kind;
  static const std::map<std::string, Kind> kKinds{{"structdtype", Kind::Structure},
                                                  {"uniondtype", Kind::Union},
                                                  {"packarraydtype", Kind::PackedArray},
                                                  {"unpackarraydtype", Kind::UnpackedArray}};
  Type type{.kind = Kind::Vector, .of = attribute(node, "sub_dtype_id")};
  if (const auto kind = kKinds.find(tag); kind != kKinds.end()) {
    type.kind = kind->second;
  } else if (!type.of.empty()) {
    type.kind = Kind::Same;
  }
  type.left = node.get("<xmlattr>.left", 0), type.right = node.get("<xmlattr>.right", 0);
  for (const auto& [inner, child] : node) {
    if (inner == "memberdtype") type.members.emplace_back(attribute(child, "name"), attribute(child, "sub_dtype_id"));
    if (inner != "range") continue;
    std::vector<int> ends;
    for (const auto& [end_tag, end] : child)
      if (end_tag == "const") ends.push_back(number(attribute(end, "name")));
    type.left = ends.at(0), type.right = ends.at(1);
  }
  return type;
}

using Json = nlohmann::json;

Type json_type(const Json& node) {
  using Kind = Type::Kind;
  static const std::map<std::string, Kind> kKinds{{"STRUCTDTYPE", Kind::Structure},
                                                  {"UNIONDTYPE", Kind::Union},
                                                  {"PACKARRAYDTYPE", Kind::PackedArray},
                                                  {"UNPACKARRAYDTYPE", Kind::UnpackedArray}};
  const std::string itself = node.value("addr", ""), meant = node.value("refDTypep", node.value("dtypep", itself));
  Type type{.kind = Kind::Vector, .of = meant == itself ? "" : meant};
  if (const auto kind = kKinds.find(node.value("type", "")); kind != kKinds.end()) {
    type.kind = kind->second;
  } else if (!type.of.empty()) {
    type.kind = Kind::Same;
  }
  if (const std::string range = node.value("range", ""); !range.empty())
    type.left = std::stoi(range), type.right = std::stoi(range.substr(range.find(':') + 1));
  if (node.contains("rangep"))
    for (const Json& range : node["rangep"])
      type.left = number(range.at("leftp").at(0).at("name")), type.right = number(range.at("rightp").at(0).at("name"));
  if (node.contains("membersp"))
    for (const Json& member : node["membersp"])
      type.members.emplace_back(member.at("name"), member.value("refDTypep", member.value("dtypep", "")));
  return type;
}

}  // namespace

PortDescription ports_in_xml(const std::string& description) {
  std::istringstream stream(description);
  Tree tree;
  boost::property_tree::read_xml(stream, tree, boost::property_tree::xml_parser::trim_whitespace);
  Design design;
  for (const auto& [tag, node] : tree.get_child("verilator_xml.netlist")) {
    if (tag == "typetable")
      for (const auto& [type_tag, type] : node)
        if (type_tag != "<xmlattr>") design.types[attribute(type, "id")] = xml_type(type_tag, type);
    if (tag != "module" || attribute(node, "topModule") != "1") continue;
    for (const auto& [variable_tag, variable] : node)
      if (variable_tag == "var" && !attribute(variable, "dir").empty())
        design.ports.push_back(
            {attribute(variable, "name"), attribute(variable, "dtype_id"), attribute(variable, "dir") == "output"});
  }
  return Namer(design).description();
}

PortDescription ports_in_json(std::string_view description) {
  const Json tree = Json::parse(description);
  Design design;
  for (const Json& part : tree.at("miscsp"))
    if (part.contains("typesp"))
      for (const Json& type : part["typesp"]) design.types[type.at("addr")] = json_type(type);
  for (const Json& module : tree.at("modulesp"))
    if (module.contains("stmtsp"))
      for (const Json& statement : module["stmtsp"])
        if (statement.value("isPrimaryIO", false))
          design.ports.push_back({statement.at("name"), statement.at("dtypep"), statement.value("direction", "") == "OUTPUT"});
  return Namer(design).description();
}

int elements_of(const std::vector<PortMember>& members, std::string_view array) {
  int count = 0;
  while (std::any_of(members.begin(), members.end(),
                     [&](const PortMember& member) { return member.name == fmt::format("{}[{}]", array, count); }))
    ++count;
  return count;
}

PortDescription describe_ports(const ModuleSpec& spec, const fs::path& work, StopFlag stop) {
  PathAliases aliases;
  const fs::path directory = work / "described";
  std::vector<std::string> command{"verilator", "--Mdir", aliases.of_directory(directory)};
  const auto options = verilator_options(spec);
  command.insert(command.end(), options.begin(), options.end());
  for (const auto& source : spec.sources) command.push_back(aliases.of_file(source));
  for (const auto& source : spec.sources) command.push_back("-I" + aliases.of_directory(fs::absolute(source).parent_path()));
  const auto described = [&](const char* option, const char* file) {
    command.emplace_back(option);
    const ToolResult result = run_tool(command, work / "described.log", stop);
    command.pop_back();
    if (result.stopped) throw BuildInterrupted(fmt::format("interrupted while the RTL of {} was built", describe(spec)));
    return result.missing || result.exit_code != 0 ? std::nullopt : content_of(directory / file);
  };
  fs::create_directory(directory);
  try {
    if (const auto xml = described("--xml-only", "Vmodule.xml")) return ports_in_xml(*xml);
    if (const auto json = described("--json-only", "Vmodule.tree.json")) return ports_in_json(*json);
  } catch (const BuildInterrupted&) {
    throw;
  } catch (const std::exception&) {  // a description that is not as those that are known: nothing of it is used
  }
  return {};
}

}  // namespace binade::rtl
